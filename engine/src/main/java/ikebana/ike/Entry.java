package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.control.Tunnel;
import ikebana.ike.Ledger.Happening;
import ikebana.kernel.Acquire;
import ikebana.kernel.StateId;
import ikebana.wire.IkeSpi;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the [Ledger] knows of one endpoint.
///
/// @param dialling the IKE SA that we are making, until it carries traffic or has finished
/// @param standing the IKE SAs that have passed the gate, oldest first: one, for moments two or three
/// @param up whether `up` has been told, and `gone` not yet
/// @param going whether `gone` is being told
/// @param leaving whose tunnel that was
/// @param waiting questions that are answered when `gone` is over, here or at another address of the same name, or
///     when a responder's states are installed
/// @param callers orders whose answer is still to come
/// @param wanted whether somebody has ordered the tunnel, so that it is dialled again whenever it ends
/// @param acquires of packets that wait for the tunnel, each of another flow: the kernel holds larval states
/// @param failures what came to nothing lately, and until when the next dial waits for that
/// @param orphan states that no IKE SA answers for
/// @param dialAt when it is dialled next; empty when nothing asks for it
/// @param alarm when to look at this entry, if nothing happens before
/// @param since when its phase, as people see it, began
/// @param trouble the last sentence about it that an operator should read
record Entry(
        Optional<Dialling> dialling,
        List<Standing> standing,
        boolean up,
        boolean going,
        Optional<Identity> leaving,
        List<Happening.Asked> waiting,
        List<Caller> callers,
        boolean wanted,
        List<Acquire> acquires,
        Failures failures,
        Optional<Orphan> orphan,
        Optional<Instant> dialAt,
        Optional<Alarm> alarm,
        Instant since,
        Optional<String> trouble) {

    Entry {
        standing = List.copyOf(standing);
        waiting = List.copyOf(waiting);
        callers = List.copyOf(callers);
        acquires = List.copyOf(acquires);
    }

    static Entry blank(Instant now) {
        return new Entry(
                Optional.empty(),
                List.of(),
                false,
                false,
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                List.of(),
                Failures.NONE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now,
                Optional.empty());
    }

    /// @param began see [Standing.Newcomer]
    /// @param contact see [Standing.Newcomer]
    /// @param again whether it makes up for one before that ended in [Ending#CONFUSION]
    /// @param limit until when the peer takes our word, if it has said so
    record Dialling(IkeSpi spi, long began, Instant at, boolean contact, boolean again, Optional<Instant> limit) {
        Dialling(IkeSpi spi, long began, Instant at, boolean again) {
            this(spi, began, at, false, again, Optional.empty());
        }

        Dialling saying(boolean initialContact) {
            return new Dialling(spi, began, at, initialContact, again, limit);
        }

        Dialling limitedTo(Instant time) {
            return new Dialling(spi, began, at, contact, again, Optional.of(time));
        }
    }

    /// An order that waits.
    ///
    /// @param up whether it waits for the tunnel, else for its end
    record Caller(long ticket, boolean up, Instant until) {}

    /// Dials and tunnels that came to nothing, one after the other.
    ///
    /// @param notBefore when the next dial may be
    /// @param wantedFrom when a wanted tunnel is dialled again; packets do not wait for that
    /// @param forgetAt when all is forgiven
    record Failures(int count, Instant notBefore, Instant wantedFrom, Instant forgetAt) {
        static final Failures NONE = new Failures(0, Instant.MIN, Instant.MIN, Instant.MIN);

        /// They lengthen the pause to 2 to the power of this, times the first one.
        private static final int MOST_DOUBLINGS = 5;

        private static final double JITTER = 0.2;

        /// An endpoint that did nothing for so long after a failure is forgiven.
        private static final Duration GRUDGE = Duration.ofMinutes(2);

        /// One more. The pause begins when the attempt began: a peer that is silent for a minute has had its rest.
        ///
        /// @param pause the first one, and the least
        /// @param fraction drawn from 0 up to, and without, 1
        Failures another(Instant begun, Instant now, Duration pause, double fraction) {
            var grown = pause.multipliedBy(1L << Math.min(count, MOST_DOUBLINGS));
            var stretched = grown.plusMillis(Math.round(grown.toMillis() * JITTER * fraction));
            var least = now.plus(pause);
            var full = begun.plus(stretched);
            var from = full.isAfter(least) ? full : least;
            return new Failures(count + 1, from, from, from.plus(GRUDGE));
        }

        /// After a tunnel that has lived: no grudge.
        static Failures rested(Instant now, Duration pause) {
            return new Failures(0, now, now.plus(pause), now);
        }
    }

    /// ESP states that no IKE SA answers for, and who the peer was: a former run left them, a removal was lost, or
    /// their IKE SA has ended while another is about to send in its place.
    ///
    /// @param peer empty when nobody remembers
    /// @param dialAt when it is dialled again; empty when its successor stands, or when there is nothing to replace
    /// @param until when its states are removed, if nothing has replaced them by then
    /// @param leaving an SA of this run that waits for the moment in which they are needed no longer
    record Orphan(
            List<StateId> states,
            Optional<Identity> peer,
            Optional<Instant> dialAt,
            Optional<Instant> until,
            Optional<IkeSpi> leaving) {
        Orphan {
            states = List.copyOf(states);
        }

        Orphan(List<StateId> states, Optional<Identity> peer, Optional<Instant> dialAt, Optional<Instant> until) {
            this(states, peer, dialAt, until, Optional.empty());
        }

        Orphan of(IkeSpi spi) {
            return new Orphan(states, peer, dialAt, until, Optional.of(spi));
        }

        boolean hasStates() {
            return !states.isEmpty();
        }
    }

    /// @param order makes two at the same moment different, and their sequence the same in every run
    record Alarm(Instant at, long order) implements Comparable<Alarm> {
        @Override
        public int compareTo(Alarm other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /// Whether nothing in it is worth keeping.
    boolean isIdle() {
        return dialling.isEmpty()
                && standing.isEmpty()
                && !up
                && !going
                && waiting.isEmpty()
                && callers.isEmpty()
                && !wanted
                && acquires.isEmpty()
                && orphan.isEmpty();
    }

    /// Who has a tunnel here, or had one whose end is being told, or when a former run of the daemon ended.
    Set<Identity> names() {
        return Stream.of(standing.stream().map(Standing::peer), orphan.flatMap(Orphan::peer).stream(), leaving.stream())
                .flatMap(names -> names)
                .collect(Collectors.toSet());
    }

    Tunnel.Phase phase() {
        if (standing.stream().anyMatch(sa -> sa.isUp())) return Tunnel.Phase.UP;
        if (going) return Tunnel.Phase.GOING;
        if (orphan.filter(Orphan::hasStates).isPresent()) return Tunnel.Phase.ORPHAN;
        boolean connecting = dialling.isPresent() || !standing.isEmpty();
        return connecting ? Tunnel.Phase.CONNECTING : Tunnel.Phase.DOWN;
    }

    /// As people see it.
    Tunnel view(Endpoint endpoint) {
        var sas = standing.stream().flatMap(sa -> sa.view().stream()).toList();
        return new Tunnel(endpoint, phase(), since, sas, trouble);
    }

    Optional<Instant> wakeAt() {
        var ofCallers = callers.stream().map(Caller::until);
        var ofSas = standing.stream().flatMap(sa -> sa.dueAt().stream());
        var ofOrphan = orphan.flatMap(Orphan::until).stream();
        var ofMemory = failures.count() > 0 ? Stream.of(failures.forgetAt()) : Stream.<Instant>empty();
        return Stream.of(ofCallers, ofSas, ofOrphan, ofMemory, dialAt.stream())
                .flatMap(times -> times)
                .min(Instant::compareTo);
    }

    /// The entry of one endpoint while a step works on it.
    static final class Draft {
        Optional<Dialling> dialling;
        final List<Standing> standing;
        boolean up;
        boolean going;
        Optional<Identity> leaving;
        final List<Happening.Asked> waiting;
        final List<Caller> callers;
        boolean wanted;
        final List<Acquire> acquires;
        Failures failures;
        Optional<Orphan> orphan;
        Optional<Instant> dialAt;
        final Optional<Alarm> alarm;
        Instant since;
        Optional<String> trouble;

        Draft(Entry entry) {
            this.dialling = entry.dialling;
            this.standing = new ArrayList<>(entry.standing);
            this.up = entry.up;
            this.going = entry.going;
            this.leaving = entry.leaving;
            this.waiting = new ArrayList<>(entry.waiting);
            this.callers = new ArrayList<>(entry.callers);
            this.wanted = entry.wanted;
            this.acquires = new ArrayList<>(entry.acquires);
            this.failures = entry.failures;
            this.orphan = entry.orphan;
            this.dialAt = entry.dialAt;
            this.alarm = entry.alarm;
            this.since = entry.since;
            this.trouble = entry.trouble;
        }

        Entry finish(Optional<Alarm> next) {
            return new Entry(
                    dialling, standing, up, going, leaving, waiting, callers, wanted, acquires, failures, orphan,
                    dialAt, next, since, trouble);
        }

        Optional<Standing> standing(IkeSpi spi) {
            return standing.stream().filter(sa -> sa.spi().equals(spi)).findFirst();
        }

        /// In the place of an earlier one for the same packets.
        void wants(Acquire acquire) {
            acquires.removeIf(one -> one.reqid() == acquire.reqid());
            acquires.add(acquire);
        }

        /// Those that have not been told to end.
        List<Standing> staying() {
            return standing.stream().filter(sa -> !sa.closing()).toList();
        }

        /// The questions that wait are asked again, or answered now.
        List<Happening.Asked> drainWaiting() {
            var questions = List.copyOf(waiting);
            waiting.clear();
            return questions;
        }

        /// The same, but none as long as the hooks of `gone` run: they wait for that.
        List<Happening.Asked> drainUnlessGoing() {
            return going ? List.of() : drainWaiting();
        }

        boolean isDialledBy(IkeSpi spi) {
            return dialling.filter(dial -> dial.spi().equals(spi)).isPresent();
        }

        boolean hasOrphans() {
            return orphan.filter(Orphan::hasStates).isPresent();
        }

        void replace(Standing changed) {
            standing.replaceAll(sa -> sa.spi().equals(changed.spi()) ? changed : sa);
        }
    }
}
