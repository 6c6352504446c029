package ikebana.settings;

import java.time.Duration;

/// How others are asked about certificates: revocation lists by HTTP, and OCSP. What they say is signed, so it is
/// fetched from whoever has it; what they can cost is limited here.
///
/// @param timeLimit of one question, with all addresses that are tried for it
/// @param largestList and `largestStatus`: of an answer, in bytes
/// @param redirects how many are followed
/// @param concurrency how many fetches run at once
/// @param waiting how many more may wait for their turn
/// @param refreshAfter how old an answer may be before it is fetched anew, if it has not ended before
/// @param retryAfter how long after a failure the same is not asked again
/// @param memory for all answers that are kept, in bytes
/// @param allowLocal whether loopback and link-local addresses, and those of this host, are asked, too
public record InquirySettings(
        Duration timeLimit,
        int largestList,
        int largestStatus,
        int redirects,
        int concurrency,
        int waiting,
        Duration refreshAfter,
        Duration retryAfter,
        int memory,
        boolean allowLocal) {
    /// Peers lose interest after about half a minute.
    private static final Duration LONGEST = Duration.ofSeconds(20);

    public InquirySettings {
        if (!timeLimit.isPositive() || timeLimit.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("time-limit must be more than nothing and 20 s at most");
        }
        if (largestList < 1024) throw new IllegalArgumentException("largest-list must be 1 KiB or more");
        if (largestStatus < 1024) throw new IllegalArgumentException("largest-status must be 1 KiB or more");
        if (redirects < 0) throw new IllegalArgumentException("redirects must not be negative");
        if (concurrency < 1) throw new IllegalArgumentException("concurrency must be 1 or more");
        if (waiting < 1) throw new IllegalArgumentException("waiting must be 1 or more");
        if (refreshAfter.isNegative()) throw new IllegalArgumentException("refresh-after must not be negative");
        if (retryAfter.isNegative()) throw new IllegalArgumentException("retry-after must not be negative");
        if (memory < largestList) throw new IllegalArgumentException("memory must be largest-list or more");
    }

    static InquirySettings from(Section section) {
        return section.make(it -> new InquirySettings(
                it.get("time-limit", Conversion::duration),
                it.get("largest-list", Conversion::smallSize),
                it.get("largest-status", Conversion::smallSize),
                it.get("redirects", Conversion::wholeNumber),
                it.get("concurrency", Conversion::wholeNumber),
                it.get("waiting", Conversion::wholeNumber),
                it.get("refresh-after", Conversion::duration),
                it.get("retry-after", Conversion::duration),
                it.get("memory", Conversion::smallSize),
                it.get("allow-local", Conversion::flag)));
    }
}
