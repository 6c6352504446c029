package ikebana.sim;

import ikebana.auth.Authority;
import ikebana.auth.Identity;
import ikebana.auth.PublicKeyAuthentication;
import ikebana.crypto.Signatures;
import ikebana.sim.Story.Side;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Certificates and raw public keys, good and bad.
final class CredentialStories extends Chapter {
    static final Map<String, Supplier<String>> ALL = Map.ofEntries(
            story("certificates", with(Papers.of("a")), with(Papers.of("b")), Chapter::happyPath),
            fragmented("fragmented-auth", (_, _) -> ARRIVES),
            fragmented("fragmented-auth-lost", oneLost()),
            story("certificate-expired", with(Papers.of("a").expired()), with(Papers.of("b")), Chapter::dial),
            story(
                    "certificate-of-responder-expired",
                    with(Papers.of("a")),
                    with(Papers.of("b").expired()),
                    Chapter::dial),
            story(
                    "certificate-revoked",
                    with(Papers.of("a")),
                    with(Papers.of("b").knowingRevoked(Papers.of("a"))),
                    Chapter::dial),
            story(
                    "certificate-of-a-stranger",
                    with(Papers.of("a").fromStrangers()),
                    with(Papers.of("b")),
                    Chapter::dial),
            story(
                    "certificate-for-another",
                    side(side -> {
                        side.papers = Optional.of(Papers.of("a"));
                        side.id = Optional.of("b.example");
                    }),
                    with(Papers.of("b")),
                    Chapter::dial),
            story("certificate-where-a-key-is-wanted", with(Papers.of("a")), new Side(), Chapter::dial),
            story("key-where-a-certificate-is-wanted", new Side(), with(Papers.of("b")), Chapter::dial),
            story("raw-keys", withKey(1, "192.0.2.2", 2), withKey(2, "192.0.2.1", 1), Chapter::happyPath),
            story("raw-key-of-another", withKey(3, "192.0.2.2", 2), withKey(2, "192.0.2.1", 1), Chapter::dial),
            story("raw-key-of-nobody", withKey(1, "192.0.2.2", 2), withKey(2, "192.0.2.9", 1), Chapter::dial));

    private static Side with(Papers papers) {
        return side(side -> side.papers = Optional.of(papers));
    }

    /// Our own key, and that of the only peer that we know.
    private static Side withKey(long own, String peer, long theirs) {
        return side(side -> side.rawKeys = Optional.of(new PublicKeyAuthentication(
                PublicKeyAuthentication.Own.of(Authority.edwards(own).getPrivate()),
                List.of(new PublicKeyAuthentication.Peer(
                        Identity.of(peer), Authority.edwards(theirs).getPublic())),
                Signatures.Choice.DEFAULT)));
    }

    /// Certificates over a path that takes little.
    private static Map.Entry<String, Supplier<String>> fragmented(String name, Story.Destiny destiny) {
        return Map.entry(name, () -> {
            var story = Story.inFragments(576, with(Papers.of("a")), with(Papers.of("b")));
            story.fate("IKE_AUTH goes in fragments, of IP packets of 576 bytes", destiny);
            story.packet(story.a, story.b);
            story.time(Duration.ofSeconds(5), "time passes");
            story.packet(story.a, story.b);
            return story.transcript();
        });
    }

    /// The second datagram of the first IKE_AUTH request, and the last of the first response.
    private static Story.Destiny oneLost() {
        var requests = new AtomicInteger();
        var responses = new AtomicInteger();
        return (_, header) ->
                isAuth(header) && (header.response() ? responses : requests).incrementAndGet() == 2 ? LOST : ARRIVES;
    }
}
