package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.auth.PublicKeyAuthentication.Own;
import ikebana.auth.PublicKeyAuthentication.Peer;
import ikebana.crypto.Prf;
import ikebana.crypto.SeededEntropy;
import ikebana.crypto.SignatureHash;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The spoke signs, the hub knows its key (RFC 7670).
class PublicKeyCredentialsTest {
    private static final Bytes OCTETS = Bytes.of(new byte[100]);
    private static final KeyPair HUB = Authority.edwards(1);
    private static final KeyPair SPOKE = Authority.pair("EC", 256, 2);
    private static final KeyPair OTHER = Authority.pair("EC", 256, 3);

    private final Credentials hub = with(HUB, new Peer(Identity.of("spoke.example"), SPOKE.getPublic()));
    private final Verdict.Signed signed = signed(SPOKE);

    private static Credentials with(KeyPair own, Peer... peers) {
        var raw = new PublicKeyAuthentication(Own.of(own.getPrivate()), List.of(peers), Signatures.Choice.DEFAULT);
        return new Credentials(Map.of(), Map.of(), Map.of("dmvpn", raw), Map.of(), new SeededEntropy(1));
    }

    private static Verdict.Signed signed(KeyPair pair) {
        var question = new Question.Sign(
                "dmvpn",
                Optional.empty(),
                Identity.of("192.0.2.1"),
                Prf.HMAC_SHA2_256,
                OCTETS,
                Optional.of(List.of(SignatureHash.values())));
        return (Verdict.Signed) with(pair).answer(question, Instant.EPOCH);
    }

    private Verdict verdict(Credentials credentials, String id, Verdict.Signed with, List<Certificate> shown) {
        return credentials.answer(
                new Question.Verify(
                        List.of("dmvpn"),
                        Identity.of(id),
                        Prf.HMAC_SHA2_256,
                        OCTETS,
                        with.method(),
                        with.data(),
                        shown),
                Instant.EPOCH);
    }

    private String why(String id, Verdict.Signed with, List<Certificate> shown) {
        return ((Verdict.Refused) verdict(hub, id, with, shown)).why();
    }

    @Test
    void whoseKeyIsKnownIsProven_whetherItIsShownOrNot() {
        assertThat(signed.certificates())
                .containsExactly(new Certificate(15, Bytes.of(SPOKE.getPublic().getEncoded())));
        for (var shown : List.of(signed.certificates(), List.<Certificate>of())) {
            var verdict = verdict(hub, "Spoke.EXAMPLE", signed, shown);
            assertThat(verdict).isInstanceOf(Verdict.Proven.class);
            assertThat(((Verdict.Proven) verdict).peer().certificate()).isEmpty();
        }
    }

    @Test
    void aKeyThatAPeerShowsIsNotBelieved() {
        var others = signed(OTHER);
        assertThat(why("spoke.example", others, others.certificates()))
                .isEqualTo("spoke.example: it shows another key than public-key.peers has of it");
        for (var shown : List.of(signed.certificates(), List.<Certificate>of())) {
            assertThat(why("spoke.example", others, shown))
                    .isEqualTo("spoke.example: AUTH is not signed with the key that public-key.peers has of it");
        }
        assertThat(why("spoke.example", others, List.of(new Certificate(15, Bytes.of(new byte[9])))))
                .isEqualTo("spoke.example: it shows another key than public-key.peers has of it");
    }

    @Test
    void aKeyIsOneIdentitysAlone() {
        assertThat(why("hub.example", signed, signed.certificates()))
                .isEqualTo("hub.example: public-key.peers has no key of it");
    }

    @Test
    void aPeerThatChangesItsKeyHasTwo() {
        var id = Identity.of("spoke.example");
        var both = with(HUB, new Peer(id, OTHER.getPublic()), new Peer(id, SPOKE.getPublic()));
        for (var with : List.of(signed, signed(OTHER))) {
            assertThat(verdict(both, "spoke.example", with, with.certificates()))
                    .isInstanceOf(Verdict.Proven.class);
        }
    }

    @Test
    void aSharedKeyIsNotWhatIsWanted() {
        var shared = new Verdict.Signed(Credentials.SHARED_KEY, OCTETS, List.of());
        assertThat(why("spoke.example", shared, List.of()))
                .isEqualTo("spoke.example has a pre-shared key, and profile dmvpn wants a signature");
    }

    // ---- files

    @ParameterizedTest
    @ValueSource(strings = {"ec.pem", "rsa.pem", "rsa-pss.pem", "ed25519.pem", "ec-sec1.pem"})
    void aPublicHalfFollowsFromItsPrivateKey(String name) throws IOException {
        var file = KeyFile.of(Files.readAllBytes(Path.of("src/test/resources/keys", name)));
        var own = Own.of(file, Optional.empty());
        var certificate = name.replace("-sec1", "").replace(".pem", "-certificate.pem");
        var theirs = KeyFile.of(Files.readAllBytes(Path.of("src/test/resources/keys", certificate)))
                .certificates()
                .getFirst();
        assertThat(own.publicKey()).isEqualTo(theirs.getPublicKey());
        assertThat(own.toString()).startsWith("a key, ");
        assertThat(KeyFile.of(pem(theirs.getPublicKey().getEncoded())).publicKeys())
                .containsExactly(theirs.getPublicKey());
        assertThat(KeyFile.of(theirs.getPublicKey().getEncoded()).publicKeys()).containsExactly(theirs.getPublicKey());
    }

    private static byte[] pem(byte[] der) {
        return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
                .formatted(Base64.getEncoder().encodeToString(der))
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void noiseIsNoPublicKeyAndAWeakOneIsRefused() {
        for (var text : List.of("", "AAAA", "MAA=", "MAMCAQE=", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")) {
            assertThatThrownBy(() ->
                            KeyFile.of(pem(Base64.getDecoder().decode(text))).publicKeys())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("is no public key");
        }
        var weak = Authority.pair("RSA", 1024, 1).getPublic();
        assertThatThrownBy(() -> new Peer(Identity.of("a"), weak))
                .hasMessageStartingWith("has a key that is refused: RSA with 1024 bits is not used here");
    }
}
