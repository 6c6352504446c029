package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What follows the fixed structure of an XFRM message: `enum xfrm_attr_type_t`.
public sealed interface XfrmAttribute
        permits Algorithm,
                AlgorithmAead,
                AlgorithmAuth,
                EncapTemplate,
                ReplayStateEsn,
                XfrmAttribute.Protocol,
                XfrmAttribute.Templates,
                XfrmAttribute.Unknown {
    int AUTHENTICATION = 1;
    int ENCRYPTION = 2;
    int ENCAPSULATION = 4;
    int TEMPLATES = 5;
    int AEAD = 18;
    int AUTHENTICATION_TRUNCATED = 20;
    int REPLAY_ESN = 23;
    int PROTOCOL = 25;

    int type();

    void encodeValue(NativeWriter out);

    default void encode(NativeWriter out) {
        out.attribute(type(), () -> encodeValue(out));
    }

    static XfrmAttribute decode(int type, NativeReader in) {
        return switch (type) {
            case AUTHENTICATION, ENCRYPTION -> Algorithm.decode(type, in);
            case ENCAPSULATION -> EncapTemplate.decode(in);
            case TEMPLATES -> Templates.decode(in);
            case AEAD -> AlgorithmAead.decode(in);
            case AUTHENTICATION_TRUNCATED -> AlgorithmAuth.decode(in);
            case REPLAY_ESN -> ReplayStateEsn.decode(in);
            case PROTOCOL -> new Protocol(in.u8("protocol"));
            default -> new Unknown(type, in.rest());
        };
    }

    static <A extends XfrmAttribute> Optional<A> find(List<XfrmAttribute> attributes, Class<A> wanted) {
        return attributes.stream().filter(wanted::isInstance).map(wanted::cast).reduce((first, second) -> second);
    }

    /// Which protocol's states a dump shall hold: `XFRMA_PROTO`, one byte.
    record Protocol(int number) implements XfrmAttribute {
        @Override
        public int type() {
            return PROTOCOL;
        }

        @Override
        public void encodeValue(NativeWriter out) {
            out.u8(number);
        }
    }

    /// `XFRMA_TMPL`: one after the other, no count.
    record Templates(List<UserTemplate> templates) implements XfrmAttribute {
        public Templates {
            templates = List.copyOf(templates);
        }

        static Templates decode(NativeReader in) {
            var templates = new ArrayList<UserTemplate>();
            while (in.remaining() > 0) templates.add(UserTemplate.decode(in));
            return new Templates(templates);
        }

        @Override
        public int type() {
            return TEMPLATES;
        }

        @Override
        public void encodeValue(NativeWriter out) {
            for (var template : templates) template.encode(out);
        }
    }

    /// An attribute that we keep without a meaning.
    record Unknown(int type, Bytes value) implements XfrmAttribute {
        @Override
        public void encodeValue(NativeWriter out) {
            out.bytes(value);
        }
    }
}
