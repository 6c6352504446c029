package ikebana.settings;

import java.time.Duration;

/// What the three machines of `ike` are told once.
///
/// @param livenessAfter when nothing authentic, ESP included, came from a peer for so long, we ask (RFC 7296 2.4)
/// @param natKeepalive after so long a silence of ours a NAT in front of us is reminded of us (RFC 3948 4)
/// @param crossingGrace how long two crossing IKE SAs with a stranger may both stay
/// @param keepInbound how long an inbound ESP state outlives its SA's deletion, for packets that are under way
/// @param orphanLifetime when ESP states of a former run are removed, if nothing replaced them before
/// @param redialPause least time between the end of a wanted tunnel and its next dial
/// @param mostChildren pairs of ESP SAs that one IKE SA may have, not counting what replaces what
/// @param innerPatience how long an IKE SA waits for the kernel, the keys and the hooks
public record IkeSettings(
        Retransmission retransmission,
        HalfOpen halfOpen,
        Fragmentation fragmentation,
        Duration livenessAfter,
        Duration natKeepalive,
        Duration crossingGrace,
        Duration keepInbound,
        Duration orphanLifetime,
        Duration redialPause,
        Duration innerPatience,
        int mostChildren) {
    public IkeSettings {
        if (!livenessAfter.isPositive()) throw new IllegalArgumentException("liveness-after must be longer than zero");
        if (!natKeepalive.isPositive()) throw new IllegalArgumentException("nat-keepalive must be longer than zero");
        if (crossingGrace.isNegative()) throw new IllegalArgumentException("crossing-grace must not be negative");
        if (keepInbound.isNegative()) throw new IllegalArgumentException("keep-inbound must not be negative");
        if (!orphanLifetime.isPositive()) {
            throw new IllegalArgumentException("orphan-lifetime must be longer than zero");
        }
        if (!redialPause.isPositive()) {
            throw new IllegalArgumentException(
                    "redial-pause must be longer than zero: a peer that refuses is not hammered");
        }
        if (!innerPatience.isPositive()) throw new IllegalArgumentException("inner-patience must be longer than zero");
        if (mostChildren < 1) throw new IllegalArgumentException("most-children must be 1 or more");
    }

    static IkeSettings from(Section section) {
        return section.make(it -> new IkeSettings(
                Retransmission.from(it.block("retransmission")),
                HalfOpen.from(it.block("half-open")),
                Fragmentation.from(it.block("network")),
                it.get("liveness-after", Conversion::duration),
                it.get("nat-keepalive", Conversion::duration),
                it.get("crossing-grace", Conversion::duration),
                it.get("keep-inbound", Conversion::duration),
                it.get("orphan-lifetime", Conversion::duration),
                it.get("redial-pause", Conversion::duration),
                it.get("inner-patience", Conversion::duration),
                it.get("most-children", Conversion::wholeNumber)));
    }
}
