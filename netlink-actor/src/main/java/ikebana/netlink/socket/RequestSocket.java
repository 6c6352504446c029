package ikebana.netlink.socket;

import ikebana.netlink.codec.Acknowledgement;
import ikebana.netlink.codec.NetlinkMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A socket for questions: numbers them, and matches what comes back. One thread asks, one question at a time.
public final class RequestSocket implements Exchange, AutoCloseable {
    /// A dump that met a changing table is asked for again, but not for ever: what changed is also an event.
    private static final int DUMP_TRIES = 3;

    private final NetlinkSocket socket;
    private final Duration timeLimit;
    private int sequence;

    private RequestSocket(NetlinkSocket socket, Duration timeLimit) {
        this.socket = socket;
        this.timeLimit = timeLimit;
    }

    public static RequestSocket xfrm(Duration timeLimit) throws SystemCallFailed {
        return open(NetlinkSocket.XFRM, timeLimit);
    }

    public static RequestSocket route(Duration timeLimit) throws SystemCallFailed {
        return open(NetlinkSocket.ROUTE, timeLimit);
    }

    private static RequestSocket open(int protocol, Duration timeLimit) throws SystemCallFailed {
        var socket = NetlinkSocket.open(protocol, 0);
        try {
            socket.set(NetlinkSocket.Option.CAP_ACK);
            socket.set(NetlinkSocket.Option.EXT_ACK);
        } catch (SystemCallFailed failed) {
            socket.close();
            throw failed;
        }
        return new RequestSocket(socket, timeLimit);
    }

    @Override
    public Outcome ask(NetlinkMessage request) throws SystemCallFailed {
        int tries = 0;
        while (true) {
            var collected = new Collected();
            var outcome = askOnce(request, collected);
            if (!collected.interrupted || ++tries >= DUMP_TRIES) return outcome;
        }
    }

    /// What one answer has brought so far.
    private static final class Collected {
        private final List<NetlinkMessage> messages = new ArrayList<>();
        private boolean interrupted;
    }

    private Outcome askOnce(NetlinkMessage request, Collected collected) throws SystemCallFailed {
        var numbered = request.withSequence(++sequence);
        long start = System.nanoTime();
        try (var encoded = numbered.encode()) {
            socket.send(encoded);
        }
        while (true) {
            long left = timeLimit.toMillis() - (System.nanoTime() - start) / 1_000_000;
            if (left <= 0 || !socket.await((int) Math.min(left, Integer.MAX_VALUE))) {
                if (left > 0 && (System.nanoTime() - start) / 1_000_000 < timeLimit.toMillis()) continue; // a signal
                return new Outcome.Silence();
            }
            switch (socket.receive()) {
                case NetlinkSocket.Received.Datagram(var bytes) -> {
                    for (var message : NetlinkMessage.decode(bytes).messages()) {
                        var outcome = collect(message, collected);
                        if (outcome.isPresent()) return outcome.get();
                    }
                }
                case NetlinkSocket.Received.Lost() -> {
                    return new Outcome.Silence();
                }
                case NetlinkSocket.Received.Nothing() -> {
                    // it was from another process; wait on
                }
            }
        }
    }

    /// An outcome, when `message` was the last one.
    private Optional<Outcome> collect(NetlinkMessage message, Collected collected) {
        // the answer to an earlier question, which came too late
        if (message.sequence() != sequence) return Optional.empty();
        if (message.has(NetlinkMessage.DUMP_INTERRUPTED)) collected.interrupted = true;
        return switch (message.type()) {
            case NetlinkMessage.ERROR, NetlinkMessage.DONE -> Optional.of(ending(message, collected));
            case NetlinkMessage.NOOP, NetlinkMessage.OVERRUN -> Optional.empty();
            default -> {
                collected.messages.add(message);
                yield Optional.empty();
            }
        };
    }

    private static Outcome ending(NetlinkMessage message, Collected collected) {
        var acknowledgement = Acknowledgement.decode(message).orElse(new Acknowledgement(0, Optional.empty()));
        return acknowledgement.errno() == 0
                ? new Outcome.Answer(List.copyOf(collected.messages))
                : new Outcome.Declined(acknowledgement.errno(), acknowledgement.says());
    }

    @Override
    public void close() {
        socket.close();
    }
}
