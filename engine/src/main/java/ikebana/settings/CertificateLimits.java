package ikebana.settings;

/// How much of certificates a peer may send: whoever has got through IKE_SA_INIT can make us read it.
///
/// @param largestChain in bytes
record CertificateLimits(int longestChain, int largestChain) {
    CertificateLimits {
        if (longestChain < 1) throw new IllegalArgumentException("longest-chain must be 1 or more");
        if (largestChain < 1024) throw new IllegalArgumentException("largest-chain must be 1 KiB or more");
    }

    static CertificateLimits from(Section section) {
        return section.make(it -> new CertificateLimits(
                it.get("longest-chain", Conversion::wholeNumber), it.get("largest-chain", Conversion::smallSize)));
    }
}
