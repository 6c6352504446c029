package ikebana.netlink.xfrm;

import static ikebana.netlink.codec.NetlinkMessage.ACK;
import static ikebana.netlink.codec.NetlinkMessage.CREATE;
import static ikebana.netlink.codec.NetlinkMessage.DUMP;
import static ikebana.netlink.codec.NetlinkMessage.EXCLUSIVE;

import ikebana.crypto.EspSuite;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the engine asks for, as messages. Pure functions.
public final class ToKernel {
    /// What an outbound state with 64-bit sequence numbers gets: it never uses a window, but Linux refuses 0 there
    /// (net/xfrm/xfrm_replay.c, `xfrm_init_replay`).
    private static final int UNUSED_WINDOW = 32;

    /// The largest window that `xfrm_usersa_info` itself can say.
    private static final int LARGEST_PLAIN_WINDOW = 32;

    private ToKernel() {}

    public static NetlinkMessage addPolicy(Policy policy) {
        return policyMessage(policy).asRequest(ACK | CREATE | EXCLUSIVE);
    }

    public static NetlinkMessage findPolicy(Policy policy) {
        return new XfrmMessage(XfrmMessage.GETPOLICY, policyId(policy)).asRequest(ACK);
    }

    public static NetlinkMessage deletePolicy(Policy policy) {
        return new XfrmMessage(XfrmMessage.DELPOLICY, policyId(policy)).asRequest(ACK);
    }

    public static NetlinkMessage dumpPolicies() {
        return new XfrmMessage(XfrmMessage.GETPOLICY, new XfrmBody.None()).asRequest(DUMP);
    }

    public static NetlinkMessage addState(State state) {
        return stateMessage(state).asRequest(ACK | CREATE | EXCLUSIVE);
    }

    /// The kernel wants the whole state, keys and all, and takes only the ports and the limits from it
    /// (`xfrm_state_update`).
    public static NetlinkMessage changePorts(State state) {
        return stateMessage(XfrmMessage.UPDSA, state).asRequest(ACK);
    }

    public static NetlinkMessage findState(StateId id) {
        return new XfrmMessage(XfrmMessage.GETSA, stateId(id)).asRequest(ACK);
    }

    public static NetlinkMessage deleteState(StateId id) {
        return new XfrmMessage(XfrmMessage.DELSA, stateId(id)).asRequest(ACK);
    }

    public static NetlinkMessage dumpStates() {
        return new XfrmMessage(XfrmMessage.GETSA, new XfrmBody.None(), new XfrmAttribute.Protocol(Id.ESP))
                .asRequest(DUMP);
    }

    /// Gives the larval state of `acquire` an SPI, by its sequence number: without one it cannot be named, and so not
    /// removed.
    public static NetlinkMessage nameLarval(Acquire acquire) {
        int family = Family.of(acquire.destination());
        var larval = new UserSaInfo(
                PacketSelector.NONE,
                new Id(Address.of(acquire.destination()), Spi.NONE, Id.ESP),
                Address.of(acquire.source()),
                LifetimeConfig.FOREVER,
                LifetimeCurrent.NEW,
                0,
                0,
                0,
                acquire.sequence(),
                acquire.reqid(),
                family,
                UserSaInfo.TRANSPORT,
                0,
                0);
        // 1 to 255 are reserved (RFC 4303 2.1)
        return new XfrmMessage(XfrmMessage.ALLOCSPI, new UserSpiInfo(larval, 0x100, 0xffffffff)).asRequest(ACK);
    }

    static XfrmMessage policyMessage(Policy policy) {
        var info = new UserPolicyInfo(
                selector(policy.selector()),
                LifetimeConfig.FOREVER,
                LifetimeCurrent.NEW,
                policy.priority(),
                0,
                direction(policy.direction()),
                switch (policy.verdict()) {
                    case Policy.RequireEsp _ -> UserPolicyInfo.ALLOW;
                    case Policy.Block() -> UserPolicyInfo.BLOCK;
                },
                0,
                0);
        return switch (policy.verdict()) {
            case Policy.RequireEsp(int reqid) ->
                new XfrmMessage(
                        XfrmMessage.NEWPOLICY,
                        info,
                        new XfrmAttribute.Templates(
                                List.of(template(reqid, info.selector().family()))));
            case Policy.Block() -> new XfrmMessage(XfrmMessage.NEWPOLICY, info);
        };
    }

    static UserTemplate template(int reqid, int family) {
        return new UserTemplate(
                new Id(Address.NONE, Spi.NONE, Id.ESP),
                family,
                Address.NONE,
                reqid,
                UserSaInfo.TRANSPORT,
                0,
                0,
                UserTemplate.ANY_ALGORITHM,
                UserTemplate.ANY_ALGORITHM,
                UserTemplate.ANY_ALGORITHM);
    }

    private static UserPolicyId policyId(Policy policy) {
        return new UserPolicyId(selector(policy.selector()), 0, direction(policy.direction()));
    }

    private static int direction(Direction direction) {
        return switch (direction) {
            case IN -> UserPolicyInfo.IN;
            case OUT -> UserPolicyInfo.OUT;
        };
    }

    static XfrmMessage stateMessage(State state) {
        return stateMessage(XfrmMessage.NEWSA, state);
    }

    private static XfrmMessage stateMessage(int type, State state) {
        var replay = replay(state);
        var info = new UserSaInfo(
                selector(state.selector()),
                new Id(Address.of(state.id().destination()), state.id().spi(), Id.ESP),
                Address.of(state.source()),
                limits(state.lifetime()),
                LifetimeCurrent.NEW,
                0,
                0,
                0,
                state.acquireSequence(),
                state.reqid(),
                Family.of(state.id().destination()),
                UserSaInfo.TRANSPORT,
                replay.isPresent() ? 0 : state.replayWindow(), // the kernel refuses both at once
                // Of the other flags, NOECN, DECAP_DSCP and NOPMTUDISC are about tunnel mode, and ICMP would pass ICMP
                // errors about other packets than the selector's.
                state.suite().extendedSequenceNumbers() ? UserSaInfo.EXTENDED_SEQUENCE_NUMBERS : 0);
        var attributes = new ArrayList<>(algorithms(state));
        state.encapsulation()
                .map(udp -> new EncapTemplate(
                        EncapTemplate.ESP_IN_UDP, udp.sourcePort(), udp.destinationPort(), Address.NONE))
                .ifPresent(attributes::add);
        replay.ifPresent(attributes::add);
        return new XfrmMessage(type, info, attributes);
    }

    private static List<XfrmAttribute> algorithms(State state) {
        var name = encryptionName(state.suite());
        return state.suite()
                .integrity()
                .<List<XfrmAttribute>>map(integrity -> List.of(
                        Algorithm.encryption(name, state.encryptionKey()),
                        new AlgorithmAuth(
                                switch (integrity) {
                                    case HMAC_SHA2_256_128 -> "hmac(sha256)";
                                    case HMAC_SHA2_384_192 -> "hmac(sha384)";
                                    case HMAC_SHA2_512_256 -> "hmac(sha512)";
                                },
                                integrity.icvLength() * 8,
                                state.integrityKey())))
                .orElseGet(() -> List.of(
                        new AlgorithmAead(name, state.suite().encryption().icvLength() * 8, state.encryptionKey())));
    }

    /// The kernel's name for it (net/xfrm/xfrm_algo.c).
    public static String encryptionName(EspSuite suite) {
        return switch (suite.encryption()) {
            case AES_GCM_16_256, AES_GCM_16_128 -> "rfc4106(gcm(aes))";
            case CHACHA20_POLY1305 -> "rfc7539esp(chacha20,poly1305)";
            case AES_CBC_256, AES_CBC_128 -> "cbc(aes)";
        };
    }

    private static Optional<ReplayStateEsn> replay(State state) {
        int window = Math.min(state.replayWindow(), ReplayStateEsn.LARGEST_WINDOW);
        if (state.suite().extendedSequenceNumbers()) {
            return Optional.of(ReplayStateEsn.ofWindow(window > 0 ? window : UNUSED_WINDOW));
        }
        return window > LARGEST_PLAIN_WINDOW ? Optional.of(ReplayStateEsn.ofWindow(window)) : Optional.empty();
    }

    private static LifetimeConfig limits(Lifetime lifetime) {
        return new LifetimeConfig(
                count(lifetime.softBytes()),
                count(lifetime.hardBytes()),
                count(lifetime.softPackets()),
                count(lifetime.hardPackets()),
                seconds(lifetime.softTime()),
                seconds(lifetime.hardTime()),
                0,
                0);
    }

    private static long count(Optional<Long> limit) {
        return limit.filter(number -> number > 0).orElse(LifetimeConfig.UNLIMITED);
    }

    /// Rounded up, since 0 is "never" there.
    private static long seconds(Optional<Duration> limit) {
        return limit.map(duration -> duration.plusNanos(999_999_999).toSeconds())
                .orElse(0L);
    }

    private static UserSaId stateId(StateId id) {
        return new UserSaId(Address.of(id.destination()), id.spi(), Family.of(id.destination()), Id.ESP);
    }

    static PacketSelector selector(Selector selector) {
        int mask = selector.greKey().isPresent() ? 0xffff : 0;
        return new PacketSelector(
                prefixAddress(selector.destination()),
                prefixAddress(selector.source()),
                selector.greKey().map(GreKey::low).orElse(0),
                mask,
                selector.greKey().map(GreKey::high).orElse(0),
                mask,
                Family.of(selector.source().base()),
                selector.destination().length(),
                selector.source().length(),
                selector.protocol(),
                0,
                0);
    }

    /// Without the bits behind the prefix: the kernel tells policies apart by the whole address.
    static Address prefixAddress(Prefix prefix) {
        var raw = prefix.base().raw().toArray();
        for (int bit = prefix.length(); bit < raw.length * 8; bit++) raw[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
        return Address.of(new IpAddress(Bytes.of(raw)));
    }
}
