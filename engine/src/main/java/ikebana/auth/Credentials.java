package ikebana.auth;

import ikebana.crypto.Entropy;
import ikebana.crypto.Psk;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The keys, and the two things that are done with them. The credentials actor and the simulator ask the same object.
public final class Credentials {
    /// "Shared Key Message Integrity Code", RFC 7296 3.8.
    public static final int SHARED_KEY = 2;

    private final Map<String, List<PreSharedKey>> keys;
    private final Secret decoy;

    /// @param keys of each profile
    /// @param entropy for the key that strangers are measured against
    public Credentials(Map<String, List<PreSharedKey>> keys, Entropy entropy) {
        this.keys = Map.copyOf(keys);
        this.decoy = entropy.secret(32);
    }

    public Verdict answer(Question question) {
        return switch (question) {
            case Question.Sign sign -> sign(sign);
            case Question.Verify verify -> verify(verify);
        };
    }

    private Verdict sign(Question.Sign sign) {
        var key = keyFor(sign.profile(), sign.remote().orElse(sign.remoteAddress()));
        if (key.isEmpty()) {
            return new Verdict.Refused("profile %s has no pre-shared key for %s"
                    .formatted(sign.profile(), sign.remote().orElse(sign.remoteAddress())));
        }
        return new Verdict.Signed(SHARED_KEY, Psk.authenticate(sign.prf(), key.get(), sign.octets()));
    }

    /// Whoever the peer is, one key is tried for each candidate profile, and one when there is none: an unknown
    /// identity costs what a wrong key costs.
    private Verdict verify(Question.Verify verify) {
        if (verify.method() != SHARED_KEY) {
            return new Verdict.Refused("%s uses authentication method %d, and only pre-shared keys are known"
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
        if (proven.isPresent()) return new Verdict.Proven(new Authenticated(proven.get(), verify.remote()));
        return new Verdict.Refused(
                known
                        ? "%s has another pre-shared key than we".formatted(verify.remote())
                        : "no profile with a key accepts %s".formatted(verify.remote()));
    }

    private static boolean matches(Question.Verify verify, Secret key) {
        Bytes expected = Psk.authenticate(verify.prf(), key, verify.octets());
        return MessageDigest.isEqual(expected.toArray(), verify.presented().toArray());
    }

    /// The key whose pattern names the peer exactly, else the first whose pattern accepts it.
    private Optional<Secret> keyFor(String profile, Identity remote) {
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
