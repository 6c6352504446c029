package ikebana.settings;

import java.time.Duration;

/// How certificates, keys and revocation lists are kept fresh.
///
/// @param rereadEvery how often it is seen whether a file of them has changed
/// @param warnBefore how long before the end of a certificate of ours it is told
public record CertificateWatch(Duration rereadEvery, Duration warnBefore) {
    public CertificateWatch {
        if (rereadEvery.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("reread-every must be 1 s or more");
        }
        if (warnBefore.isNegative()) throw new IllegalArgumentException("warn-before must not be negative");
    }

    static CertificateWatch from(Section section) {
        return section.make(it -> new CertificateWatch(
                it.get("reread-every", Conversion::duration), it.get("warn-before", Conversion::duration)));
    }
}
