package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.IkeLifetime;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.ike.Entry.Dialling;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Standing.Carrying;
import ikebana.wire.IkeSpi;
import java.time.Instant;
import java.util.Optional;

/// Both ends prove themselves anew, RFC 7296 2.8.3: what the [Ledger] has to know for that. An IKE SA is dialled
/// beside the one that stands, without INITIAL_CONTACT, and the one that stood goes when the new one carries the
/// traffic; so nobody hears `gone`. If both ends dial at once, the two cross like any others, and the old
/// one goes all the same.
final class Reauthentication {
    private Reauthentication() {}

    /// When we dial. Where several stand they are about to become one; who is left knows when. One without a child is
    /// of no use yet, and needs no successor.
    static Optional<Instant> dueAt(Draft draft) {
        boolean single = draft.standing.stream().filter(sa -> !sa.hasNothing()).count() == 1;
        return draft.staying().stream()
                .filter(sa -> single && !sa.hasNothing())
                .flatMap(sa -> sa.validity().renewAt().stream())
                .findFirst();
    }

    /// Whether something has come up since a dial began: the two would be one too many. What stood before is what the
    /// dial is to follow.
    static boolean isOvertaken(Draft draft) {
        long began = draft.dialling.map(Entry.Dialling::began).orElse(0L);
        return draft.staying().stream()
                .anyMatch(sa -> sa.stood().filter(place -> place < began).isEmpty());
    }

    /// What both ends have just proven.
    static Validity of(Books books, Endpoint endpoint, Draft draft, Standing sa) {
        var lifetime = books.profile(endpoint).map(Profile::ikeLifetime).orElse(IkeLifetime.NEVER);
        var limit = draft.dialling.filter(dial -> dial.spi().equals(sa.spi())).flatMap(Dialling::limit);
        var now = books.now();
        var entropy = books.entropy();
        boolean forEver = lifetime.reauthenticateAfter().isEmpty()
                && lifetime.authenticationLimit().isEmpty();
        var ours = forEver
                ? Validity.FOR_EVER
                : Validity.from(lifetime, sa.initiator(), sa.isReachable(), now, entropy.fraction());
        return limit.map(at -> ours.limitedTo(at, now, now, entropy.fraction())).orElse(ours);
    }

    /// RFC 4478: only whoever was dialled says so.
    static void limited(Draft draft, IkeSpi spi, Instant limit, Instant now, Entropy entropy) {
        draft.standing(spi).filter(sa -> sa.initiator() && sa.isUp()).ifPresent(sa -> {
            var since = sa.carrying().map(Carrying::at).orElse(now);
            draft.replace(sa.with(sa.validity().limitedTo(limit, since, now, entropy.fraction())));
        });
    }

    /// A dial has come to nothing: what stands stays, and it is tried again.
    static void failed(Draft draft, Instant now, Entropy entropy) {
        for (var sa : draft.staying()) {
            if (sa.validity().isDue(now)) {
                draft.replace(sa.with(sa.validity().failed(now, entropy.fraction())));
            }
        }
    }
}
