package ikebana.ike;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.UdpAddress;
import java.util.List;

/// What somebody who has the keys of IKE_SA_INIT, and nothing else, says in IKE_INTERMEDIATE: as initiator if the
/// first byte is even, else as responder. The second byte is the type of the first payload, the rest the payloads.
public final class IntermediateFuzz {
    private static final IkeSpi INITIATOR = new IkeSpi(1);
    private static final IkeSpi RESPONDER = new IkeSpi(2);

    private IntermediateFuzz() {}

    /// Fails only by throwing.
    public static void fuzzerTestOneInput(byte[] bytes) {
        if (bytes.length < 2) return;
        boolean response = (bytes[0] & 1) != 0;
        var begun = begun();
        var negotiated = ((Phase.AwaitIntermediateResponse) begun.initiator().phase()).negotiated();
        var header = Header.of(
                INITIATOR, RESPONDER, ExchangeType.Known.IKE_INTERMEDIATE, response, !response, MessageId.ZERO.next());
        var chain = Bytes.of(bytes).slice(2, bytes.length);
        var sealing =
                response ? negotiated.keys().fromResponder() : negotiated.keys().fromInitiator();
        var associated =
                Message.associatedData(header, Byte.toUnsignedInt(bytes[1]), sealing.sealedLength(chain.length()));
        var iv = sealing.nextIv(7, new SeededEntropy(7));
        var sealed = Bytes.concat(associated, sealing.seal(associated, iv, chain));
        if (response) {
            begun.ours().step(begun.initiator(), NewcomerFuzz.NOW, arrived(NewcomerFuzz.PATH, sealed));
        } else {
            begun.theirs().step(begun.responder(), NewcomerFuzz.NOW, arrived(back(), sealed));
        }
    }

    private record Begun(IkeSa ours, IkeSa theirs, SaState initiator, SaState responder) {}

    /// Two ends after IKE_SA_INIT.
    private static Begun begun() {
        var suite = "aes256gcm16-prfsha256-x25519-ke1_mlkem768";
        var here = Examples.profile(NewcomerFuzz.OURS, suite);
        var there = Examples.profile(NewcomerFuzz.THEIRS, suite);
        var ours = new IkeSa(
                NewcomerFuzz.SETTINGS, NewcomerFuzz.PORTS, List.of(here), CrashTokens.NONE, new SeededEntropy(1));
        var theirs = new IkeSa(
                NewcomerFuzz.SETTINGS, NewcomerFuzz.PORTS, List.of(there), CrashTokens.NONE, new SeededEntropy(2));
        var dial = new Dial(new Endpoint("dmvpn", NewcomerFuzz.OURS, NewcomerFuzz.THEIRS), here, 0);
        var dialled = ours.dial(INITIATOR, NewcomerFuzz.PATH, dial, NewcomerFuzz.NOW);
        var answered = theirs.answer(RESPONDER, new Datagram(back(), sent(dialled)), NewcomerFuzz.NOW);
        var asked = ours.step(dialled.next(), NewcomerFuzz.NOW, arrived(NewcomerFuzz.PATH, sent(answered)));
        return new Begun(ours, theirs, asked.next(), answered.next());
    }

    private static Bytes sent(Step<SaState, Effect> step) {
        return step.effects().stream()
                .filter(Effect.Send.class::isInstance)
                .map(it -> ((Effect.Send) it).datagram().bytes())
                .findFirst()
                .orElseThrow();
    }

    private static Input arrived(Path path, Bytes bytes) {
        return new Input.Arrived(new Datagram(path, bytes));
    }

    private static Path back() {
        return new Path(new UdpAddress(NewcomerFuzz.THEIRS, 500), new UdpAddress(NewcomerFuzz.OURS, 500));
    }
}
