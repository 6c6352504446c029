package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.control.Event;
import ikebana.crypto.Entropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Who owns an endpoint: where an acquire and the peer's own request for one tunnel meet, who wins when both ends dial
/// at once, and that `gone` is over before anything new stands.
///
/// Each step touches one entry; none costs more with more endpoints.
public final class Ledger {

    /// What happens to endpoints.
    public sealed interface Happening {

        record Acquired(Acquire acquire) implements Happening {}

        /// The two questions of an [IkeSa], with the SA that asks.
        record ClearanceAsked(IkeSpi spi, Effect.MayAuthenticate question) implements Happening {}

        record AdmissionAsked(IkeSpi spi, Effect.AskAdmission question) implements Happening {}

        record Established(IkeSpi spi, Effect.Established established) implements Happening {}

        record Finished(IkeSpi spi, String why) implements Happening {}

        /// An IKE SA has stopped by a bug of ours, without a word: what it had installed is still in the kernel.
        record Failed(IkeSpi spi) implements Happening {}

        /// The hooks have heard that the endpoint is gone.
        record GoneHeard(Endpoint endpoint) implements Happening {}
    }

    /// What the world should do about it.
    public sealed interface Order {

        record DialOut(IkeSpi spi, Dial dial) implements Order {}

        record Tell(IkeSpi spi, Input input) implements Order {}

        record Announce(Event event) implements Order {}

        /// A dial came to nothing: the next packet is to acquire anew.
        record DropLarval(Acquire acquire) implements Order {}

        record Remove(StateId state) implements Order {}

        /// For the log.
        record Passed(String why) implements Order {}
    }

    /// @param waiting questions that are answered when `gone` is over
    record Entry(Optional<Dialling> dialling, Optional<Standing> standing, boolean going, List<Happening> waiting) {
        static final Entry EMPTY = new Entry(Optional.empty(), Optional.empty(), false, List.of());

        Entry {
            waiting = List.copyOf(waiting);
        }

        boolean isEmpty() {
            return equals(EMPTY);
        }
    }

    record Dialling(IkeSpi spi, Optional<Acquire> acquire) {}

    /// The IKE SA that has passed the gate.
    record Standing(IkeSpi spi, Identity peer, Bytes lowestNonce, Child child, boolean up) {}

    /// @param owners which endpoint an SA belongs to, as soon as that is known
    public record State(PMap<Endpoint, Entry> entries, PMap<IkeSpi, Endpoint> owners) {
        public static final State EMPTY = new State(HashTreePMap.empty(), HashTreePMap.empty());

        /// Whether this SA is somebody's, dialling or standing.
        public boolean knows(IkeSpi spi) {
            return owners.containsKey(spi);
        }

        Entry entry(Endpoint endpoint) {
            return entries.getOrDefault(endpoint, Entry.EMPTY);
        }

        State with(Endpoint endpoint, Entry entry) {
            return new State(entry.isEmpty() ? entries.minus(endpoint) : entries.plus(endpoint, entry), owners);
        }

        State owned(IkeSpi spi, Endpoint endpoint) {
            return new State(entries, owners.plus(spi, endpoint));
        }

        State disowned(IkeSpi spi) {
            return new State(entries, owners.minus(spi));
        }
    }

    private final List<Profile> profiles;
    private final Entropy entropy;

    public Ledger(List<Profile> profiles, Entropy entropy) {
        this.profiles = List.copyOf(profiles);
        this.entropy = entropy;
    }

    public Step<State, Order> step(State state, Instant now, Happening happening) {
        return switch (happening) {
            case Happening.Acquired(var acquire) -> acquired(state, acquire);
            case Happening.ClearanceAsked(var spi, var question) -> clearance(state, spi, question);
            case Happening.AdmissionAsked(var spi, var question) -> admission(state, now, spi, question);
            case Happening.Established(var spi, var established) -> established(state, now, spi, established);
            case Happening.Finished(var spi, var why) -> finished(state, now, spi, why);
            case Happening.Failed(var spi) -> failed(state, now, spi);
            case Happening.GoneHeard(var endpoint) -> goneHeard(state, now, endpoint);
        };
    }

    private Step<State, Order> acquired(State state, Acquire acquire) {
        var profile = profiles.stream()
                .filter(candidate -> candidate.reqid() == acquire.reqid()
                        && candidate.local().contains(acquire.source()))
                .findFirst();
        if (profile.isEmpty()) {
            return Step.to(state, new Order.Passed("an acquire of somebody else's: " + acquire));
        }
        var endpoint = new Endpoint(profile.get().name(), acquire.source(), acquire.destination());
        var entry = state.entry(endpoint);
        if (entry.dialling().isPresent()) return Step.to(state); // one dial serves all packets
        var spi = entropy.ikeSpi();
        var next = new Entry(
                Optional.of(new Dialling(spi, Optional.of(acquire))), entry.standing(), entry.going(), entry.waiting());
        return Step.to(
                state.with(endpoint, next).owned(spi, endpoint),
                new Order.DialOut(spi, new Dial(endpoint, profile.get(), acquire.sequence())));
    }

    /// An initiator wants to authenticate: not before `gone` is over.
    private Step<State, Order> clearance(State state, IkeSpi spi, Effect.MayAuthenticate question) {
        var entry = state.entry(question.endpoint());
        if (entry.going()) return wait(state, question.endpoint(), new Happening.ClearanceAsked(spi, question));
        boolean alone = entry.standing().isEmpty();
        return Step.to(state, new Order.Tell(spi, new Input.Cleared(question.ticket(), alone)));
    }

    private Step<State, Order> admission(State state, Instant now, IkeSpi spi, Effect.AskAdmission question) {
        var endpoint = question.endpoint();
        var entry = state.entry(endpoint);
        if (entry.going()) return wait(state, endpoint, new Happening.AdmissionAsked(spi, question));
        if (entry.standing().isEmpty()) {
            return Step.to(
                    admit(state, endpoint, entry, spi, question, false),
                    new Order.Tell(spi, new Input.Admitted(question.ticket())));
        }
        var standing = entry.standing().get();
        if (!standing.peer().equals(question.peer())) {
            var why = "%s stands with %s already".formatted(endpoint, standing.peer());
            return Step.to(state, new Order.Tell(spi, new Input.NotAdmitted(question.ticket(), why)));
        }
        if (question.initialContact() && entry.dialling().isEmpty()) {
            // the peer has lost its memory: what stands is dead, and its end is told before anything new stands
            var going = new Entry(
                    entry.dialling(),
                    Optional.empty(),
                    standing.up(),
                    standing.up() ? List.of(new Happening.AdmissionAsked(spi, question)) : List.<Happening>of());
            var orders = new ArrayList<Order>();
            orders.add(new Order.Tell(standing.spi(), new Input.Close("the peer has begun anew")));
            var after = state.with(endpoint, going).disowned(standing.spi());
            if (standing.up()) {
                orders.add(gone(endpoint, now, standing, "the peer has begun anew"));
                return new Step<>(after, orders);
            }
            orders.add(new Order.Tell(spi, new Input.Admitted(question.ticket())));
            return new Step<>(admit(after, endpoint, going, spi, question, false), orders);
        }
        // RFC 7296 2.8.1, for whole IKE SAs: the one with the lowest nonce goes, and both ends see the same nonces
        if (question.lowestNonce().compareTo(standing.lowestNonce()) < 0) {
            var why = "another IKE SA with this peer was made at the same time, and stays";
            return Step.to(state, new Order.Tell(spi, new Input.NotAdmitted(question.ticket(), why)));
        }
        return Step.to(
                admit(state, endpoint, entry, spi, question, standing.up()).disowned(standing.spi()),
                new Order.Tell(spi, new Input.Admitted(question.ticket())),
                new Order.Tell(
                        standing.spi(),
                        new Input.Close("another IKE SA with this peer was made at the same time, and stays")));
    }

    /// @param up whether `up` has been announced by a predecessor that this one replaces
    private static State admit(
            State state, Endpoint endpoint, Entry entry, IkeSpi spi, Effect.AskAdmission question, boolean up) {
        var standing = new Standing(spi, question.peer(), question.lowestNonce(), question.child(), up);
        return state.with(endpoint, new Entry(entry.dialling(), Optional.of(standing), entry.going(), entry.waiting()))
                .owned(spi, endpoint);
    }

    private static Step<State, Order> wait(State state, Endpoint endpoint, Happening question) {
        var entry = state.entry(endpoint);
        var waiting = new ArrayList<>(entry.waiting());
        waiting.add(question);
        return Step.to(state.with(endpoint, new Entry(entry.dialling(), entry.standing(), entry.going(), waiting)));
    }

    private static Step<State, Order> established(
            State state, Instant now, IkeSpi spi, Effect.Established established) {
        var endpoint = established.endpoint();
        var entry = state.entry(endpoint);
        var standing = entry.standing().filter(one -> one.spi().equals(spi));
        if (standing.isEmpty()) return Step.to(state); // it has lost meanwhile, and is on its way out
        var dialling = entry.dialling().filter(dial -> !dial.spi().equals(spi));
        var up = new Standing(
                spi,
                standing.get().peer(),
                standing.get().lowestNonce(),
                standing.get().child(),
                true);
        var next = state.with(endpoint, new Entry(dialling, Optional.of(up), entry.going(), entry.waiting()));
        if (standing.get().up()) return Step.to(next);
        return Step.to(next, new Order.Announce(new Event.Up(endpoint, now, established.local(), established.peer())));
    }

    private static Step<State, Order> finished(State state, Instant now, IkeSpi spi, String why) {
        var endpoint = Optional.ofNullable(state.owners().get(spi));
        if (endpoint.isEmpty()) return Step.to(state, new Order.Passed(why)); // nobody's yet, or replaced
        var entry = state.entry(endpoint.get());
        var disowned = state.disowned(spi);
        var dialled = entry.dialling().filter(dial -> dial.spi().equals(spi));
        var stood = entry.standing().filter(one -> one.spi().equals(spi));
        var rest = new Entry(
                dialled.isPresent() ? Optional.empty() : entry.dialling(),
                stood.isPresent() ? Optional.empty() : entry.standing(),
                entry.going() || stood.filter(Standing::up).isPresent(),
                entry.waiting());
        var orders = new ArrayList<Order>();
        if (stood.filter(Standing::up).isPresent()) {
            orders.add(gone(endpoint.get(), now, stood.get(), why));
        } else if (dialled.isPresent() && entry.standing().isEmpty()) {
            orders.add(new Order.Announce(new Event.Failed(endpoint.get(), now, why)));
        } else {
            orders.add(new Order.Passed(why));
        }
        dialled.flatMap(Dialling::acquire).ifPresent(acquire -> orders.add(new Order.DropLarval(acquire)));
        return new Step<>(disowned.with(endpoint.get(), rest), orders);
    }

    private static Step<State, Order> failed(State state, Instant now, IkeSpi spi) {
        var child = Optional.ofNullable(state.owners().get(spi))
                .flatMap(endpoint -> state.entry(endpoint).standing())
                .filter(standing -> standing.spi().equals(spi))
                .map(Standing::child);
        var step = finished(state, now, spi, "its IKE SA failed by a bug of Ikebana's; the log says where");
        var orders = new ArrayList<Order>();
        child.ifPresent(states -> {
            orders.add(new Order.Remove(states.outbound().id()));
            orders.add(new Order.Remove(states.inbound().id()));
        });
        orders.addAll(step.effects());
        return new Step<>(step.next(), orders);
    }

    private Step<State, Order> goneHeard(State state, Instant now, Endpoint endpoint) {
        var entry = state.entry(endpoint);
        if (!entry.going()) return Step.to(state);
        var next = state.with(endpoint, new Entry(entry.dialling(), entry.standing(), false, List.of()));
        var orders = new ArrayList<Order>();
        for (var question : entry.waiting()) {
            var step = step(next, now, question);
            next = step.next();
            orders.addAll(step.effects());
        }
        return new Step<>(next, orders);
    }

    private static Order gone(Endpoint endpoint, Instant now, Standing standing, String why) {
        return new Order.Announce(new Event.Gone(endpoint, now, Optional.of(standing.peer()), why));
    }
}
