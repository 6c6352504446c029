package ikebana.settings;

import java.time.Duration;

/// What the three machines of `ike` are told once.
///
/// @param livenessAfter when nothing authentic came from a peer for so long, we ask (RFC 7296 2.4)
/// @param crossingGrace how long two crossing IKE SAs with a stranger may both stay
/// @param keepInbound how long an inbound ESP state outlives its SA's deletion, for packets that are under way
/// @param orphanLifetime when ESP states of a former run are removed, if nothing replaced them before
/// @param redialPause least time between the end of a wanted tunnel and its next dial
public record IkeSettings(
        Retransmission retransmission,
        HalfOpen halfOpen,
        Duration livenessAfter,
        Duration crossingGrace,
        Duration keepInbound,
        Duration orphanLifetime,
        Duration redialPause) {}
