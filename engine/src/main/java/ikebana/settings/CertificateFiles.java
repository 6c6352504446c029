package ikebana.settings;

import com.typesafe.config.ConfigValueType;
import ikebana.auth.CertificateAuthentication;
import ikebana.auth.CertificateKey;
import ikebana.auth.KeyFile;
import ikebana.auth.Trust;
import ikebana.crypto.Revocation;
import ikebana.crypto.Signatures;
import ikebana.wire.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The certificates of one profile: ours with its key, the authorities, what they have taken back. No sentence of this
/// file has a part of a key or a passphrase in it.
final class CertificateFiles {
    /// Of the largest that is of use: a list with some hundred thousand entries.
    private static final long LARGEST_FILE = 16 << 20;

    private final Section section;
    private final CertificateLimits limits;
    private final int problemsBefore;

    /// @param section the block `certificate` of the profile
    CertificateFiles(Section section, CertificateLimits limits) {
        this.section = section;
        this.limits = limits;
        this.problemsBefore = section.findings().problems().size();
    }

    /// Empty when something is wrong with them, which is said then.
    Optional<CertificateAuthentication> read() {
        needed("file", "say where our certificate is");
        needed("trust-anchors", "say which authorities the peers' certificates come from");
        var passphrase = each("passphrase-file", true, CertificateFiles::passphrase).stream()
                .findFirst();
        var own = own(passphrase);
        var anchors =
                each("trust-anchors", false, content -> KeyFile.of(content).certificates());
        var lists = each("crl", false, content -> KeyFile.of(content).revocationLists());
        var revocation = section.get("revocation", Conversion.oneOf(Trust.Revocation.class));
        var choice = new Signatures.Choice(
                section.get("rsa-padding", Conversion.oneOf(Signatures.RsaPadding.class)),
                section.get("sha1", Conversion::flag));
        try {
            var trust = new Trust(
                    flat(anchors), flat(lists), revocation, limits.longestChain(), limits.largestChain(), inquiries());
            if (own.isPresent() && !hasProblem()) {
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

    private boolean hasProblem() {
        return section.findings().problems().size() > problemsBefore;
    }

    private void needed(String key, String otherwise) {
        if (section.optional(key, value -> value).isEmpty()) section.problem(key, otherwise);
    }

    private Optional<CertificateKey> own(Optional<Secret> passphrase) {
        boolean separate = section.optional("private-key", value -> value).isPresent();
        var certificates = each("file", !separate, KeyFile::of).stream().findFirst();
        var key = each("private-key", true, KeyFile::of).stream().findFirst();
        if (certificates.isEmpty() || hasProblem()) return Optional.empty();
        try {
            var own = CertificateKey.of(certificates.get(), key, passphrase);
            own.identity();
            return Optional.of(own);
        } catch (IllegalArgumentException mistake) {
            section.problem(separate ? "private-key" : "file", String.valueOf(mistake.getMessage()));
            return Optional.empty();
        }
    }

    private static Secret passphrase(byte[] content) {
        var secret = Secret.owning(Arrays.copyOf(content, SharedKeys.withoutLineEnd(content)));
        if (secret.isEmpty()) throw new IllegalArgumentException("is empty");
        return secret;
    }

    private static <T> List<T> flat(List<List<T>> lists) {
        return lists.stream().flatMap(List::stream).toList();
    }

    /// What `reader` makes of each file that a setting names.
    private <T> List<T> each(String key, boolean secret, Function<byte[], T> reader) {
        var read = new ArrayList<T>();
        var paths = section.optional(
                key,
                value -> value.valueType() == ConfigValueType.LIST
                        ? Conversion.texts(value).stream().map(this::path).toList()
                        : List.of(path(Conversion.text(value))));
        for (var path : paths.orElse(List.of())) one(key, secret, path, reader).ifPresent(read::add);
        return read;
    }

    private Path path(String text) {
        return section.folder().resolve(text).toAbsolutePath().normalize();
    }

    private <T> Optional<T> one(String key, boolean secret, Path path, Function<byte[], T> reader) {
        byte[] content = {};
        section.findings().reads(path);
        try {
            if (Files.size(path) > LARGEST_FILE) {
                throw new IllegalArgumentException("has more than %d bytes".formatted(LARGEST_FILE));
            }
            content = Files.readAllBytes(path);
            if (secret && SharedKeys.othersMayRead(path)) {
                section.warning(key, "others than its owner may read %s: chmod 0600".formatted(path));
            }
            return Optional.of(reader.apply(content));
        } catch (NoSuchFileException missing) {
            section.problem(key, "there is no file " + missing.getFile());
        } catch (IOException unreadable) {
            section.problem(key, "cannot be read: " + unreadable.getMessage());
        } catch (IllegalArgumentException mistake) {
            section.problem(key, "%s %s".formatted(path, mistake.getMessage()));
        } finally {
            Arrays.fill(content, (byte) 0);
        }
        return Optional.empty();
    }
}
