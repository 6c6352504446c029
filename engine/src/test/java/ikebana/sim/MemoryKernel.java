package ikebana.sim;

import ikebana.crypto.Entropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.embedded.Effect;
import ikebana.kernel.embedded.EmbeddedKernel;
import ikebana.kernel.embedded.EspPacket;
import ikebana.kernel.embedded.Input;
import ikebana.kernel.embedded.IpPacket;
import ikebana.kernel.embedded.KernelState;
import ikebana.kernel.embedded.Limits;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// The product's own kernel in memory.
final class MemoryKernel implements SimKernel {
    private final EmbeddedKernel kernel;
    private final Pulse machine;
    private final Outside outside;
    private KernelState state = KernelState.EMPTY;
    private Optional<Consumer<Notice>> listener = Optional.empty();
    private Optional<Reply> answer = Optional.empty();
    private long dropped;
    private Optional<Instant> armed = Optional.empty();
    private final Map<StateId, Instant> addedAt = new HashMap<>();

    MemoryKernel(Host host, Entropy entropy) {
        this.kernel = new EmbeddedKernel(Limits.DEFAULT, entropy);
        this.machine = host.machine;
        this.outside = host;
    }

    private void happens(Input input) {
        var step = kernel.step(state, machine.now(), input);
        state = step.next();
        step.effects().forEach(this::perform);
        arm();
    }

    private void arm() {
        var at = state.wakeAt();
        if (at.isEmpty() || armed.filter(before -> !before.isAfter(at.get())).isPresent()) return;
        armed = at;
        machine.at(at.get(), () -> {
            armed = Optional.empty();
            happens(new Input.Woke());
        });
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Answered(var _, var reply) -> answer = Optional.of(reply);
            case Effect.Noticed(var notice) -> listener.ifPresent(one -> one.accept(notice));
            case Effect.SendEsp(var packet) -> outside.esp(packet);
            case Effect.SendPlain(var packet) -> outside.plain(packet);
            case Effect.Delivered(var packet) -> outside.delivered(packet);
            case Effect.Dropped(var _, var packet) -> {
                if (packet instanceof EspPacket) dropped++;
            }
        }
    }

    @Override
    public Reply ask(Request request) {
        if (request instanceof Request.InstallState(var added)) addedAt.put(added.id(), machine.now());
        answer = Optional.empty();
        happens(new Input.Asked(0, request));
        return answer.orElseThrow();
    }

    @Override
    public void listen(Consumer<Notice> who) {
        listener = Optional.of(who);
        happens(new Input.ListenerCame());
    }

    @Override
    public void unlisten() {
        listener = Optional.empty();
        happens(new Input.ListenerWent());
    }

    @Override
    public void packetOut(IpPacket packet) {
        happens(new Input.PacketOut(packet));
    }

    @Override
    public void espArrived(EspPacket packet) {
        happens(new Input.EspArrived(packet));
    }

    @Override
    public void addressCame(IpAddress address) {
        happens(new Input.AddressCame(address));
    }

    @Override
    public void addressWent(IpAddress address) {
        happens(new Input.AddressWent(address));
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public List<State> states() {
        return state.installed();
    }

    @Override
    public List<State> overdue(Duration grace) {
        return states().stream()
                .filter(one -> SimKernel.isOverdue(
                        one, addedAt.get(one.id()), machine.now().minus(grace)))
                .toList();
    }

    @Override
    public List<Acquire> larvals() {
        return state.seen().stream()
                .filter(Reply.Larval.class::isInstance)
                .map(seen -> ((Reply.Larval) seen).acquire())
                .toList();
    }
}
