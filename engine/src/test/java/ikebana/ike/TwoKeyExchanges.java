package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Childless;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.KeyPair;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/// Two ends of ours that have made two key exchanges, and are to renew what they made with two (RFC 9370 2.2.4).
abstract class TwoKeyExchanges {
    static final IpAddress HERE = IpAddress.of("192.0.2.1");
    static final IpAddress THERE = IpAddress.of("192.0.2.2");
    static final String ONE = Examples.IKE;
    static final String TWO = Examples.IKE + "-ke1_mlkem768";
    static final String ESP = "aes256gcm16-x25519-ke1_mlkem768";
    static final ExchangeType FOLLOW_UP = ExchangeType.Known.IKE_FOLLOWUP_KE;
    static final ExchangeType CREATE = ExchangeType.Known.CREATE_CHILD_SA;

    /// Each message in one datagram, so that it can be changed.
    static final IkeSettings WHOLE = Examples.settings(Examples.SETTINGS.halfOpen(), Duration.ofSeconds(1), 8000);

    /// What is rekeyed.
    enum Of {
        IKE,
        CHILD;

        void growsOld(End end) {
            if (this == CHILD) {
                end.happens(new Input.GrewOld(wanted(end).pair().outbound().id()));
                return;
            }
            end.state = Optional.of(end.is().in(established(end).renewingAt(Instant.EPOCH)));
            end.happens(new Input.Woke());
        }
    }

    BiPredicate<End, Header> lost = (_, _) -> false;
    UnaryOperator<List<Payload>> detour = payloads -> payloads;
    final List<Secret> results = new ArrayList<>();

    final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            if (lost.test(from, header)) return;
            var bytes = datagram.bytes();
            var keys = Wiretap.of(from.is());
            if (keys.isPresent()) {
                var payloads = keys.get().read(bytes);
                var changed = detour.apply(payloads);
                if (!changed.equals(payloads)) bytes = keys.get().changed(bytes, _ -> changed);
            }
            var path = new Path(datagram.path().remote(), datagram.path().local());
            (from == a ? b : a).hears(new Datagram(path, bytes));
        }
    };
    End a = end(HERE, WHOLE, TWO);
    End b = end(THERE, WHOLE, TWO);

    /// Remembers what a's key exchanges come to.
    private final class Listening implements KeyExchanges {
        @Override
        public KeyPair generate(KeyExchangeMethod method, Entropy entropy) {
            return KeyExchanges.REAL.generate(method, entropy);
        }

        @Override
        public Optional<KeyExchangeMethod.Answer> answer(KeyExchangeMethod method, Bytes theirs, Entropy entropy) {
            return KeyExchanges.REAL.answer(method, theirs, entropy);
        }

        @Override
        public Optional<Secret> agree(KeyExchangeMethod method, KeyPair ours, Bytes answer) {
            var result = KeyExchanges.REAL.agree(method, ours, answer);
            result.ifPresent(secret -> results.add(Secret.owning(secret.expose())));
            return result;
        }
    }

    End end(IpAddress address, IkeSettings settings, String... ike) {
        return end(Examples.withEsp(Examples.profile(address, ike), ESP), settings);
    }

    End end(Profile profile, IkeSettings settings) {
        var address = profile.local().contains(HERE) ? HERE : THERE;
        var entropy = new SeededEntropy(address.equals(HERE) ? 1 : 2);
        return new End(profile, settings, entropy, new Listening(), between);
    }

    void dials() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
    }

    void stands() {
        dials();
        between.settle();
        between.wire.clear();
        results.clear();
    }

    /// The same with two new ends.
    void standAnew() {
        a = end(HERE, WHOLE, TWO);
        b = end(THERE, WHOLE, TWO);
        stands();
    }

    static Phase.Established established(End end) {
        assertThat(end.is().phase()).as("%s: %s", end.is(), end.said).isInstanceOf(Phase.Established.class);
        return (Phase.Established) end.is().phase();
    }

    static Negotiated inUse(End end) {
        return established(end).agreed().negotiated();
    }

    static ChildSa wanted(End end) {
        return established(end).children().stream()
                .filter(ChildSa::isWanted)
                .reduce((_, later) -> later)
                .orElseThrow();
    }

    void later(Duration duration) {
        between.now = between.now.plus(duration);
        for (var end : List.of(a, b)) {
            for (int turn = 0; turn < 5; turn++) end.happens(new Input.Woke());
        }
        between.settle();
    }

    void calms() {
        lost = (_, _) -> false;
        detour = payloads -> payloads;
        for (int second = 0; second < 60; second++) later(Duration.ofSeconds(1));
    }

    /// The same keys at both ends, of an IKE SA and of one pair that mirrors the other.
    void bothHaveTheSame() {
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
        assertThat(inUse(a).spiI()).isEqualTo(inUse(b).spiI());
        assertThat(inUse(a).spiR()).isEqualTo(inUse(b).spiR());
        assertThat(inUse(a).keys().suite()).hasToString(TWO);
        assertThat(established(a).children()).hasSize(1);
        assertThat(established(b).children()).hasSize(1);
        assertThat(wanted(a).pair().inbound().encryptionKey())
                .isEqualTo(wanted(b).pair().outbound().encryptionKey());
        assertThat(wanted(b).pair().inbound().encryptionKey())
                .isEqualTo(wanted(a).pair().outbound().encryptionKey());
        for (var end : List.of(a, b)) {
            assertThat(end.is().others()).isEmpty();
            assertThat(end.is().passing()).isEmpty();
            assertThat(end.is().window().flight()).isEmpty();
            assertThat(end.said).isEmpty();
        }
    }

    List<Header> said(ExchangeType exchange) {
        return between.wire.stream()
                .map(it -> Header.peek(it.bytes()).orElseThrow())
                .filter(it -> it.exchange().equals(exchange))
                .toList();
    }

    /// What was said, as whoever has the keys of before and of now reads it.
    List<Payload> read(Wiretap keys, ExchangeType exchange, boolean response) {
        return between.wire.stream()
                .map(Datagram::bytes)
                .filter(it -> Header.peek(it)
                        .filter(header -> header.exchange().equals(exchange) && header.response() == response)
                        .isPresent())
                .flatMap(it -> keys.read(it).stream())
                .toList();
    }

    static final Notify NOT_FOUND = Notify.of(NotifyType.STATE_NOT_FOUND);

    static List<Payload> withAnotherLink(List<Payload> payloads) {
        return payloads.size() == 2
                        && payloads.getFirst() instanceof KeyExchange
                        && Message.has(payloads, NotifyType.ADDITIONAL_KEY_EXCHANGE)
                ? List.of(payloads.getFirst(), Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.ofHex("00")))
                : payloads;
    }

    void preferChildless() {
        a = end(Examples.with(a.profile, Childless.PREFER), WHOLE);
        b = end(Examples.with(b.profile, Childless.PREFER), WHOLE);
    }
}
