package ikebana.sim;

import ikebana.ike.Wiretap;
import ikebana.kernel.Direction;
import ikebana.kernel.Flow;
import ikebana.kernel.Lifetime;
import ikebana.kernel.State;
import java.util.List;
import java.util.Optional;

/// What has to be so when a storm is over.
final class Judge {
    private final Stage stage;

    Judge(Stage stage) {
        this.stage = stage;
    }

    /// Where states have a lifetime, one may have ended just now: then it is well a little later.
    void mustBecomeWell(Pair pair) {
        boolean limited = !pair.one().profile.lifetime().equals(Lifetime.UNLIMITED) || isProvenAnew(pair);
        for (int patience = limited ? 25 : 0; ; patience--) {
            try {
                mustBeWell(pair);
                return;
            } catch (AssertionError notYet) {
                if (patience == 0) throw notYet;
            }
            pair.one().injectEach(pair.other());
            pair.other().injectEach(pair.one()); // where one is behind a NAT, only that one can dial
            stage.agenda.runUntil(stage.agenda.now().plusSeconds(3), World.STEPS_AT_MOST);
        }
    }

    private static boolean isProvenAnew(Pair pair) {
        return pair.one().isToProveAnew() || pair.other().isToProveAnew();
    }

    void nothingMayStand(Host from, Host to) {
        var daemon = from.daemon().orElseThrow();
        Rules.check(daemon.standing(from.to(to)).isEmpty(), "a tunnel that cannot be");
        // one end may have believed in it for a moment, and receives for a moment longer
        var sending = states(from, to).stream().filter(state -> state.direction() == Direction.OUT);
        Rules.check(sending.findAny().isEmpty(), "states of a tunnel that cannot be");
    }

    /// Exactly one IKE SA and one pair of states for each flow at each end, with equal keys, and packets
    /// pass both ways.
    private void mustBeWell(Pair pair) {
        mustMirror(pair);
        for (var flow : pair.one().profile.flows()) {
            mustPass(pair.one(), pair.other(), flow);
            mustPass(pair.other(), pair.one(), flow);
        }
    }

    /// The same without a packet.
    static boolean isWell(Pair pair) {
        if (pair.one().daemon().isEmpty() || pair.other().daemon().isEmpty()) return false; // it stops just now
        try {
            mustMirror(pair);
            return true;
        } catch (AssertionError notYet) {
            return false;
        }
    }

    private static void mustMirror(Pair pair) {
        var one = onlySa(pair.one(), pair.other());
        var other = onlySa(pair.other(), pair.one());
        Rules.check(
                one.peerSpi().equals(Optional.of(other.spi)) && other.peerSpi().equals(Optional.of(one.spi)),
                "two ends of different IKE SAs stand");
        for (var sa : List.of(one, other)) mustBeAsStrongAsAgreed(pair.one(), sa);
        boolean anew = isProvenAnew(pair);
        for (var flow : pair.one().profile.flows()) {
            mustMirror(pair.one(), pair.other(), flow, anew);
            mustMirror(pair.other(), pair.one(), flow, anew);
        }
    }

    /// However often its keys were renewed: with as many key exchanges as the profile has, which is the same for all.
    private static void mustBeAsStrongAsAgreed(Host host, Sa sa) {
        boolean two = host.profile.ikeProposals().stream()
                .noneMatch(proposal -> proposal.additional().isEmpty());
        var inUse = sa.state().flatMap(Wiretap::of).orElseThrow().keys().getFirst();
        Rules.check(
                inUse.keys().suite().additional().isPresent() == two,
                "%s has another number of key exchanges than was agreed".formatted(sa));
    }

    private static Sa onlySa(Host from, Host to) {
        var standing = from.daemon().orElseThrow().standing(from.to(to));
        Rules.check(standing.size() == 1, "not one IKE SA but %s from %s to %s".formatted(standing.size(), from, to));
        return standing.getFirst();
    }

    private static List<State> states(Host from, Host to) {
        return from.kernel.states().stream()
                .filter(state -> state.source().equals(to.outer)
                        || state.id().destination().equals(to.outer))
                .toList();
    }

    static List<State> states(Host from, Host to, Flow flow) {
        return states(from, to).stream()
                .filter(state -> state.reqid() == flow.reqid())
                .toList();
    }

    private static void mustMirror(Host from, Host to, Flow flow, boolean provenAnew) {
        var here = states(from, to, flow);
        var sending = here.stream()
                .filter(state -> state.direction() == Direction.OUT)
                .toList();
        // beside the pair, where there are successors, what is still received for a moment
        boolean renewed = Cast.isRenewed(from.profile.lifetime()) || provenAnew;
        boolean only = here.size() == 2 || (renewed && here.size() > 2);
        Rules.check(
                only && sending.size() == 1,
                "not one pair of states from %s to %s: %s".formatted(from, to, here.size()));
        for (var state : here.size() == 2 ? here : sending) {
            var there = states(to, from).stream()
                    .filter(other -> other.id().spi().equals(state.id().spi()))
                    .findFirst();
            Rules.check(there.isPresent(), "a state of %s is not at %s".formatted(from, to));
            Rules.check(there.get().encryptionKey().equals(state.encryptionKey()), "unequal keys");
            Rules.check(there.get().direction() != state.direction(), "both send, or both receive");
        }
    }

    private void mustPass(Host from, Host to, Flow flow) {
        var packet = from.inject(to, flow.key().orElse(Host.KEY));
        stage.agenda.runUntil(stage.agenda.now().plusSeconds(1), World.STEPS_AT_MOST);
        Rules.check(stage.arrivedPackets.contains(packet), "no packet from %s to %s".formatted(from, to));
    }
}
