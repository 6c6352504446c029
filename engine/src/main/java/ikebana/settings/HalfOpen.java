package ikebana.settings;

import java.time.Duration;

/// Limits on IKE SAs that strangers have begun and nobody has authenticated (RFC 7296 2.6).
///
/// @param cookieThreshold with so many half-open IKE SAs a cookie is demanded of newcomers
/// @param limit with so many, newcomers are refused with silence
/// @param lifetime how long the initiator has to authenticate
/// @param cookieLifetime how long a cookie is taken; its secret changes as often
/// @param unknownAnswered how many requests a second are answered that name no IKE SA of ours
public record HalfOpen(
        int cookieThreshold, int limit, Duration lifetime, Duration cookieLifetime, int unknownAnswered) {
    private static final int UNKNOWN_ANSWERED = 10;

    public HalfOpen {
        if (cookieThreshold < 0) throw new IllegalArgumentException("cookie-threshold must not be negative");
        if (limit < 1) throw new IllegalArgumentException("limit must be 1 or more");
        if (!lifetime.isPositive()) throw new IllegalArgumentException("lifetime must be longer than zero");
        if (!cookieLifetime.isPositive())
            throw new IllegalArgumentException("cookie-lifetime must be longer than zero");
        if (unknownAnswered < 0) throw new IllegalArgumentException("unknown-answered must not be negative");
    }

    public HalfOpen(int cookieThreshold, int limit, Duration lifetime, Duration cookieLifetime) {
        this(cookieThreshold, limit, lifetime, cookieLifetime, UNKNOWN_ANSWERED);
    }

    /// How many of them one address may have begun with a cookie: a twentieth, so that nobody fills the limit alone,
    /// and a NAT full of honest spokes still comes in.
    public int limitOfOne() {
        return Math.max(8, limit / 20);
    }

    /// With so many, only those are let in who have authenticated before: three quarters, so that a flood of strangers
    /// that can receive at their addresses leaves room for the peers there are.
    public int limitOfStrangers() {
        return Math.max(1, limit - limit / 4);
    }

    static HalfOpen from(Section section) {
        return section.make(it -> new HalfOpen(
                it.get("cookie-threshold", Conversion::wholeNumber),
                it.get("limit", Conversion::wholeNumber),
                it.get("lifetime", Conversion::duration),
                it.get("cookie-lifetime", Conversion::duration),
                it.get("unknown-answered", Conversion::wholeNumber)));
    }
}
