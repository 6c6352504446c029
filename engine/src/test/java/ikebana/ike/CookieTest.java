package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A slow responder demands cookies from an initiator that has repeated its first request.
class CookieTest {
    private static final IkeSpi OURS = new IkeSpi(1);

    private final IkeSa machine =
            new IkeSa(NewcomerFuzz.SETTINGS, NewcomerFuzz.PORTS, List.of(NewcomerFuzz.PROFILE), new SeededEntropy(1));

    private static Input demands(String cookie) {
        var header = Header.of(OURS, IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var notify = Notify.of(NotifyType.COOKIE, Bytes.ofHex(cookie));
        return new Input.Arrived(new Datagram(NewcomerFuzz.PATH, new Message(header, List.of(notify)).encode()));
    }

    @Test
    void whileTheRequestWithOneCookieIsUnderWayAnotherCookieChangesNothing() {
        var dial = new Dial(new Endpoint("dmvpn", NewcomerFuzz.OURS, NewcomerFuzz.THEIRS), NewcomerFuzz.PROFILE, 0);
        var dialled = machine.dial(OURS, NewcomerFuzz.PATH, dial, NewcomerFuzz.NOW);
        var first = machine.step(dialled.next(), NewcomerFuzz.NOW, demands("aa"));
        assertThat(first.effects()).singleElement().isInstanceOf(Effect.Send.class);

        var second = machine.step(first.next(), NewcomerFuzz.NOW, demands("bb"));
        assertThat(second.next()).isEqualTo(first.next());

        // a secret may have been rolled meanwhile: when nobody answers, the next cookie is taken
        var later = first.next().wakeAt(NewcomerFuzz.SETTINGS).orElseThrow();
        var repeated = machine.step(second.next(), later, new Input.Woke());
        assertThat(machine.step(repeated.next(), later, demands("bb")).effects())
                .singleElement()
                .isInstanceOf(Effect.Send.class);
    }
}
