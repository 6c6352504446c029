package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Ppk;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A post-quantum preshared key (RFC 8784) between two ends of ours; who may come with which, the transcripts tell.
class PpkTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");

    private UnaryOperator<Datagram> onItsWay = UnaryOperator.identity();
    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var path = new Path(datagram.path().remote(), datagram.path().local());
            (from == a ? b : a)
                    .hears(new Datagram(path, onItsWay.apply(datagram).bytes()));
        }
    };
    private End a = end(HERE, Optional.of(new Ppk("hub", false)));
    private End b = end(THERE, Optional.of(new Ppk("hub", false)));

    private End end(IpAddress address, Optional<Ppk> ppk) {
        return end(address, ppk, Examples.IKE);
    }

    private End end(IpAddress address, Optional<Ppk> ppk, String ike) {
        var plain = Examples.profile(address, ike);
        var profile = ppk.map(it -> Examples.with(plain, it)).orElse(plain);
        return new End(profile, new SeededEntropy(address.equals(HERE) ? 1 : 2), between);
    }

    private void dial() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        a.perform(a.machine.dial(
                new IkeSpi(1), path, new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0), between.now));
    }

    private static Negotiated established(End end) {
        assertThat(end.is().phase()).as("%s: %s", end.is(), end.said).isInstanceOf(Phase.Established.class);
        return ((Phase.Established) end.is().phase()).agreed().negotiated();
    }

    /// Changes what is inside the IKE_AUTH message, as only somebody with its keys can.
    private void changes(boolean response, UnaryOperator<List<Payload>> change) {
        onItsWay = datagram -> {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            if (!header.exchange().equals(ExchangeType.Known.IKE_AUTH) || header.response() != response) {
                return datagram;
            }
            var keys = Wiretap.of(a.is()).orElseThrow();
            return new Datagram(datagram.path(), keys.changed(datagram.bytes(), change));
        };
    }

    private static UnaryOperator<List<Payload>> without(NotifyType type) {
        return payloads -> payloads.stream()
                .filter(it -> !(it instanceof Notify notify && notify.is(type)))
                .toList();
    }

    @Test
    void itIsInTheKeysOfBothEnds_andTheOtherKeysAreWiped() {
        dial();
        while (!(a.is().phase() instanceof Phase.AwaitAuthResponse))
            between.agenda.removeFirst().run();
        var before = ((Phase.AwaitAuthResponse) a.is().phase()).negotiated();
        var plain = Bytes.of(before.keys().d().expose());
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(a).mixing()).isEqualTo(new Mixing.Done());
        assertThat(Bytes.of(established(a).keys().d().expose())).isNotEqualTo(plain);
        assertThat(before.keys().d()).isEqualTo(Secret.owning(new byte[32]));
        assertThat(before.keys().pi()).isEqualTo(Secret.owning(new byte[32]));
    }

    @Test
    void itGoesWithASecondKeyExchange() {
        a = end(HERE, Optional.of(new Ppk("hub", true)), Examples.IKE + "-ke1_mlkem768");
        b = end(THERE, Optional.of(new Ppk("hub", true)), Examples.IKE + "-ke1_mlkem768");
        dial();
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(a).mixing()).isEqualTo(new Mixing.Done());
    }

    /// RFC 7296 2.18: the new keys are made with the old SK_d, so what was in that stays in them.
    @Test
    void aSuccessorOfTheIkeSaKeepsIt_besideItsSecondKeyExchange() {
        var profile = Examples.profile(HERE, Examples.IKE + "-ke1_ecp256");
        var renewing = Examples.renewing(Examples.with(profile, new Ppk("hub", true)), Duration.ofMinutes(1));
        a = new End(renewing, new SeededEntropy(1), between);
        b = end(THERE, Optional.of(new Ppk("hub", true)), Examples.IKE + "-ke1_ecp256");
        dial();
        between.settle();
        var first = established(a);
        between.now = between.now.plus(Duration.ofMinutes(2));
        a.happens(new Input.Woke());
        between.settle();
        assertThat(established(a).spiI()).isNotEqualTo(first.spiI());
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(a).suite()).isEqualTo(Examples.IKE + "-ke1_ecp256-ppk");
        assertThat(established(b).mixing()).isEqualTo(new Mixing.Done());
    }

    @Test
    void whoeverHasItNotIsMetWithoutIt_andTheKeysWithItAreWiped() {
        b = end(THERE, Optional.of(new Ppk("other", false)));
        dial();
        while (!(a.is().phase() instanceof Phase.AwaitAuthResponse))
            between.agenda.removeFirst().run();
        var mixed = ((Phase.AwaitAuthResponse) a.is().phase()).negotiated().ifMixed();
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(a).mixing()).isEqualTo(new Mixing.None());
        assertThat(mixed.keys().d()).isEqualTo(Secret.owning(new byte[32]));
        assertThat(established(a).keys().d()).isNotEqualTo(mixed.keys().d());
    }

    /// Somebody between the ends who has the keys of IKE_SA_INIT cannot talk them out of it.
    @Test
    void whoeverTakesItOutOfTheAnswerIsFoundOut() {
        changes(true, without(NotifyType.PPK_IDENTITY));
        dial();
        between.settle();
        assertThat(a.said).singleElement().asString().contains("has another pre-shared key");
        assertThat(b.is().phase()).isNotInstanceOf(Phase.Established.class);
    }

    @Test
    void whoeverTakesItsNameOutOfTheRequestIsFoundOut() {
        changes(false, without(NotifyType.PPK_IDENTITY));
        dial();
        between.settle();
        assertThat(b.said).singleElement().asString().contains("has another pre-shared key");
        assertThat(a.said).singleElement().asString().contains("AUTHENTICATION_FAILED");
    }

    /// The name says which kind it is, and how it is spelt.
    @ParameterizedTest
    @ValueSource(strings = {"", "02", "01687562", "0268756200", "02485542", "03687562"})
    void anotherNameIsTheNameOfAnotherKey(String name) {
        changes(false, payloads -> {
            var other = new ArrayList<>(without(NotifyType.PPK_IDENTITY).apply(payloads));
            other.add(Notify.of(NotifyType.PPK_IDENTITY, Bytes.ofHex(name)));
            return other;
        });
        dial();
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(b).mixing()).isEqualTo(new Mixing.None());
    }

    /// An empty PPK_IDENTITY in an answer that follows no agreement is passed over: AUTH is as it would be.
    @Test
    void anAnswerThatNamesItUnaskedChangesNothing() {
        a = end(HERE, Optional.empty());
        changes(true, payloads -> {
            var more = new ArrayList<>(payloads);
            more.add(Notify.of(NotifyType.PPK_IDENTITY));
            return more;
        });
        dial();
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(a).mixing()).isEqualTo(new Mixing.None());
    }

    @Test
    void noRequestMayTakeTheOtherAuthOfOneThatIsRequired() {
        b = end(THERE, Optional.of(new Ppk("hub", true)));
        changes(false, without(NotifyType.PPK_IDENTITY));
        dial();
        between.settle();
        assertThat(b.said)
                .singleElement()
                .asString()
                .contains("profile dmvpn requires a post-quantum key that the peer has not named");
    }
}
