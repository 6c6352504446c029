package ikebana.kernel.embedded;

import ikebana.crypto.Entropy;
import ikebana.crypto.EspCipher;
import ikebana.crypto.EspCipher.Front;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Reply.Why;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A kernel's IPsec in memory: SPD, SAD, acquires, expiry and ESP in transport mode, true to what Linux does and counts
/// (net/xfrm: `xfrm_lookup`, `xfrm_state_find`, `xfrm_state_add`, `xfrm_input`, `__xfrm_policy_check`), with
/// `xfrm_larval_drop` at its default of 1. Packets are really encrypted, so that unequal keys do not go unnoticed.
///
/// Where it is not Linux: an SPI below 256 and a state of two address families are refused; what Linux also tells of
/// an expired larval state, which the netlink side passes over, is not told.
public final class EmbeddedKernel {
    private final Limits limits;
    private final Entropy entropy;

    /// @param entropy for the IVs of CBC (RFC 3602 3); AEAD suites never ask it
    public EmbeddedKernel(Limits limits, Entropy entropy) {
        this.limits = limits;
        this.entropy = entropy;
    }

    /// What happens to `state` when `input` happens at `now`. What time has ended by then ends first.
    public Step step(KernelState state, Instant now, Input input) {
        var turn = new Turn(state, now);
        turn.expire();
        switch (input) {
            case Input.Asked(var ticket, var request) -> turn.asked(ticket, request);
            case Input.PacketOut(var packet) -> turn.packetOut(packet);
            case Input.EspArrived(var packet) -> turn.espArrived(packet);
            case Input.PlainArrived(var packet) -> turn.plainArrived(packet);
            case Input.ListenerCame() -> turn.listenerCame();
            case Input.ListenerWent() -> turn.state = turn.state.withListener(false);
            case Input.AddressCame(var address) -> turn.addressCame(address);
            case Input.AddressWent(var address) -> turn.addressWent(address);
            case Input.Woke() -> {}
        }
        return new Step(turn.state, turn.effects);
    }

    /// One step under way.
    private final class Turn {
        private final Instant now;
        private final List<Effect> effects = new ArrayList<>();
        private KernelState state;

        Turn(KernelState state, Instant now) {
            this.state = state;
            this.now = now;
        }

        // ---- time

        void expire() {
            while (true) {
                var due = states().firstAlarm()
                        .filter(first -> !now.isBefore(first.getKey().at()));
                if (due.isEmpty()) return;
                switch (due.get().getValue()) {
                    case StateDatabase.OfAssociation(var id) -> states().get(id).ifPresent(this::aged);
                    case StateDatabase.OfLarval(var route) ->
                        states().larval(route).ifPresent(larval -> keep(states().without(larval)));
                }
            }
        }

        private void aged(Association association) {
            if (association.isOver(now)) {
                expired(association);
            } else {
                ageing(association);
            }
        }

        /// It is told once, whether time, bytes or packets came first (`km.dying`).
        private Association ageing(Association association) {
            var aged = association.aged();
            keep(states().changed(association, aged));
            notice(new Notice.Expired(aged.state().id(), aged.state().reqid(), false));
            return aged;
        }

        private void expired(Association association) {
            keep(states().without(association));
            notice(new Notice.Expired(
                    association.state().id(), association.state().reqid(), true));
        }

        // ---- requests

        void asked(long ticket, Request request) {
            var reply = switch (request) {
                case Request.InstallPolicy(var policy) -> install(policy);
                case Request.RemovePolicy(var policy) -> {
                    state = state.with(state.policyDatabase().without(policy.selector(), policy.direction()));
                    yield new Reply.Done();
                }
                case Request.DumpPolicies() -> new Reply.Policies(state.policies());
                case Request.InstallState(var added) -> install(added);
                case Request.ChangePorts(var changed) -> changePorts(changed);
                case Request.RemoveState(var id) -> {
                    states().get(id).ifPresent(there -> keep(states().without(there)));
                    yield new Reply.Done();
                }
                case Request.FindState(var id) ->
                    new Reply.States(
                            states().get(id).map(Association::seen).stream().toList());
                case Request.DumpStates() -> new Reply.States(state.seen());
                case Request.DropLarval(var acquire) -> {
                    states().larvalOf(acquire).ifPresent(larval -> keep(states().without(larval)));
                    yield new Reply.Done();
                }
            };
            effects.add(new Effect.Answered(ticket, reply));
        }

        private Reply install(Policy policy) {
            var policies = state.policyDatabase();
            var there = policies.same(policy.selector(), policy.direction());
            if (there.filter(policy::equals).isPresent()) return new Reply.Done();
            if (there.isPresent()) {
                return new Reply.Refused(
                        Why.EXISTS,
                        "the kernel has another policy for %s: %s with priority %d"
                                .formatted(
                                        policy.selector(),
                                        there.get().verdict(),
                                        there.get().priority()));
            }
            if (policies.size() >= limits.policies()) {
                return refused("no room for another policy: %d are there".formatted(policies.size()));
            }
            state = state.with(policies.with(policy));
            return new Reply.Done();
        }

        private Reply install(State added) {
            var objection = objection(added);
            if (objection.isPresent()) {
                return refused("cannot install the ESP state %s: %s".formatted(added.id(), objection.get()));
            }
            if (states().get(added.id()).isPresent()) {
                return new Reply.Refused(Why.EXISTS, "the kernel has an ESP state %s already".formatted(added.id()));
            }
            if (states().associations().size() >= limits.states()) {
                return refused("no room for another ESP state: %d are there".formatted(limits.states()));
            }
            // keys of our own: whoever installs a state may wipe theirs as soon as it stands
            var cipher = new EspCipher(
                    added.suite(),
                    added.encryptionKey().slice(0, added.encryptionKey().length()),
                    added.integrityKey().slice(0, added.integrityKey().length()));
            states().larvalFor(added).ifPresent(larval -> keep(states().without(larval)));
            keep(states().with(Association.of(added, cipher, states().nextOrder(), now)));
            return new Reply.Done();
        }

        /// `xfrm_state_update`: what is wrapped stays so, and what is not stays bare.
        private Reply changePorts(State changed) {
            var there = states().get(changed.id());
            if (there.isEmpty()) return refused("the kernel has no ESP state " + changed.id());
            var before = there.get();
            if (before.state().encapsulation().isEmpty()
                    || changed.encapsulation().isEmpty()) {
                return refused("the ESP state %s is not wrapped in UDP".formatted(changed.id()));
            }
            keep(states().changed(before, before.between(changed.encapsulation().get())));
            return new Reply.Done();
        }

        // ---- packets that leave

        void packetOut(IpPacket packet) {
            var policy = state.policyDatabase().find(Direction.OUT, packet);
            if (policy.isEmpty()) {
                effects.add(new Effect.SendPlain(packet));
                return;
            }
            switch (policy.get().verdict()) {
                case Policy.Block() -> drop(DropReason.OUT_POLICY_BLOCK, packet);
                case Policy.RequireEsp(var reqid) -> protect(packet, reqid);
            }
        }

        private void protect(IpPacket packet, int reqid) {
            var route = new Route(packet.destination(), packet.source(), reqid);
            var association = states().find(route, packet);
            if (association.isPresent()) {
                seal(association.get(), packet);
            } else if (states().larval(route).isPresent() || !state.isListening()) {
                // a larval state silences every flow of its route, not just the one that it is about
                drop(DropReason.OUT_NO_STATES, packet);
            } else if (states().larvals().size() >= limits.larvals()) {
                drop(DropReason.OUT_POLICY_ERROR, packet);
            } else {
                acquire(packet, reqid);
                drop(DropReason.OUT_NO_STATES, packet);
            }
        }

        private void acquire(IpPacket packet, int reqid) {
            var flow = new Selector(
                    Prefix.host(packet.source()),
                    Prefix.host(packet.destination()),
                    packet.protocol(),
                    packet.protocol() == Selector.GRE ? Optional.of(packet.flowKey()) : Optional.empty());
            var acquire = new Acquire(state.nextAcquire(), reqid, packet.source(), packet.destination(), flow);
            state = state.withLarval(acquire, now.plus(limits.acquireExpires()));
            notice(new Notice.Acquired(acquire));
        }

        private void seal(Association found, IpPacket packet) {
            if (found.isSpent()) {
                expired(found);
                drop(DropReason.OUT_STATE_EXPIRED, packet);
                return;
            }
            var association = found.isAgeing() ? ageing(found) : found;
            if (association.isExhausted()) {
                drop(DropReason.OUT_STATE_SEQUENCE_ERROR, packet);
                return;
            }
            var plain = packet.behindIp();
            var after = association.afterSending(plain.length());
            var esp = association
                    .cipher()
                    .seal(association.state().id().spi(), after.sent(), packet.protocol(), plain, entropy);
            keep(states().changed(association, after));
            effects.add(new Effect.SendEsp(new EspPacket(
                    packet.source(), packet.destination(), association.state().encapsulation(), esp)));
        }

        // ---- packets that arrive

        void espArrived(EspPacket packet) {
            if (!state.isOwn(packet.destination())) {
                drop(DropReason.IN_ADDRESS_ERROR, packet);
                return;
            }
            var front = EspCipher.front(packet.esp());
            if (front.isEmpty()) {
                drop(DropReason.IN_HEADER_ERROR, packet);
                return;
            }
            var found = states().get(new StateId(front.get().spi(), packet.destination()));
            if (found.isEmpty()) {
                drop(DropReason.IN_NO_STATES, packet);
                return;
            }
            open(found.get(), front.get(), packet);
        }

        private void open(Association found, Front front, EspPacket packet) {
            if (found.state().direction() == Direction.OUT) {
                drop(DropReason.IN_STATE_DIRECTION_ERROR, packet);
                return;
            }
            if (found.state().encapsulation().isPresent()
                    != packet.encapsulation().isPresent()) {
                drop(DropReason.IN_STATE_MISMATCH, packet);
                return;
            }
            long sequence = found.extended()
                    ? found.window().complete(front.sequence())
                    : Integer.toUnsignedLong(front.sequence());
            if (!found.window().accepts(sequence)) {
                drop(DropReason.IN_STATE_SEQUENCE_ERROR, packet);
                return;
            }
            if (found.isSpent()) {
                expired(found);
                drop(DropReason.IN_STATE_EXPIRED, packet);
                return;
            }
            var association = found.isAgeing() ? ageing(found) : found;
            var opened = association.cipher().open(sequence, packet.esp());
            if (opened.isEmpty()) {
                drop(DropReason.IN_STATE_PROTO_ERROR, packet);
                return;
            }
            var plain = opened.get().payload();
            keep(states().changed(association, association.afterReceiving(sequence, plain.length())));
            remapped(association.state(), packet);
            IpPacket.decode(packet.source(), packet.destination(), opened.get().nextHeader(), plain)
                    .ifPresentOrElse(
                            inner -> check(inner, Optional.of(association.state())),
                            () -> drop(DropReason.IN_HEADER_ERROR, packet));
        }

        /// Said of authentic packets only (`esp_input_done2`); the state itself stays as it is.
        private void remapped(State inbound, EspPacket packet) {
            if (inbound.encapsulation().isEmpty() || packet.encapsulation().isEmpty()) return;
            var before = source(inbound.source(), inbound.encapsulation().get());
            var from = source(packet.source(), packet.encapsulation().get());
            if (!before.equals(from)) {
                notice(new Notice.Remapped(inbound.id(), inbound.reqid(), before, from));
            }
        }

        private static UdpAddress source(IpAddress address, UdpEncapsulation ports) {
            return new UdpAddress(address, ports.sourcePort());
        }

        void plainArrived(IpPacket packet) {
            if (state.isOwn(packet.destination())) {
                check(packet, Optional.empty());
            } else {
                drop(DropReason.IN_ADDRESS_ERROR, packet);
            }
        }

        /// The policy check of what is to be delivered. In transport mode the template's addresses do not count, so the
        /// state's own selector is all that binds a packet to its peer.
        private void check(IpPacket packet, Optional<State> cameBy) {
            if (cameBy.filter(by -> !packet.isOf(by.selector())).isPresent()) {
                drop(DropReason.IN_STATE_MISMATCH, packet);
                return;
            }
            var policy = state.policyDatabase().find(Direction.IN, packet);
            if (policy.isEmpty()) {
                effects.add(new Effect.Delivered(packet));
                return;
            }
            switch (policy.get().verdict()) {
                case Policy.Block() -> drop(DropReason.IN_POLICY_BLOCK, packet);
                case Policy.RequireEsp(var reqid) -> {
                    if (cameBy.filter(by -> by.reqid() == reqid).isPresent()) {
                        effects.add(new Effect.Delivered(packet));
                    } else {
                        drop(DropReason.IN_TEMPLATE_MISMATCH, packet);
                    }
                }
            }
        }

        // ---- who listens, and addresses

        void listenerCame() {
            state = state.withListener(true);
            notice(new Notice.Resynchronised(state.seen(), state.addresses()));
        }

        void addressCame(IpAddress address) {
            if (state.isOwn(address)) return;
            state = state.withAddress(address);
            notice(new Notice.AddressAdded(address));
        }

        void addressWent(IpAddress address) {
            if (!state.isOwn(address)) return;
            state = state.withoutAddress(address);
            notice(new Notice.AddressRemoved(address));
        }

        // ---- what a step does

        private StateDatabase states() {
            return state.stateDatabase();
        }

        private void keep(StateDatabase changed) {
            state = state.with(changed);
        }

        private void notice(Notice notice) {
            if (state.isListening()) effects.add(new Effect.Noticed(notice));
        }

        private void drop(DropReason reason, Packet packet) {
            state = state.counting(reason);
            effects.add(new Effect.Dropped(reason, packet));
        }
    }

    private static Reply refused(String sentence) {
        return new Reply.Refused(Why.OTHER, sentence);
    }

    /// What is wrong with a state, for a person.
    private static Optional<String> objection(State added) {
        var suite = added.suite();
        int integrityLength = suite.integrity().map(it -> it.keyLength()).orElse(0);
        if (!added.id().spi().isUsable()) return Optional.of("its SPI is reserved (RFC 4303 2.1)");
        if (added.source().isV4() != added.id().destination().isV4()) {
            return Optional.of("its addresses are of two families");
        }
        if (added.encryptionKey().length() != suite.encryption().keyLength()
                || added.integrityKey().length() != integrityLength) {
            return Optional.of("its keys do not have the lengths that %s needs".formatted(suite));
        }
        if (added.replayWindow() < 0 || added.replayWindow() > ReplayWindow.LARGEST) {
            return Optional.of("its replay window must have 0 to %d packets".formatted(ReplayWindow.LARGEST));
        }
        if (suite.extendedSequenceNumbers() && added.direction() == Direction.IN && added.replayWindow() == 0) {
            return Optional.of("extended sequence numbers need a replay window");
        }
        return Optional.empty();
    }
}
