package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.crypto.SkProtection;
import ikebana.kernel.Reply;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.UdpAddress;

/// What an authenticated peer says over an established IKE SA: up to eight messages, each sealed with its keys, whole
/// or as a fragment. A message is a byte of flags (1: a response, 2: a fragment, 4: the ID before), the
/// exchange, the type of the first payload, a byte of length, and the payloads.
public final class EstablishedFuzz {
    private static final int MOST_MESSAGES = 8;
    private static final int FRONT = 4;
    private static final Path PATH =
            new Path(new UdpAddress(NewcomerFuzz.OURS, 500), new UdpAddress(NewcomerFuzz.THEIRS, 500));
    private static final End.Between BETWEEN = new Wire();
    private static final End US = new End(NewcomerFuzz.OURS, new SeededEntropy(1), BETWEEN);
    private static final End THEM = new End(NewcomerFuzz.THEIRS, new SeededEntropy(2), BETWEEN);
    private static final SaState STANDS = stands();

    private EstablishedFuzz() {}

    private static final class Wire extends End.Between {
        @Override
        void carries(End from, Datagram datagram) {
            var path = datagram.path();
            (from == US ? THEM : US).hears(new Datagram(new Path(path.remote(), path.local()), datagram.bytes()));
        }
    }

    private static SaState stands() {
        var dial = new Dial(new Endpoint("dmvpn", NewcomerFuzz.OURS, NewcomerFuzz.THEIRS), US.profile, 0);
        US.perform(US.machine.dial(new IkeSpi(1), PATH, dial, BETWEEN.now));
        BETWEEN.settle();
        return US.is();
    }

    /// Fails only by throwing.
    public static void fuzzerTestOneInput(byte[] bytes) {
        var peer = ((Phase.Established) THEM.is().phase()).agreed().negotiated();
        var state = STANDS;
        int id = 0;
        int at = 0;
        for (int count = 0; count < MOST_MESSAGES && at + FRONT <= bytes.length; count++) {
            int flags = bytes[at];
            var exchange = ExchangeType.of(Byte.toUnsignedInt(bytes[at + 1]));
            int first = Byte.toUnsignedInt(bytes[at + 2]);
            int end = Math.min(bytes.length, at + FRONT + Byte.toUnsignedInt(bytes[at + 3]));
            var chain = Bytes.of(bytes).slice(at + FRONT, end);
            boolean response = (flags & 1) != 0;
            if ((flags & 4) != 0 && id > 0) id--;
            var header = Header.of(peer.spiI(), peer.spiR(), exchange, response, peer.initiator(), new MessageId(id));
            var said = (flags & 2) != 0
                    ? fragment(peer.ours(), header, first, count + 1, chain)
                    : whole(peer.ours(), header, first, chain);
            state = hears(state, said);
            if (!response) id++;
            at = end;
        }
    }

    private static Bytes whole(SkProtection sealing, Header header, int first, Bytes chain) {
        var associated = Message.associatedData(header, first, sealing.sealedLength(chain.length()));
        return Bytes.concat(associated, sealing.seal(associated, iv(sealing), chain));
    }

    private static Bytes fragment(SkProtection sealing, Header header, int first, int number, Bytes part) {
        int total = Math.max(2, first & 7);
        var associated = Message.associatedData(
                header, number == 1 ? first : 0, number, total, sealing.sealedLength(part.length()));
        return Bytes.concat(associated, sealing.seal(associated, iv(sealing), part));
    }

    private static Bytes iv(SkProtection sealing) {
        return sealing.nextIv(1L << 40, new SeededEntropy(7));
    }

    /// And the kernel grants what is asked of it.
    private static SaState hears(SaState before, Bytes message) {
        var machine = US.machine;
        var step = machine.step(before, BETWEEN.now, new Input.Arrived(new Datagram(PATH, message)));
        var state = step.next();
        for (var effect : step.effects()) {
            if (effect instanceof Effect.AskKernel(var ticket, var _)) {
                state = machine.step(state, BETWEEN.now, new Input.KernelSaid(ticket, new Reply.Done()))
                        .next();
            }
        }
        return state;
    }
}
