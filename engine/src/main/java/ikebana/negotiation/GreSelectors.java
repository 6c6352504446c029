package ikebana.negotiation;

import ikebana.kernel.GreKey;
import ikebana.kernel.Selector;
import ikebana.wire.IpAddress;
import ikebana.wire.TrafficSelector;
import ikebana.wire.TrafficSelectors;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The traffic selectors of a DMVPN tunnel: protocol 47 between two hosts, all ports (RFC 7296 2.9, 3.13).
///
/// IKEv2 has no field for a GRE key. The key chooses packets in our own kernel and does not go into our
/// selectors; only a peer that offers nothing wider than "ports equal to the key", as a stock strongSwan's
/// acquire does, is answered so. Where each key has a child of its own, both ends have to know which child
/// is whose: then the ports say it.
///
/// @param initiators and `responders`: one selector each
public record GreSelectors(TrafficSelectors initiators, TrafficSelectors responders) {
    private static final int LAST_PORT = 0xffff;

    /// What we offer as initiator, and answer as responder.
    public static GreSelectors between(IpAddress initiator, IpAddress responder) {
        return new GreSelectors(
                new TrafficSelectors(true, List.of(host(initiator, 0, LAST_PORT))),
                new TrafficSelectors(false, List.of(host(responder, 0, LAST_PORT))));
    }

    /// The same where one key has a child of its own.
    public static GreSelectors between(IpAddress initiator, IpAddress responder, Optional<GreKey> key) {
        return key.map(one -> new GreSelectors(
                        new TrafficSelectors(true, List.of(host(initiator, one.high(), one.high()))),
                        new TrafficSelectors(false, List.of(host(responder, one.low(), one.low())))))
                .orElseGet(() -> between(initiator, responder));
    }

    /// Whether an offer holds the ports of `key`, and says so.
    public static boolean name(
            GreKey key,
            TrafficSelectors offeredByInitiator,
            TrafficSelectors offeredForResponder,
            IpAddress initiator,
            IpAddress responder) {
        return coversPort(offeredByInitiator, initiator, key.high())
                && coversPort(offeredForResponder, responder, key.low());
    }

    /// Whether an offer holds all ports.
    public static boolean areWide(
            TrafficSelectors offeredByInitiator,
            TrafficSelectors offeredForResponder,
            IpAddress initiator,
            IpAddress responder) {
        return covers(offeredByInitiator, initiator) && covers(offeredForResponder, responder);
    }

    /// What we take of a peer's offer, as responder.
    ///
    /// @param keys of the profile; empty is every key
    public static Optional<GreSelectors> narrow(
            TrafficSelectors offeredByInitiator,
            TrafficSelectors offeredForResponder,
            IpAddress initiator,
            IpAddress responder,
            List<GreKey> keys) {
        if (areWide(offeredByInitiator, offeredForResponder, initiator, responder)) {
            return Optional.of(between(initiator, responder));
        }
        return keys.stream()
                .filter(key -> name(key, offeredByInitiator, offeredForResponder, initiator, responder))
                .findFirst()
                .map(key -> between(initiator, responder, Optional.of(key)));
    }

    /// The same with the roles exchanged.
    public GreSelectors reversed() {
        return new GreSelectors(
                new TrafficSelectors(true, responders.selectors()),
                new TrafficSelectors(false, initiators.selectors()));
    }

    /// RFC 7296 2.23.1: what an end behind a NAT calls itself, by the address that the other end knows it by. A range
    /// is no such name, and stays.
    public static TrafficSelectors substituted(TrafficSelectors offered, IpAddress as) {
        return new TrafficSelectors(
                offered.ofInitiator(),
                offered.selectors().stream()
                        .map(selector -> isHost(selector) && selector.start().isV4() == as.isV4()
                                ? new TrafficSelector(
                                        selector.tsType(),
                                        selector.protocol(),
                                        selector.startPort(),
                                        selector.endPort(),
                                        as,
                                        as)
                                : selector)
                        .toList(),
                offered.strange());
    }

    private static boolean isHost(TrafficSelector selector) {
        return selector.start().equals(selector.end());
    }

    /// Whether a responder's answer to [#between] is one that carries our tunnel.
    public boolean accepts(TrafficSelectors initiatorsAnswer, TrafficSelectors respondersAnswer) {
        return initiatorsAnswer.selectors().equals(initiators.selectors())
                && respondersAnswer.selectors().equals(responders.selectors());
    }

    /// Whether an offer holds all of these.
    public boolean areWithin(TrafficSelectors offeredByInitiator, TrafficSelectors offeredForResponder) {
        return isWithin(initiators, offeredByInitiator) && isWithin(responders, offeredForResponder);
    }

    private static boolean isWithin(TrafficSelectors selectors, TrafficSelectors offered) {
        return selectors.selectors().stream()
                .allMatch(one -> offered.selectors().stream()
                        .anyMatch(it -> holds(it, one.start())
                                && holds(it, one.end())
                                && (it.protocol() == one.protocol() || it.protocol() == 0)
                                && it.startPort() <= one.startPort()
                                && it.endPort() >= one.endPort()));
    }

    public static String describe(TrafficSelectors initiators, TrafficSelectors responders) {
        return describe(initiators) + " === " + describe(responders);
    }

    @Override
    public String toString() {
        return describe(initiators, responders);
    }

    private static TrafficSelector host(IpAddress address, int startPort, int endPort) {
        return new TrafficSelector(
                address.isV4() ? TrafficSelector.IPV4_RANGE : TrafficSelector.IPV6_RANGE,
                Selector.GRE,
                startPort,
                endPort,
                address,
                address);
    }

    private static boolean covers(TrafficSelectors offered, IpAddress address) {
        return offered.selectors().stream()
                .anyMatch(selector -> holds(selector, address)
                        && (selector.protocol() == Selector.GRE || selector.protocol() == 0)
                        && selector.startPort() == 0
                        && selector.endPort() == LAST_PORT);
    }

    private static boolean coversPort(TrafficSelectors offered, IpAddress address, int port) {
        return offered.selectors().stream()
                .anyMatch(selector -> holds(selector, address)
                        && selector.protocol() == Selector.GRE
                        && selector.startPort() == port
                        && selector.endPort() == port);
    }

    private static boolean holds(TrafficSelector selector, IpAddress address) {
        return selector.start().isV4() == address.isV4()
                && selector.start().compareTo(address) <= 0
                && selector.end().compareTo(address) >= 0;
    }

    private static String describe(TrafficSelectors selectors) {
        return selectors.selectors().stream()
                .map(selector -> "%s%s[%s/%s]"
                        .formatted(
                                selector.start(),
                                selector.start().equals(selector.end()) ? "" : "-" + selector.end(),
                                selector.protocol() == Selector.GRE ? "gre" : selector.protocol(),
                                selector.startPort() == 0 && selector.endPort() == LAST_PORT
                                        ? "any"
                                        : selector.startPort() + "-" + selector.endPort()))
                .collect(Collectors.joining(" "));
    }
}
