package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import java.util.List;

/// A stranger's answer to our IKE_SA_INIT request, which has the SPI 1.
public final class AnswerFuzz {
    private AnswerFuzz() {}

    /// Fails only by throwing.
    public static void fuzzerTestOneInput(byte[] bytes) {
        var machine = new IkeSa(
                NewcomerFuzz.SETTINGS,
                NewcomerFuzz.PORTS,
                List.of(NewcomerFuzz.PROFILE),
                CrashTokens.NONE,
                new SeededEntropy(1));
        var dial = new Dial(new Endpoint("dmvpn", NewcomerFuzz.OURS, NewcomerFuzz.THEIRS), NewcomerFuzz.PROFILE, 0);
        var dialled = machine.dial(new IkeSpi(1), NewcomerFuzz.PATH, dial, NewcomerFuzz.NOW);
        var answer = new Input.Arrived(new Datagram(NewcomerFuzz.PATH, Bytes.of(bytes)));
        machine.step(dialled.next(), NewcomerFuzz.NOW, answer);
    }
}
