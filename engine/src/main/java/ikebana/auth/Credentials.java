package ikebana.auth;

import ikebana.crypto.Entropy;
import ikebana.crypto.IkeKeys;
import ikebana.crypto.Psk;
import ikebana.crypto.PublicKeys;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import ikebana.wire.Secret;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The keys, and the two things that are done with them. The credentials actor and the simulator ask the same object.
public final class Credentials {
    /// "Shared Key Message Integrity Code", RFC 7296 3.8.
    public static final int SHARED_KEY = 2;

    private final Map<String, List<PreSharedKey>> keys;
    private final Map<String, CertificateAuthentication> certificates;
    private final Map<String, PublicKeyAuthentication> publicKeys;
    private final Map<String, Secret> ppks;
    private final Entropy entropy;
    private final Secret decoy;

    /// @param keys of each profile that has some
    /// @param certificates of each profile whose peers have some
    /// @param publicKeys of each profile whose peers have nothing but keys
    /// @param ppks the post-quantum key of each profile that has one
    /// @param entropy for signatures, and for the key that strangers are measured against
    public Credentials(
            Map<String, List<PreSharedKey>> keys,
            Map<String, CertificateAuthentication> certificates,
            Map<String, PublicKeyAuthentication> publicKeys,
            Map<String, Secret> ppks,
            Entropy entropy) {
        this.keys = Map.copyOf(keys);
        this.certificates = Map.copyOf(certificates);
        this.publicKeys = Map.copyOf(publicKeys);
        this.ppks = Map.copyOf(ppks);
        this.entropy = entropy;
        this.decoy = entropy.secret(32);
    }

    /// Without raw and post-quantum keys.
    public Credentials(
            Map<String, List<PreSharedKey>> keys,
            Map<String, CertificateAuthentication> certificates,
            Entropy entropy) {
        this(keys, certificates, Map.of(), Map.of(), entropy);
    }

    /// Those of profiles that have shared keys only.
    public Credentials(Map<String, List<PreSharedKey>> keys, Entropy entropy) {
        this(keys, Map.of(), entropy);
    }

    /// Where nobody asks others about certificates.
    ///
    /// @param at the time of day: certificates end
    public Verdict answer(Question question, Instant at) {
        var opinion = consider(question, at);
        while (opinion instanceof Opinion.Open open) opinion = open.settled(Map.of(), at);
        return ((Opinion.Settled) opinion).verdict();
    }

    /// @param at the time of day: certificates end
    public Opinion consider(Question question, Instant at) {
        return switch (question) {
            case Question.Sign sign ->
                new Opinion.Settled(certificate(sign.profile())
                        .map(with -> signCertified(sign, with))
                        .or(() -> publicKey(sign.profile()).map(with -> signRaw(sign, with)))
                        .orElseGet(() -> sign(sign)));
            case Question.Mix(var profile, var keys) -> new Opinion.Settled(mix(profile, keys));
            case Question.Verify verify ->
                Signatures.isSignature(verify.method())
                        ? verifySignature(verify, at)
                        : new Opinion.Settled(verify(verify));
        };
    }

    private Optional<CertificateAuthentication> certificate(String profile) {
        return Optional.ofNullable(certificates.get(profile));
    }

    private Optional<PublicKeyAuthentication> publicKey(String profile) {
        return Optional.ofNullable(publicKeys.get(profile));
    }

    private boolean signs(String profile) {
        return certificates.containsKey(profile) || publicKeys.containsKey(profile);
    }

    /// What an operator should mend before somebody is refused, one sentence each.
    ///
    /// @param notice how long before something ends it is told
    public List<String> warnings(Instant at, Duration notice) {
        var profiles = new TreeMap<>(certificates);
        return profiles.entrySet().stream()
                .flatMap(profile -> profile.getValue().warnings(at, notice).stream()
                        .map(sentence -> "profile %s: %s".formatted(profile.getKey(), sentence)))
                .toList();
    }

    /// Whether these could take the place of others while the daemon runs: who we say we are does not change.
    ///
    /// @return why not, one sentence each
    public List<String> objections(List<Profile> running) {
        return running.stream()
                .flatMap(profile -> objection(profile).stream()
                        .map(sentence -> "profile %s: %s".formatted(profile.name(), sentence)))
                .toList();
    }

    private Optional<String> objection(Profile profile) {
        var with = certificate(profile.name());
        boolean raw = publicKeys.containsKey(profile.name());
        if (with.isPresent() != profile.usesCertificates() || raw != profile.usesRawKeys()) {
            return Optional.of("its auth has changed");
        }
        if (with.isEmpty() && !raw && !keys.containsKey(profile.name())) return Optional.of("it has no key any more");
        if (profile.ppk().isPresent() && !ppks.containsKey(profile.name())) {
            return Optional.of("it has no post-quantum key any more");
        }
        return with.filter(it -> !it.own().proves(profile.localIdentity().orElseThrow()))
                .map(it -> "%s is not in the new certificate, which is for %s"
                        .formatted(
                                profile.localIdentity().orElseThrow(), it.own().names()));
    }

    private Verdict mix(String profile, IkeKeys keys) {
        var ppk = ppks.get(profile);
        return ppk == null
                ? new Verdict.Refused("profile %s has no post-quantum key".formatted(profile))
                : new Verdict.Mixed(keys.mixedWith(ppk));
    }

    // ---- certificates

    private Verdict signCertified(Question.Sign sign, CertificateAuthentication with) {
        var own = with.own();
        return sign(sign, own.privateKey(), own.publicKey(), with.choice(), own.payloads());
    }

    private Verdict signRaw(Question.Sign sign, PublicKeyAuthentication with) {
        var own = with.own();
        var raw = new Certificate(
                Certificate.RAW_PUBLIC_KEY, Bytes.of(own.publicKey().getEncoded()));
        return sign(sign, own.privateKey(), own.publicKey(), with.choice(), List.of(raw));
    }

    private Verdict sign(
            Question.Sign sign, PrivateKey key, PublicKey ours, Signatures.Choice choice, List<Certificate> shown) {
        return Signatures.sign(key, ours, sign.hashes(), choice, sign.octets(), entropy)
                .<Verdict>map(signed -> new Verdict.Signed(signed.method(), signed.data(), shown))
                .orElseGet(() -> new Verdict.Refused("the peer verifies no signature that our key can make: ours is %s,"
                                .formatted(PublicKeys.describe(ours))
                        + " and it announces "
                        + sign.hashes()
                                .map(List::toString)
                                .orElse("no hashes (RFC 7427): does it want a pre-shared key?")));
    }

    /// The first of the profiles under whose authorities it is true; if none, why it is not under the last.
    private Opinion verifySignature(Question.Verify verify, Instant at) {
        var candidates = verify.profiles().stream().filter(this::signs).toList();
        if (!candidates.isEmpty()) return verifySignature(verify, candidates, at);
        return new Opinion.Settled(new Verdict.Refused(
                verify.profiles().isEmpty()
                        ? "no profile accepts %s".formatted(verify.remote())
                        : "%s %s, and profile %s wants a pre-shared key"
                                .formatted(
                                        verify.remote(),
                                        verify.certificates().isEmpty() ? "signs" : "has a certificate",
                                        verify.profiles().getFirst())));
    }

    private Opinion verifySignature(Question.Verify verify, List<String> candidates, Instant at) {
        var opinion = verifySignature(verify, candidates.getFirst(), at);
        var others = candidates.subList(1, candidates.size());
        if (others.isEmpty()) return opinion;
        return switch (opinion) {
            case Opinion.Settled(Verdict.Refused _) -> verifySignature(verify, others, at);
            case Opinion.Settled _ -> opinion;
            case Opinion.Open open ->
                new Opinion.Open(open.inquiries(), (said, then) -> {
                    var settled = open.settled(said, then);
                    return settled instanceof Opinion.Settled(Verdict.Refused _)
                            ? verifySignature(verify, others, then)
                            : settled;
                });
        };
    }

    /// Trust first, then whether the identity is in the certificate, then whether the peer has its key; and only of
    /// whom all of that is true others are asked.
    private Opinion verifySignature(Question.Verify verify, String profile, Instant at) {
        var raw = publicKey(profile);
        if (raw.isPresent()) return new Opinion.Settled(verifyRaw(verify, profile, raw.get()));
        var with = certificate(profile).orElseThrow();
        return switch (CertificatePath.judge(
                with.trust(), shown(verify, Certificate.X509_SIGNATURE).toList(), at)) {
            case CertificatePath.Judged.Refused(var why) -> new Opinion.Settled(refused(verify, why));
            case CertificatePath.Judged.Trusted(var end, var links) -> {
                var check = new RevocationCheck(with.trust(), links);
                var why = check.refusal(at);
                if (why.isPresent()) yield new Opinion.Settled(refused(verify, why.get()));
                if (!CertificateNames.has(end, verify.remote())) {
                    yield new Opinion.Settled(new Verdict.Refused("%s is not in the peer's certificate, which is for %s"
                            .formatted(verify.remote(), CertificateNames.describe(end))));
                }
                var forged = Signatures.refusal(
                        end.getPublicKey(), verify.method(), verify.presented(), with.choice(), verify.octets());
                if (forged.isPresent()) yield new Opinion.Settled(refused(verify, forged.get()));
                var proven = new Verdict.Proven(
                        new Authenticated(profile, verify.remote(), Optional.of(CertificateKey.encoded(end))));
                yield with.trust().asksOthers()
                        ? new Opinion.Open(
                                check.inquiries(),
                                (said, then) -> new Opinion.Settled(check.refusal(said, then)
                                        .<Verdict>map(taken -> refused(verify, taken))
                                        .orElse(proven)))
                        : new Opinion.Settled(proven);
            }
        };
    }

    private static Stream<Bytes> shown(Question.Verify verify, int encoding) {
        return verify.certificates().stream()
                .filter(certificate -> certificate.encoding() == encoding)
                .map(Certificate::data);
    }

    // ---- raw public keys

    /// What a peer shows proves nothing (RFC 7670 4): whose key it is, the operator has said. A key that is shown and
    /// is another one only tells why AUTH is wrong.
    private static Verdict verifyRaw(Question.Verify verify, String profile, PublicKeyAuthentication with) {
        var known = with.keysOf(verify.remote());
        if (known.isEmpty()) return refused(verify, "public-key.peers has no key of it");
        boolean signed = known.stream()
                .anyMatch(key -> Signatures.refusal(
                                key, verify.method(), verify.presented(), with.choice(), verify.octets())
                        .isEmpty());
        if (signed) return new Verdict.Proven(new Authenticated(profile, verify.remote(), Optional.empty()));
        var shown = shown(verify, Certificate.RAW_PUBLIC_KEY).toList();
        boolean another =
                !shown.isEmpty() && known.stream().noneMatch(key -> shown.contains(Bytes.of(key.getEncoded())));
        return refused(
                verify,
                another
                        ? "it shows another key than public-key.peers has of it"
                        : "AUTH is not signed with the key that public-key.peers has of it");
    }

    private static Verdict refused(Question.Verify verify, String why) {
        return new Verdict.Refused("%s: %s".formatted(verify.remote(), why));
    }

    // ---- pre-shared keys

    private Verdict sign(Question.Sign sign) {
        var key = keyFor(sign.profile(), sign.remote().orElse(sign.remoteAddress()));
        if (key.isEmpty()) {
            return new Verdict.Refused("profile %s has no pre-shared key for %s"
                    .formatted(sign.profile(), sign.remote().orElse(sign.remoteAddress())));
        }
        return new Verdict.Signed(SHARED_KEY, Psk.authenticate(sign.prf(), key.get(), sign.octets()), List.of());
    }

    /// Whoever the peer is, one key is tried for each candidate profile, and one when there is none: an unknown
    /// identity costs what a wrong key costs.
    private Verdict verify(Question.Verify verify) {
        if (verify.method() != SHARED_KEY) {
            return new Verdict.Refused("%s uses authentication method %d, which is not known here"
                    .formatted(verify.remote(), verify.method()));
        }
        Optional<String> proven = Optional.empty();
        boolean known = false;
        for (var profile : verify.profiles()) {
            var key = keyFor(profile, verify.remote());
            known |= key.isPresent();
            boolean right = matches(verify, key.orElse(decoy)) && key.isPresent();
            if (right && proven.isEmpty()) proven = Optional.of(profile);
        }
        if (verify.profiles().isEmpty()) {
            boolean _ = matches(verify, decoy);
        }
        if (proven.isPresent()) {
            return new Verdict.Proven(new Authenticated(proven.get(), verify.remote(), Optional.empty()));
        }
        if (known) return new Verdict.Refused("%s has another pre-shared key than we".formatted(verify.remote()));
        return new Verdict.Refused(
                verify.profiles().stream().anyMatch(this::signs)
                        ? "%s has a pre-shared key, and profile %s wants a %s"
                                .formatted(
                                        verify.remote(),
                                        verify.profiles().getFirst(),
                                        verify.profiles().stream().anyMatch(certificates::containsKey)
                                                ? "certificate"
                                                : "signature")
                        : "no profile with a key accepts %s".formatted(verify.remote()));
    }

    private static boolean matches(Question.Verify verify, Secret key) {
        Bytes expected = Psk.authenticate(verify.prf(), key, verify.octets());
        return MessageDigest.isEqual(expected.toArray(), verify.presented().toArray());
    }

    /// The key whose pattern names the peer exactly, else the first whose pattern accepts it.
    private Optional<Secret> keyFor(String profile, Identity remote) {
        if (signs(profile)) return Optional.empty();
        var candidates = keys.getOrDefault(profile, List.of()).stream()
                .filter(key -> key.remote().matches(remote))
                .toList();
        return candidates.stream()
                .filter(key -> key.remote() instanceof IdentityPattern.Exactly)
                .findFirst()
                .or(() -> candidates.stream().findFirst())
                .map(PreSharedKey::value);
    }
}
