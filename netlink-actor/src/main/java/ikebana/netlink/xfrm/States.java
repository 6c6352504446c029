package ikebana.netlink.xfrm;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.crypto.Integrity;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Reply;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.netlink.codec.Attributes;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// ESP states to and from the kernel.
///
/// ```text
/// struct xfrm_usersa_info {
///     struct xfrm_selector sel; struct xfrm_id id; xfrm_address_t saddr;
///     struct xfrm_lifetime_cfg lft; struct xfrm_lifetime_cur curlft; struct xfrm_stats stats;
///     __u32 seq, reqid; __u16 family; __u8 mode, replay_window, flags; };
/// struct xfrm_usersa_id { xfrm_address_t daddr; __be32 spi; __u16 family; __u8 proto; };
/// struct xfrm_userspi_info { struct xfrm_usersa_info info; __u32 min, max; };
/// ```
public final class States {
    static final int INFO_LENGTH = 224;

    private static final int STATISTICS_LENGTH = 12;
    private static final int TRANSPORT = 0;
    private static final int FLAG_ESN = 128;
    /// `struct xfrm_usersa_info` counts the window in bits of a `__u32`; wider ones need `XFRMA_REPLAY_ESN_VAL`.
    private static final int WIDEST_OLD_WINDOW = 32;

    private static final int ALGORITHM_NAME_LENGTH = 64;
    private static final int ENCAPSULATE_ESP_IN_UDP = 2;

    private States() {}

    /// `XFRM_MSG_NEWSA`, which fails with EEXIST where the SPI is taken.
    public static NetlinkMessage install(State state, int sequence) {
        var out = new NativeWriter();
        boolean bitmap = state.suite().extendedSequenceNumbers() || state.replayWindow() > WIDEST_OLD_WINDOW;
        info(
                out,
                state.selector(),
                state.id(),
                state.source(),
                state.lifetime(),
                state.acquireSequence(),
                state.reqid(),
                bitmap ? 0 : state.replayWindow(),
                state.suite().extendedSequenceNumbers() ? FLAG_ESN : 0);
        algorithms(out, state);
        if (bitmap) {
            Attributes.encode(out, XfrmType.ATTRIBUTE_REPLAY_ESN, replay(state.direction(), state.replayWindow()));
        }
        state.encapsulation()
                .ifPresent(ports -> Attributes.encode(out, XfrmType.ATTRIBUTE_ENCAPSULATION, encapsulation(ports)));
        return Policies.request(XfrmType.NEWSA, NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE, sequence, out);
    }

    /// `XFRM_MSG_DELSA`
    public static NetlinkMessage remove(StateId id, int sequence) {
        return Policies.request(XfrmType.DELSA, 0, sequence, id(id));
    }

    /// `XFRM_MSG_GETSA` for one state.
    public static NetlinkMessage find(StateId id, int sequence) {
        return Policies.request(XfrmType.GETSA, 0, sequence, id(id));
    }

    /// `XFRM_MSG_GETSA` for all of them.
    public static NetlinkMessage dump(int sequence) {
        return new NetlinkMessage(
                XfrmType.GETSA, NetlinkMessage.REQUEST | NetlinkMessage.DUMP, sequence, 0, Bytes.of(new byte[24]));
    }

    /// `XFRM_MSG_ALLOCSPI` with an acquire's sequence: it gives the acquire's larval state an SPI, by which it can be
    /// removed; without an SPI the kernel does not find it.
    public static NetlinkMessage nameLarval(Acquire acquire, Spi spi, int sequence) {
        var out = new NativeWriter();
        info(
                out,
                acquire.selector(),
                new StateId(Spi.NONE, acquire.destination()),
                acquire.source(),
                Lifetime.UNLIMITED,
                acquire.sequence(),
                acquire.reqid(),
                0,
                0);
        out.u32(spi.value()).u32(spi.value());
        return Policies.request(XfrmType.ALLOCSPI, 0, sequence, out);
    }

    /// What a message says about a state; empty for those of another protocol than ESP.
    public static Optional<Reply.Seen> decode(NetlinkMessage message) {
        if (message.type() != XfrmType.NEWSA) return Optional.empty();
        return decodeInfo(NativeReader.of(message.body()));
    }

    static Optional<Reply.Seen> decodeInfo(NativeReader in) {
        var selector = Structs.selector(in);
        var destination = in.bytes(Structs.ADDRESS_LENGTH);
        var spi = new Spi(in.be32());
        int protocol = in.u8();
        in.skip(3);
        var source = in.bytes(Structs.ADDRESS_LENGTH);
        in.skip(Structs.LIFETIME_CONFIG_LENGTH);
        long bytes = in.u64();
        long packets = in.u64();
        in.skip(16 + STATISTICS_LENGTH); // when added and first used; statistics
        int sequence = in.u32();
        int reqid = in.u32();
        int family = in.u16();
        in.skip(6); // mode, window, flags, padding
        if (protocol != Structs.ESP) return Optional.empty();
        var from = Structs.address(source, family);
        var to = Structs.address(destination, family);
        return Optional.of(
                spi.equals(Spi.NONE)
                        ? new Reply.Larval(new Acquire(sequence, reqid, from, to, selector))
                        : new Reply.Mature(new StateId(spi, to), from, reqid, bytes, packets));
    }

    private static void info(
            NativeWriter out,
            Selector selector,
            StateId id,
            IpAddress source,
            Lifetime lifetime,
            int acquireSequence,
            int reqid,
            int replayWindow,
            int flags) {
        Structs.selector(out, selector);
        Structs.id(out, id.destination(), id.spi());
        Structs.address(out, source);
        Structs.lifetime(out, lifetime);
        out.zeros(Structs.LIFETIME_CURRENT_LENGTH + STATISTICS_LENGTH);
        out.u32(acquireSequence)
                .u32(reqid)
                .u16(Structs.family(source))
                .u8(TRANSPORT)
                .u8(replayWindow)
                .u8(flags)
                .align(8);
    }

    private static NativeWriter id(StateId id) {
        var out = new NativeWriter();
        Structs.address(out, id.destination());
        return out.be32(id.spi().value())
                .u16(Structs.family(id.destination()))
                .u8(Structs.ESP)
                .zeros(1);
    }

    /// ```text
    /// struct xfrm_algo_aead { char alg_name[64]; unsigned int alg_key_len, alg_icv_len; char alg_key[]; };
    /// struct xfrm_algo { char alg_name[64]; unsigned int alg_key_len; char alg_key[]; };
    /// struct xfrm_algo_auth { char alg_name[64]; unsigned int alg_key_len, alg_trunc_len; char alg_key[]; };
    /// ```
    /// Lengths are in bits.
    private static void algorithms(NativeWriter out, State state) {
        var encryption = state.suite().encryption();
        if (encryption.isAead()) {
            Attributes.encode(
                    out,
                    XfrmType.ATTRIBUTE_AEAD,
                    algorithm(name(encryption), state.encryptionKey(), Optional.of(encryption.icvLength() * 8)));
            return;
        }
        Attributes.encode(
                out,
                XfrmType.ATTRIBUTE_ENCRYPTION,
                algorithm(name(encryption), state.encryptionKey(), Optional.empty()));
        var integrity = integrity(state.suite());
        Attributes.encode(
                out,
                XfrmType.ATTRIBUTE_AUTHENTICATION_TRUNCATED,
                algorithm(name(integrity), state.integrityKey(), Optional.of(integrity.icvLength() * 8)));
    }

    private static Integrity integrity(EspSuite suite) {
        return suite.integrity().orElseThrow(); // an EspSuite that is not AEAD has one
    }

    private static Bytes algorithm(String name, Secret key, Optional<Integer> icvBits) {
        var out = new NativeWriter();
        out.bytes(name.getBytes(StandardCharsets.US_ASCII)).zeros(ALGORITHM_NAME_LENGTH - name.length());
        out.u32(key.length() * 8);
        icvBits.ifPresent(out::u32);
        var exposed = key.expose();
        out.bytes(exposed);
        Arrays.fill(exposed, (byte) 0);
        return out.toBytes();
    }

    /// As in /proc/crypto.
    private static String name(Encryption encryption) {
        return switch (encryption) {
            case AES_GCM_16_128, AES_GCM_16_256 -> "rfc4106(gcm(aes))";
            case CHACHA20_POLY1305 -> "rfc7539esp(chacha20,poly1305)";
            case AES_CBC_128, AES_CBC_256 -> "cbc(aes)";
        };
    }

    private static String name(Integrity integrity) {
        return switch (integrity) {
            case HMAC_SHA2_256_128 -> "hmac(sha256)";
            case HMAC_SHA2_384_192 -> "hmac(sha384)";
            case HMAC_SHA2_512_256 -> "hmac(sha512)";
        };
    }

    /// ```text
    /// struct xfrm_replay_state_esn {
    ///     unsigned int bmp_len; __u32 oseq, seq, oseq_hi, seq_hi, replay_window, bmp[]; };
    /// ```
    /// The kernel refuses ESN without a window, so an outbound state has a small one that nobody uses.
    private static Bytes replay(Direction direction, int window) {
        int bits = direction == Direction.OUT ? WIDEST_OLD_WINDOW : Math.max(window, 1);
        int words = Math.ceilDiv(bits, 32);
        var out = new NativeWriter();
        out.u32(words).zeros(16).u32(bits).zeros(words * 4);
        return out.toBytes();
    }

    /// `struct xfrm_encap_tmpl { __u16 encap_type; __be16 encap_sport, encap_dport; xfrm_address_t encap_oa; };`
    private static Bytes encapsulation(UdpEncapsulation ports) {
        var out = new NativeWriter();
        out.u16(ENCAPSULATE_ESP_IN_UDP)
                .be16(ports.sourcePort())
                .be16(ports.destinationPort())
                .zeros(2 + Structs.ADDRESS_LENGTH);
        return out.toBytes();
    }
}
