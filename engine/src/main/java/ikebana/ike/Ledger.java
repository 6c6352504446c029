package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.crypto.Entropy;
import ikebana.ike.Entry.Alarm;
import ikebana.kernel.Acquire;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/// Who owns an endpoint: where an acquire, an order and the peer's own request for one tunnel meet, who wins when both
/// ends dial at once, and that `gone` is over before anything new stands.
///
/// A step touches one entry, or two where names are compared, and costs no more with more endpoints; only lists,
/// addresses that come or go, a stop, and what the kernel tells after a gap concern all of them.
public final class Ledger {

    /// What happens to endpoints.
    public sealed interface Happening {

        record Acquired(Acquire acquire) implements Happening {}

        /// What the kernel has said to [Order.Look].
        ///
        /// @param missing whether the state is not there
        record Looked(Acquire acquire, StateId outbound, boolean missing) implements Happening {}

        /// The doorman has let somebody in.
        record Began(IkeSpi spi) implements Happening {}

        /// The two questions of an [IkeSa], with the SA that asks.
        sealed interface Asked extends Happening {
            IkeSpi spi();
        }

        record ClearanceAsked(IkeSpi spi, Effect.MayAuthenticate question) implements Asked {}

        record AdmissionAsked(IkeSpi spi, Effect.AskAdmission question) implements Asked {}

        record Established(IkeSpi spi, Effect.Established established) implements Happening {}

        record Changed(IkeSpi spi, Effect.Changed changed) implements Happening {}

        /// See [Effect.AuthenticateWithin].
        record Limited(IkeSpi spi, Duration time) implements Happening {}

        /// See [Effect.LeftBehind].
        record LeftBehind(IkeSpi spi, List<StateId> outbound) implements Happening {
            public LeftBehind {
                outbound = List.copyOf(outbound);
            }
        }

        /// The peer has established it, too.
        record Confirmed(IkeSpi spi) implements Happening {}

        /// Nothing has passed for as long as its profile lets a tunnel stand for nothing.
        record Idle(IkeSpi spi) implements Happening {}

        /// A NAT has given its peer another port.
        record Moved(IkeSpi spi, UdpAddress remote) implements Happening {}

        record Finished(IkeSpi spi, Ending ending, String why) implements Happening {}

        /// An IKE SA has stopped by a bug of ours, without a word: what it had installed is still in the kernel. It may
        /// have finished before, and have been about to take that away.
        record Failed(IkeSpi spi) implements Happening {}

        /// What the kernel has said to [Order.Count].
        record Counted(List<Reply.Seen> states) implements Happening {
            public Counted {
                states = List.copyOf(states);
            }
        }

        /// The hooks have heard that the endpoint is gone.
        record GoneHeard(Endpoint endpoint) implements Happening {}

        /// They have not heard it in a time that a successor would wait; they will.
        record GoneUnheard(Endpoint endpoint) implements Happening {}

        /// Somebody wants something, and is answered once, with the same ticket.
        record Ordered(long ticket, ikebana.control.Order order) implements Happening {}

        /// A state's limit was reached.
        ///
        /// @param hard the kernel has removed it
        record Expired(StateId id, boolean hard) implements Happening {}

        /// Authentic ESP of this state has come from elsewhere.
        record Remapped(StateId id, UdpAddress remote) implements Happening {}

        /// What the kernel has now; some of its notices may have been lost. The first time, states of ours that nobody
        /// knows are orphans of a former run.
        record Found(List<Reply.Seen> states, List<IpAddress> addresses) implements Happening {
            public Found {
                states = List.copyOf(states);
                addresses = List.copyOf(addresses);
            }
        }

        /// The tunnels that stood when a former run of the daemon ended without a word. Before the first [Found].
        record Remembered(Map<Endpoint, Identity> tunnels) implements Happening {
            public Remembered {
                tunnels = HashTreePMap.from(tunnels); // in the same sequence in every run
            }
        }

        /// The daemon is about to end: nothing new stands from here on, and what stands is taken down.
        record Stopping() implements Happening {}

        record AddressCame(IpAddress address) implements Happening {}

        record AddressWent(IpAddress address) implements Happening {}

        /// The moment of [State#wakeAt] has come.
        record Woke() implements Happening {}
    }

    /// What the world should do about it.
    public sealed interface Order {

        record DialOut(IkeSpi spi, Dial dial) implements Order {}

        record Tell(IkeSpi spi, Input input) implements Order {}

        record Announce(Event event) implements Order {}

        /// A dial came to nothing: the next packet is to acquire anew.
        record DropLarval(Acquire acquire) implements Order {}

        record Remove(StateId state) implements Order {}

        /// Whether the kernel still has this state, although it has raised an acquire as if it had not.
        record Look(Acquire acquire, StateId outbound) implements Order {}

        /// What the kernel has: some of it nobody may answer for any more.
        record Count() implements Order {}

        /// To an [Happening.Ordered] of this ticket.
        record Reply(long ticket, Answer answer) implements Order {}

        /// The endpoint is up: if the daemon dies, its next life has to tell that it is gone.
        record Remember(Endpoint endpoint, Identity peer) implements Order {}

        /// That has been told.
        record Forget(Endpoint endpoint) implements Order {}

        /// For the log.
        record Passed(String why) implements Order {}
    }

    /// What is known of an IKE SA of this host.
    ///
    /// @param began [State#place] when it began: of two things, the one with the lower number came first
    /// @param endpoint whose it is, as soon as that is known
    record Known(long began, Optional<Endpoint> endpoint) {}

    /// A name with which tunnels stand, in a profile that compares names.
    record Holder(String profile, IpAddress local, Identity peer) {}

    /// @param sas all that have not finished
    /// @param children whose a state in the kernel is
    /// @param holders where each name has a tunnel, or what a former run left of one; of profiles that compare
    ///     names
    /// @param own this host's addresses; none before the kernel has told
    /// @param found whether the kernel has told what it has
    /// @param stopping whether the daemon is about to end
    /// @param place counts up with each thing of which it matters whether it came before another
    public record State(
            PMap<Endpoint, Entry> entries,
            PMap<IkeSpi, Known> sas,
            PMap<StateId, Endpoint> children,
            PSortedMap<Alarm, Endpoint> alarms,
            PMap<Holder, PSet<Endpoint>> holders,
            PSet<IpAddress> own,
            boolean found,
            boolean stopping,
            long place) {
        public static final State EMPTY = new State(
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                TreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePSet.empty(),
                false,
                false,
                0);

        /// Whether this SA has not finished.
        public boolean knows(IkeSpi spi) {
            return sas.containsKey(spi);
        }

        /// Whether a tunnel there stands, is being made, or will be when its rest is over.
        public boolean minds(Endpoint endpoint) {
            var entry = entries.get(endpoint);
            return entry != null
                    && (entry.dialling().isPresent()
                            || entry.dialAt().isPresent()
                            || !entry.standing().isEmpty());
        }

        /// When to step with [Happening.Woke], if nothing else happens first.
        public Optional<Instant> wakeAt() {
            return alarms.isEmpty()
                    ? Optional.empty()
                    : Optional.of(alarms.firstKey().at());
        }

        /// Whether no IKE SA stands, or is being made.
        public boolean isQuiet() {
            return sas.isEmpty();
        }

        /// How many endpoints have something to remember.
        public int size() {
            return entries.size();
        }
    }

    private final IkeSettings settings;
    private final List<Profile> profiles;
    private final Entropy entropy;

    public Ledger(IkeSettings settings, List<Profile> profiles, Entropy entropy) {
        this.settings = settings;
        this.profiles = List.copyOf(profiles);
        this.entropy = entropy;
    }

    public Step<State, Order> step(State state, Instant now, Happening happening) {
        var turn = new LedgerTurn(settings, profiles, entropy, state, now);
        turn.happens(happening);
        return new Step<>(turn.state(), turn.orders());
    }
}
