package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Question;
import ikebana.control.Tunnel.IkeSaView;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pcollections.HashTreePSet;

/// Everything that an IKE SA may ask of the world. The order within a step is the order to perform.
public sealed interface Effect {

    record Send(Datagram datagram) implements Effect {}

    /// One octet that says nothing, so that a NAT in front of us does not forget us (RFC 3948 2.3).
    record KeepAlive(Path path) implements Effect {}

    record AskCredentials(Ticket ticket, Question question) implements Effect {}

    /// Each has one reply with the same ticket, and they are performed in their order.
    record AskKernel(Ticket ticket, Request request) implements Effect {}

    /// An initiator is about to authenticate. It waits for [Input.Cleared], as long as hooks of an earlier life run.
    record MayAuthenticate(Ticket ticket, Endpoint endpoint) implements Effect {}

    /// The one gate: both sides are proven, and nothing is installed. It waits for [Input.Admitted].
    ///
    /// @param initiator whether we began this SA
    /// @param kin whether the peer is an Ikebana, too
    /// @param lowestNonce of the two, for the rule of RFC 7296 2.8.1 between crossing IKE SAs
    /// @param initialContact the peer says that it knows no other IKE SA with us
    /// @param natPort the port that a NAT in front of the peer has given it; empty without a NAT there
    /// @param states what will be installed, so that somebody can remove it if this SA fails
    record AskAdmission(
            Ticket ticket,
            Endpoint endpoint,
            Identity peer,
            boolean initiator,
            boolean kin,
            Bytes lowestNonce,
            boolean initialContact,
            Optional<Integer> natPort,
            List<StateId> states)
            implements Effect {
        public AskAdmission {
            states = List.copyOf(states);
        }
    }

    /// The child carries traffic.
    ///
    /// @param confirmed whether the peer is known to have established it, too
    /// @param view this SA as people see it
    record Established(Endpoint endpoint, Identity local, Identity peer, Child child, boolean confirmed, IkeSaView view)
            implements Effect {}

    /// This SA has other states in the kernel than before, or is about to; what is asked to be removed is no longer
    /// named. It comes before the requests to the kernel.
    ///
    /// @param view this SA as people see it now
    record Changed(List<StateId> states, IkeSaView view) implements Effect {
        public Changed {
            states = List.copyOf(states);
        }
    }

    /// The peer takes our word for so long from now (RFC 4478). It counts if the peer was dialled.
    record AuthenticateWithin(Duration time) implements Effect {}

    /// The peer has ended this SA, whose outbound states are still in the kernel: whoever hears this takes them
    /// out, at once, or when another SA of the endpoint sends in their place, and says so by [Input.Released].
    /// It comes before [Finished].
    record LeftBehind(List<StateId> outbound) implements Effect {
        public LeftBehind {
            outbound = List.copyOf(outbound);
        }
    }

    /// The peer has established it, too: it was heard to say something after IKE_AUTH. Once, and only if that was not
    /// known when it was established.
    record Confirmed() implements Effect {}

    /// Nothing has passed, either way, for as long as the profile lets a tunnel stand for nothing. It is said
    /// again and again while that is so.
    record Idle() implements Effect {}

    /// Messages for this SA may have these SPIs, too, and no others but its first: those of a rekeying.
    record KnownBy(Set<IkeSpi> spis) implements Effect {
        public KnownBy {
            spis = HashTreePSet.from(spis); // in the same sequence in every run
        }
    }

    /// A NAT in front of the peer has given it another port: from now on everything goes there.
    record Moved(UdpAddress remote) implements Effect {}

    /// A stranger spoke, and what it said does not count: for the log at debug level, and a counter.
    record Ignored(String why) implements Effect {}

    /// The tunnel of this SA is over, or will never be. What it had in the kernel has been asked away, but for an
    /// inbound state that stays a moment for packets that are under way. The SA may still say goodbye to its peer.
    ///
    /// @param why one sentence for a person
    record Finished(Ending ending, String why) implements Effect {}

    /// A goodbye to the peer is under way, which is to be heard before the daemon ends. It comes before [Finished].
    record Parting() implements Effect {}

    /// The goodbye has been answered, or nobody answers.
    record Parted() implements Effect {}

    /// The last effect: nobody will need this SA's memory any more.
    record Retired() implements Effect {}
}
