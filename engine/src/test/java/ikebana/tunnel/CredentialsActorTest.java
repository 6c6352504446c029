package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.auth.Authority;
import ikebana.auth.CertificateAuthentication;
import ikebana.auth.CertificateKey;
import ikebana.auth.Credentials;
import ikebana.auth.Identity;
import ikebana.auth.IdentityPattern;
import ikebana.auth.Inquiry;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Question;
import ikebana.auth.Trust;
import ikebana.auth.Verdict;
import ikebana.crypto.Prf;
import ikebana.crypto.Revocation.Status;
import ikebana.crypto.SeededEntropy;
import ikebana.crypto.SignatureHash;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Time passes when it is told to.
class CredentialsActorTest {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final TestProbe<CredentialsActor.Answered> asker = kit.createTestProbe(CredentialsActor.Answered.class);
    private final AtomicReference<Optional<Credentials>> found = new AtomicReference<>(Optional.empty());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static Credentials keys(String psk) {
        var key = new PreSharedKey(IdentityPattern.of("*"), Secret.owning(psk.getBytes(StandardCharsets.US_ASCII)));
        return new Credentials(Map.of("dmvpn", List.of(key)), new SeededEntropy(1));
    }

    // ---- others are asked

    /// The first asks for ever; the second is answered meanwhile.
    @Test
    void nobodyWaitsWhileOthersAreAsked() {
        var pair = Authority.edwards(2);
        var root = Authority.root("CN=Root", Authority.edwards(1));
        var own = CertificateKey.of(List.of(root.issue(new Authority.Wish("CN=spoke", pair))), pair.getPrivate());
        var address = URI.create("http://ca.example/");
        var inquiries = new Trust.Inquiries(Trust.Demand.HARD, List.of(address), Trust.Demand.OFF, Optional.empty());
        var trust = new Trust(List.of(root.certificate()), List.of(), Trust.Revocation.SOFT, 6, 32_768, inquiries);
        var credentials = new Credentials(
                Map.of(),
                Map.of("dmvpn", new CertificateAuthentication(own, trust, Signatures.Choice.DEFAULT)),
                new SeededEntropy(1));
        var asked = new AtomicReference<List<Inquiry>>(List.of());
        var answer = new CompletableFuture<Map<Inquiry, Status>>();
        var renewal = new CredentialsActor.Renewal(EVERY, Duration.ZERO, Optional::empty);
        Inquirer inquirer = inquiriesOfOne -> {
            asked.set(inquiriesOfOne);
            return answer;
        };
        var keeper =
                kit.spawn(CredentialsActor.create(credentials, () -> Authority.NOW, renewal, inquirer, Runnable::run));

        var sign = new Question.Sign(
                "dmvpn",
                Optional.empty(),
                Identity.of("192.0.2.1"),
                Prf.HMAC_SHA2_256,
                Bytes.of(new byte[32]),
                Optional.of(List.of(SignatureHash.values())));
        var signed = (Verdict.Signed) credentials.answer(sign, Authority.NOW);
        var verify = new Question.Verify(
                List.of("dmvpn"),
                Identity.of("CN=spoke"),
                Prf.HMAC_SHA2_256,
                sign.octets(),
                signed.method(),
                signed.data(),
                signed.certificates());
        keeper.tell(new CredentialsActor.Ask(1, verify, asker.getRef()));
        keeper.tell(new CredentialsActor.Ask(2, sign, asker.getRef()));
        assertThat(asker.receiveMessage().ticket()).isEqualTo(2);
        assertThat(asked.get())
                .singleElement()
                .satisfies(one -> assertThat(one.addresses()).containsExactly(address));
        answer.complete(Map.of(asked.get().getFirst(), new Status.Good()));
        var answered = asker.receiveMessage();
        assertThat(answered.ticket()).isEqualTo(1);
        assertThat(answered.verdict()).isInstanceOf(Verdict.Proven.class);
    }

    private ActorRef<CredentialsActor.Command> keeper(Supplier<Optional<Credentials>> newer) {
        var renewal = new CredentialsActor.Renewal(EVERY, Duration.ZERO, newer);
        return kit.spawn(
                CredentialsActor.create(keys("one"), () -> Instant.EPOCH, renewal, Inquiries.NOBODY, Runnable::run));
    }

    /// The second answer: before the first, a look may have begun whose result is behind it.
    private Verdict signedBy(ActorRef<CredentialsActor.Command> keeper) {
        keeper.tell(new CredentialsActor.Ask(0, question(), asker.getRef()));
        asker.receiveMessage();
        keeper.tell(new CredentialsActor.Ask(1, question(), asker.getRef()));
        return asker.receiveMessage().verdict();
    }

    private static Verdict signedWith(String psk) {
        return keys(psk).answer(question(), Instant.EPOCH);
    }

    private static Question question() {
        return new Question.Sign(
                "dmvpn",
                Optional.empty(),
                Identity.of("192.0.2.1"),
                Prf.HMAC_SHA2_256,
                Bytes.of(new byte[32]),
                Optional.empty());
    }

    @Test
    void newerKeysCountAsSoonAsTheyAreFound() {
        var keeper = keeper(found::get);
        assertThat(signedBy(keeper)).isEqualTo(signedWith("one"));
        time.timePasses(EVERY);
        assertThat(signedBy(keeper)).isEqualTo(signedWith("one"));
        found.set(Optional.of(keys("two")));
        assertThat(signedBy(keeper)).isEqualTo(signedWith("one"));
        time.timePasses(EVERY);
        assertThat(signedBy(keeper)).isEqualTo(signedWith("two"));
    }

    @Test
    void aLookThatFailsChangesNothing_andTheNextOneCounts() {
        var keeper = keeper(() -> {
            if (found.get().isEmpty()) throw new IllegalStateException("a bug");
            return found.get();
        });
        time.timePasses(EVERY);
        assertThat(signedBy(keeper)).isEqualTo(signedWith("one"));
        found.set(Optional.of(keys("two")));
        time.timePasses(EVERY);
        assertThat(signedBy(keeper)).isEqualTo(signedWith("two"));
    }
}
