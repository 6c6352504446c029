package ikebana.crypto;

import ikebana.crypto.PublicKeys.Form;
import ikebana.crypto.PublicKeys.Way;
import ikebana.wire.Bytes;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// AUTH with a signature: RFC 7427 where both ends announce hashes, and what came before it where one does not.
///
/// SHA-1 is refused in both directions unless an operator asks for it: whoever finds two transcripts with one SHA-1
/// can pass for somebody else. RFC 7296 3.8 would have it as the default of method 1, and RFC 8247 calls it out of
/// date; the signature itself says which hash it is over, so that SHA-2 can be in there just as well.
public final class Signatures {
    /// RFC 7296 3.8: RSASSA-PKCS1-v1_5.
    public static final int RSA_DIGITAL_SIGNATURE = 1;

    /// RFC 7427 3.
    public static final int DIGITAL_SIGNATURE = 14;

    /// RFC 8247 3.2: shorter ones must not be used. Longer ones cost the verifier, whom a stranger can make verify.
    private static final int SHORTEST_RSA = 2048;

    private static final int LONGEST_RSA = 4096;

    private static final List<SignatureHash> HASHES =
            List.of(SignatureHash.SHA2_256, SignatureHash.SHA2_384, SignatureHash.SHA2_512);

    private Signatures() {}

    /// @param method the number in the AUTH payload
    public record Signed(int method, Bytes data) {}

    public enum RsaPadding {
        PSS,
        PKCS1
    }

    /// What an operator chooses.
    ///
    /// @param sha1 whether method 1 may use SHA-1, for old peers
    public record Choice(RsaPadding rsaPadding, boolean sha1) {
        public static final Choice DEFAULT = new Choice(RsaPadding.PSS, false);
    }

    /// ECDSA before RFC 7427 ties a hash to each curve (RFC 4754 3).
    private enum Curve {
        P256(256, 9, SignatureHash.SHA2_256),
        P384(384, 10, SignatureHash.SHA2_384),
        P521(521, 11, SignatureHash.SHA2_512);

        private final int bits;
        private final int method;
        private final SignatureHash hash;

        Curve(int bits, int method, SignatureHash hash) {
            this.bits = bits;
            this.method = method;
            this.hash = hash;
        }

        static Optional<Curve> of(ECPublicKey key) {
            return Arrays.stream(values())
                    .filter(curve -> curve.bits == PublicKeys.bits(key))
                    .findAny();
        }

        Way raw() {
            return Way.of(Form.ECDSA_RAW, hash);
        }
    }

    /// Why a key is not used for IKE; empty when it is.
    public static Optional<String> weakness(PublicKey key) {
        boolean used = switch (key) {
            case RSAPublicKey rsa -> {
                int bits = rsa.getModulus().bitLength();
                yield bits >= SHORTEST_RSA && bits <= LONGEST_RSA;
            }
            case ECPublicKey ec -> Curve.of(ec).isPresent();
            case EdECPublicKey ed -> ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName());
            default -> false;
        };
        return used
                ? Optional.empty()
                : Optional.of(("%s is not used here: RSA with %d to %d bits, ECDSA on P-256, P-384 and P-521, and"
                                + " Ed25519 are")
                        .formatted(PublicKeys.describe(key), SHORTEST_RSA, LONGEST_RSA));
    }

    // ---- ours

    /// @param key our own, with `ours` as its public half
    /// @param announced the peer's hashes; empty when it has not sent SIGNATURE_HASH_ALGORITHMS
    /// @return empty when the peer cannot verify what this key makes
    public static Optional<Signed> sign(
            PrivateKey key,
            PublicKey ours,
            Optional<List<SignatureHash>> announced,
            Choice choice,
            Bytes octets,
            Entropy entropy) {
        if (announced.isEmpty()) return signOld(key, ours, choice, octets, entropy);
        return way(ours, announced.get(), choice)
                .map(way -> new Signed(
                        DIGITAL_SIGNATURE, labelled(identifier(way), PublicKeys.sign(way, key, octets, entropy))));
    }

    private static Optional<Way> way(PublicKey ours, List<SignatureHash> announced, Choice choice) {
        return switch (ours) {
            case RSAPublicKey _ -> {
                boolean pss = choice.rsaPadding() == RsaPadding.PSS || isForPssOnly(ours);
                var form = pss ? Form.RSA_PSS : Form.RSA_PKCS1;
                yield HASHES.stream().filter(announced::contains).findFirst().map(hash -> Way.of(form, hash));
            }
            case ECPublicKey ec ->
                Stream.concat(Curve.of(ec).map(curve -> curve.hash).stream(), HASHES.stream())
                        .filter(announced::contains)
                        .findFirst()
                        .map(hash -> Way.of(Form.ECDSA, hash));
            default ->
                announced.contains(SignatureHash.IDENTITY)
                        ? Optional.of(Way.of(Form.ED25519, SignatureHash.IDENTITY))
                        : Optional.empty();
        };
    }

    /// RFC 4055 1.2: a key that is marked so.
    private static boolean isForPssOnly(PublicKey key) {
        return key.getAlgorithm().equals("RSASSA-PSS");
    }

    private static Optional<Signed> signOld(
            PrivateKey key, PublicKey ours, Choice choice, Bytes octets, Entropy entropy) {
        if (isForPssOnly(ours)) return Optional.empty();
        return switch (ours) {
            case RSAPublicKey _ -> {
                var way = choice.sha1() ? SHA1 : Way.of(Form.RSA_PKCS1, SignatureHash.SHA2_256);
                yield Optional.of(new Signed(RSA_DIGITAL_SIGNATURE, PublicKeys.sign(way, key, octets, entropy)));
            }
            case ECPublicKey ec ->
                Curve.of(ec).map(curve -> new Signed(curve.method, PublicKeys.sign(curve.raw(), key, octets, entropy)));
            default -> Optional.empty();
        };
    }

    private static final Way SHA1 = new Way(Form.RSA_PKCS1, "SHA1", 20);

    // ---- the peer's

    /// Whether `method` is one of those that are verified here, with a certificate.
    public static boolean isSignature(int method) {
        return method == RSA_DIGITAL_SIGNATURE
                || method == DIGITAL_SIGNATURE
                || Arrays.stream(Curve.values()).anyMatch(curve -> curve.method == method);
    }

    /// Why a peer's AUTH is refused, for a person; empty when the key has signed the octets.
    public static Optional<String> refusal(PublicKey key, int method, Bytes data, Choice choice, Bytes octets) {
        var weakness = weakness(key);
        if (weakness.isPresent()) return weakness;
        if (method == DIGITAL_SIGNATURE) return labelledRefusal(key, data, octets);
        var ways = oldWays(key, method);
        if (ways.stream().anyMatch(way -> PublicKeys.verify(way, key, octets, data))) return Optional.empty();
        if (method == RSA_DIGITAL_SIGNATURE && PublicKeys.verify(SHA1, key, octets, data)) {
            return choice.sha1() ? Optional.empty() : Optional.of("AUTH is signed with SHA-1 (see certificate.sha1)");
        }
        return Optional.of("AUTH is not signed with the key of its certificate");
    }

    private static List<Way> oldWays(PublicKey key, int method) {
        return switch (key) {
            case RSAPublicKey _
            when method == RSA_DIGITAL_SIGNATURE ->
                HASHES.stream().map(hash -> Way.of(Form.RSA_PKCS1, hash)).toList();
            case ECPublicKey ec ->
                Curve.of(ec).filter(curve -> curve.method == method).map(Curve::raw).stream()
                        .toList();
            default -> List.of();
        };
    }

    private static Optional<String> labelledRefusal(PublicKey key, Bytes data, Bytes octets) {
        int length = data.isEmpty() ? 0 : data.at(0);
        if (data.length() < 1 + length) return Optional.of("AUTH ends within its AlgorithmIdentifier");
        var label = data.slice(1, 1 + length);
        var way = Optional.ofNullable(LABELS.get(label));
        if (way.isEmpty()) return Optional.of("AUTH is signed in a way that is not accepted here: " + label);
        boolean fits = switch (way.get().form()) {
            case RSA_PKCS1, RSA_PSS -> key instanceof RSAPublicKey;
            case ECDSA, ECDSA_RAW -> key instanceof ECPublicKey;
            case ED25519 -> key instanceof EdECPublicKey;
        };
        if (fits && PublicKeys.verify(way.get(), key, octets, data.slice(1 + length, data.length()))) {
            return Optional.empty();
        }
        return Optional.of("AUTH is not signed with the key of its certificate");
    }

    // ---- the label, RFC 7427 3: a length, then an AlgorithmIdentifier in DER

    /// RFC 7427 A, RFC 8420 A. Labels are compared as bytes, so that nothing strange can be in one.
    private static final Map<Bytes, Way> LABELS = labels();

    private static Map<Bytes, Way> labels() {
        var labels = new LinkedHashMap<Bytes, Way>();
        labels.put(Bytes.ofHex("300506032b6570"), Way.of(Form.ED25519, SignatureHash.IDENTITY));
        for (int index = 0; index < HASHES.size(); index++) {
            var hash = HASHES.get(index);
            labels.put(Bytes.ofHex("300a06082a8648ce3d04030" + (index + 2)), Way.of(Form.ECDSA, hash));
            labels.put(
                    Bytes.ofHex("300d06092a864886f70d01010" + "bcd".charAt(index) + "0500"),
                    Way.of(Form.RSA_PKCS1, hash));
            for (var label : pss(index + 1, hash)) labels.put(label, Way.of(Form.RSA_PSS, hash));
        }
        return labels;
    }

    /// One hash for both, and a salt as long as it (RFC 8247 3.2). The first is how we say it; some leave the NULLs of
    /// the hashes out, which RFC 4055 2.1 allows, and some write the trailer's default.
    private static List<Bytes> pss(int number, SignatureHash hash) {
        var salt = sequence(0xa2, Bytes.of((byte) 2, (byte) 1, (byte) hash.length()));
        var labels = new ArrayList<Bytes>();
        for (var trailer : List.of(Bytes.EMPTY, Bytes.ofHex("a303020101"))) {
            for (var hashNull : List.of("0500", "")) {
                for (var maskNull : List.of("0500", "")) {
                    var parameters = sequence(
                            0x30,
                            sequence(0xa0, hashIdentifier(number, hashNull)),
                            sequence(
                                    0xa1,
                                    sequence(
                                            0x30,
                                            Bytes.ofHex("06092a864886f70d010108"),
                                            hashIdentifier(number, maskNull))),
                            salt,
                            trailer);
                    labels.add(sequence(0x30, Bytes.ofHex("06092a864886f70d01010a"), parameters));
                }
            }
        }
        return labels;
    }

    private static Bytes hashIdentifier(int number, String parameters) {
        return sequence(0x30, Bytes.ofHex("060960864801650304020" + number + parameters));
    }

    private static Bytes sequence(int tag, Bytes... parts) {
        var body = Bytes.concat(parts);
        return Bytes.concat(Bytes.of((byte) tag, (byte) body.length()), body);
    }

    private static Bytes identifier(Way way) {
        return LABELS.entrySet().stream()
                .filter(label -> label.getValue().equals(way))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private static Bytes labelled(Bytes identifier, Bytes signature) {
        return Bytes.concat(Bytes.of((byte) identifier.length()), identifier, signature);
    }
}
