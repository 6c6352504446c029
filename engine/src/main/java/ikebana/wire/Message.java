package ikebana.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// One IKE message: a header and a chain of payloads.
public record Message(Header header, List<Payload> payloads) {
    /// More than any peer sends; a bound on what one datagram can make us keep.
    public static final int MOST_PAYLOADS = 128;

    private static final int GENERIC_HEADER_LENGTH = 4;
    private static final int CRITICAL = 0x80;

    public Message {
        payloads = List.copyOf(payloads);
    }

    /// What came of reading a datagram.
    public sealed interface Decoded {
        record Whole(Message message) implements Decoded {}

        /// @param header where at least that could be read
        record Broken(Optional<Header> header, String why) implements Decoded {}
    }

    /// What came of reading the payloads inside an encrypted one.
    public sealed interface Chain {
        record Whole(List<Payload> payloads) implements Chain {
            public Whole {
                payloads = List.copyOf(payloads);
            }
        }

        record Broken(String why) implements Chain {}
    }

    /// Reads a whole datagram. Its length must be the header's, or somebody has cut it.
    public static Decoded decode(Bytes datagram) {
        var header = Header.peek(datagram);
        if (header.isEmpty()) {
            return new Decoded.Broken(header, "%d bytes are too few for a header".formatted(datagram.length()));
        }
        if (header.get().majorVersion() != 2) {
            return new Decoded.Broken(
                    header, "major version %d, not 2".formatted(header.get().majorVersion()));
        }
        if (header.get().length() != datagram.length()) {
            return new Decoded.Broken(
                    header,
                    "the header says %d bytes, the datagram has %d"
                            .formatted(header.get().length(), datagram.length()));
        }
        return switch (decodeChain(header.get().firstPayload(), datagram.slice(Header.LENGTH, datagram.length()))) {
            case Chain.Whole(var payloads) -> new Decoded.Whole(new Message(header.get(), payloads));
            case Chain.Broken(var why) -> new Decoded.Broken(header, why);
        };
    }

    /// Reads a chain of payloads.
    ///
    /// @param firstPayload the type of the first; 0 when there is none
    public static Chain decodeChain(int firstPayload, Bytes chain) {
        try {
            var in = Reader.of(chain);
            var payloads = new ArrayList<Payload>();
            int type = firstPayload;
            while (type != PayloadType.NONE) {
                if (payloads.size() == MOST_PAYLOADS) return new Chain.Broken("more than 128 payloads");
                int next = in.u8("next payload");
                boolean critical = (in.u8("critical") & CRITICAL) != 0;
                var body = in.sub(in.u16("payload length") - GENERIC_HEADER_LENGTH, "payload");
                var payload = Payload.decode(PayloadType.of(type), next, critical, body);
                payloads.add(payload);
                // RFC 7296 3.14: an encrypted payload is the last; its "next" is the first one inside
                type = payload instanceof Encrypted || payload instanceof EncryptedFragment ? PayloadType.NONE : next;
            }
            in.expectEnd("payloads");
            return new Chain.Whole(payloads);
        } catch (MalformedMessage malformed) {
            return new Chain.Broken(String.valueOf(malformed.getMessage()));
        }
    }

    /// The datagram; lengths and the chain of types are filled in.
    public Bytes encode() {
        var chain = encodeChain(payloads);
        var out = new Writer();
        header.encode(out, firstType(payloads), Header.LENGTH + chain.length());
        return out.bytes(chain).toBytes();
    }

    /// The payloads one behind the other, each with its generic header.
    public static Bytes encodeChain(List<Payload> payloads) {
        var out = new Writer();
        for (int i = 0; i < payloads.size(); i++) {
            var payload = payloads.get(i);
            int next = switch (payload) {
                case Encrypted(int firstInner, var _) -> firstInner;
                case EncryptedFragment(int firstInner, var _, var _, var _) -> firstInner;
                default -> i + 1 < payloads.size() ? payloads.get(i + 1).type().code() : PayloadType.NONE;
            };
            out.u8(next).u8(payload instanceof Unknown unknown && unknown.critical() ? CRITICAL : 0);
            out.lengthPrefixed16(2, () -> payload.encodeBody(out));
        }
        return out.toBytes();
    }

    /// The type of the first payload; 0 when there is none.
    public static int firstType(List<Payload> payloads) {
        return payloads.isEmpty()
                ? PayloadType.NONE
                : payloads.getFirst().type().code();
    }

    /// What stands in front of an encrypted body and is authenticated with it: the header and the generic header, with
    /// their final lengths (RFC 7296 3.14, RFC 5282 5.1).
    ///
    /// @param firstInner the type of the first payload inside
    /// @param bodyLength of IV, ciphertext and ICV
    public static Bytes associatedData(Header header, int firstInner, int bodyLength) {
        var out = new Writer();
        header.encode(out, PayloadType.Known.ENCRYPTED.code(), Header.LENGTH + GENERIC_HEADER_LENGTH + bodyLength);
        return out.u8(firstInner).u8(0).u16(GENERIC_HEADER_LENGTH + bodyLength).toBytes();
    }

    /// The same in front of a fragment, with its number and total (RFC 7383 2.5).
    ///
    /// @param firstInner the type of the first payload inside; 0 in all fragments but the first
    public static Bytes associatedData(Header header, int firstInner, int number, int total, int bodyLength) {
        int length = EncryptedFragment.OVERHEAD + bodyLength;
        var out = new Writer();
        header.encode(out, PayloadType.Known.ENCRYPTED_FRAGMENT.code(), Header.LENGTH + length);
        return out.u8(firstInner).u8(0).u16(length).u16(number).u16(total).toBytes();
    }

    /// The same of a datagram that came in.
    public static Bytes associatedDataOf(Bytes datagram, Encrypted encrypted) {
        return datagram.slice(0, datagram.length() - encrypted.body().length());
    }

    /// The same of a datagram that came in.
    public static Bytes associatedDataOf(Bytes datagram, EncryptedFragment fragment) {
        return datagram.slice(0, datagram.length() - fragment.body().length());
    }

    /// The code of the first payload that we do not know and must not pass over (RFC 7296 2.5).
    public static Optional<Integer> unsupportedCritical(List<Payload> payloads) {
        return all(payloads, Unknown.class)
                .filter(Unknown::critical)
                .map(Unknown::code)
                .findFirst();
    }

    /// The payloads of one kind, in their order.
    public static <P extends Payload> Stream<P> all(List<Payload> payloads, Class<P> kind) {
        return payloads.stream().filter(kind::isInstance).map(kind::cast);
    }

    /// The first payload of one kind.
    public static <P extends Payload> Optional<P> first(List<Payload> payloads, Class<P> kind) {
        return all(payloads, kind).findFirst();
    }

    public static boolean has(List<Payload> payloads, NotifyType type) {
        return notification(payloads, type).isPresent();
    }

    public static Optional<Notify> notification(List<Payload> payloads, NotifyType type) {
        return all(payloads, Notify.class).filter(notify -> notify.is(type)).findFirst();
    }
}
