package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.crypto.KeyFormats;
import ikebana.crypto.PublicKeys;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What is in a file of keys, certificates or revocation lists: PEM, DER or PKCS#12. No sentence of this class has
/// anything of a key in it.
public final class KeyFile {
    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");
    private static final String PKCS12 = "PKCS12";
    private static final String UNKNOWN_DER = "";
    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;

    /// One thing of a file, and what it says it is.
    private record Piece(String label, Secret der) {
        boolean is(String... labels) {
            return label.equals(UNKNOWN_DER) || Arrays.asList(labels).contains(label);
        }
    }

    private final List<Piece> pieces;

    private KeyFile(List<Piece> pieces) {
        this.pieces = pieces;
    }

    /// @param content the caller wipes it
    /// @throws IllegalArgumentException with a sentence
    public static KeyFile of(byte[] content) {
        if (content.length == 0) throw new IllegalArgumentException("is empty");
        if (content[0] == SEQUENCE) return new KeyFile(List.of(new Piece(labelOf(content), Secret.copyOf(content))));
        var pieces = pem(content);
        if (pieces.isEmpty()) throw new IllegalArgumentException("is neither PEM nor DER");
        return new KeyFile(pieces);
    }

    /// What begins with a number is a key (0 and 1, RFC 5958 2) or a container (3, RFC 7292 4); its reader
    /// knows the rest.
    private static String labelOf(byte[] der) {
        int body = der.length > 1 && der[1] < 0 ? 2 + (der[1] & 0x7f) : 2;
        boolean numbered = der.length > body + 2 && der[body] == INTEGER && der[body + 1] == 1;
        if (!numbered) return UNKNOWN_DER;
        return der[body + 2] == 3 ? PKCS12 : "PRIVATE KEY";
    }

    private static List<Piece> pem(byte[] content) {
        var pieces = new ArrayList<Piece>();
        var lines = new String(content, StandardCharsets.US_ASCII).lines().toList();
        for (int at = 0; at < lines.size(); at++) {
            var begin = BEGIN.matcher(lines.get(at).strip());
            if (!begin.matches()) continue;
            var label = begin.group(1);
            int end = lines.subList(at, lines.size()).stream()
                    .map(String::strip)
                    .toList()
                    .indexOf("-----END " + label + "-----");
            if (end < 0) throw new IllegalArgumentException("has a %s without an end".formatted(label));
            pieces.add(new Piece(label, decoded(label, lines.subList(at + 1, at + end))));
            at += end;
        }
        return pieces;
    }

    private static Secret decoded(String label, List<String> lines) {
        if (lines.stream().anyMatch(line -> line.startsWith("Proc-Type:"))) {
            throw new IllegalArgumentException(
                    "has a key in OpenSSL's old encryption: openssl pkcs8 -topk8 -in FILE -out NEW gives it a good one");
        }
        try {
            return Secret.owning(
                    Base64.getDecoder().decode(String.join("", lines).replaceAll("\\s", "")));
        } catch (IllegalArgumentException _) { // its message may quote
            throw new IllegalArgumentException("has a %s that is no Base64".formatted(label));
        }
    }

    /// Whether the certificates and the key are in one container, which the passphrase opens.
    boolean isContainer() {
        return pieces.getFirst().label().equals(PKCS12);
    }

    KeyFormats.Container container(Optional<Secret> passphrase) {
        return with(pieces.getFirst(), der -> KeyFormats.container(der, needed(passphrase)));
    }

    /// @throws IllegalArgumentException with a sentence; also when there is none
    public List<X509Certificate> certificates() {
        var found = pieces.stream()
                .filter(piece -> piece.is("CERTIFICATE", "X509 CERTIFICATE"))
                .map(piece -> with(piece, der -> Certificates.certificate(Bytes.of(der))))
                .toList();
        if (found.isEmpty()) throw new IllegalArgumentException("has no certificate");
        return found;
    }

    /// @throws IllegalArgumentException with a sentence; also when there is none
    public List<X509CRL> revocationLists() {
        var found = pieces.stream()
                .filter(piece -> piece.is("X509 CRL"))
                .map(piece -> with(piece, der -> Certificates.revocationList(Bytes.of(der))))
                .toList();
        if (found.isEmpty()) throw new IllegalArgumentException("has no certificate revocation list");
        return found;
    }

    /// @throws IllegalArgumentException with a sentence; also when there is none
    public List<PublicKey> publicKeys() {
        var found = pieces.stream()
                .filter(piece -> piece.is("PUBLIC KEY"))
                .map(piece -> with(piece, der -> PublicKeys.publicKey(Bytes.of(der))))
                .toList();
        if (found.isEmpty()) throw new IllegalArgumentException("has no public key");
        return found;
    }

    /// The first private key.
    PrivateKey privateKey(Optional<Secret> passphrase) {
        return pieces.stream()
                .filter(piece -> piece.is("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"))
                .findFirst()
                .map(piece -> with(piece, der -> privateKey(piece.label(), der, passphrase)))
                .orElseThrow(() -> new IllegalArgumentException("has no private key"));
    }

    private static PrivateKey privateKey(String label, byte[] der, Optional<Secret> passphrase) {
        var pkcs8 = switch (label) {
            case "PRIVATE KEY" -> der;
            case "RSA PRIVATE KEY" -> KeyFormats.pkcs8FromPkcs1(der);
            case "EC PRIVATE KEY" -> KeyFormats.pkcs8FromSec1(der);
            default -> KeyFormats.decrypted(der, needed(passphrase));
        };
        try {
            return KeyFormats.privateKey(pkcs8);
        } finally {
            Arrays.fill(pkcs8, (byte) 0);
        }
    }

    private static Secret needed(Optional<Secret> passphrase) {
        return passphrase.orElseThrow(
                () -> new IllegalArgumentException("is encrypted: passphrase-file has to say with what"));
    }

    private static <T> T with(Piece piece, Function<byte[], T> reader) {
        var der = piece.der().expose();
        try {
            return reader.apply(der);
        } finally {
            Arrays.fill(der, (byte) 0);
        }
    }
}
