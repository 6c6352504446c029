package ikebana.settings;

import ikebana.auth.CertificateAuthentication;
import ikebana.auth.CertificateKey;
import ikebana.auth.KeyFile;
import ikebana.auth.Trust;
import ikebana.crypto.Revocation;
import ikebana.crypto.Signatures;
import ikebana.wire.Secret;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// The certificates of one profile: ours with its key, the authorities, what they have taken back.
final class CertificateFiles {
    private final Section section;
    private final CertificateLimits limits;
    private final KeyFiles files;

    /// @param section the block `certificate` of the profile
    CertificateFiles(Section section, CertificateLimits limits) {
        this.section = section;
        this.limits = limits;
        this.files = new KeyFiles(section);
    }

    /// Empty when something is wrong with them, which is said then.
    Optional<CertificateAuthentication> read() {
        files.needed("file", "say where our certificate is");
        files.needed("trust-anchors", "say which authorities the peers' certificates come from");
        var passphrase = files.passphrase();
        var own = own(passphrase);
        var anchors = files.each(
                "trust-anchors", false, content -> KeyFile.of(content).certificates());
        var lists = files.each("crl", false, content -> KeyFile.of(content).revocationLists());
        var revocation = section.get("revocation", Conversion.oneOf(Trust.Revocation.class));
        var choice = new Signatures.Choice(
                section.get("rsa-padding", Conversion.oneOf(Signatures.RsaPadding.class)),
                section.get("sha1", Conversion::flag));
        try {
            var trust = new Trust(
                    flat(anchors), flat(lists), revocation, limits.longestChain(), limits.largestChain(), inquiries());
            if (own.isPresent() && !files.hasProblem()) {
                return Optional.of(new CertificateAuthentication(own.get(), trust, choice));
            }
        } catch (IllegalArgumentException mistake) {
            section.problem("trust-anchors", String.valueOf(mistake.getMessage()));
        }
        return Optional.empty();
    }

    private Trust.Inquiries inquiries() {
        var demand = Conversion.oneOf(Trust.Demand.class);
        Conversion<URI> address = value -> address(Conversion.text(value));
        return new Trust.Inquiries(
                section.get("crl-http", demand),
                section.optional(
                                "crl-urls",
                                value -> Conversion.texts(value).stream()
                                        .map(CertificateFiles::address)
                                        .toList())
                        .orElse(List.of()),
                section.get("ocsp", demand),
                section.optional("ocsp-url", address));
    }

    private static URI address(String text) {
        return Revocation.address(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'%s' is no address of HTTP, such as http://ca.example/list.crl (not https: the answer is signed)"
                                .formatted(text)));
    }

    private Optional<CertificateKey> own(Optional<Secret> passphrase) {
        boolean separate = section.optional("private-key", value -> value).isPresent();
        var certificates = files.each("file", !separate, KeyFile::of).stream().findFirst();
        var key = files.each("private-key", true, KeyFile::of).stream().findFirst();
        if (certificates.isEmpty() || files.hasProblem()) return Optional.empty();
        try {
            var own = CertificateKey.of(certificates.get(), key, passphrase);
            own.identity();
            return Optional.of(own);
        } catch (IllegalArgumentException mistake) {
            section.problem(separate ? "private-key" : "file", String.valueOf(mistake.getMessage()));
            return Optional.empty();
        }
    }

    private static <T> List<T> flat(List<List<T>> lists) {
        return lists.stream().flatMap(List::stream).toList();
    }
}
