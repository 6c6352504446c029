package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.IdentityPattern;
import ikebana.auth.Profile;
import ikebana.control.Event;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Acquire;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    private static final Endpoint ENDPOINT = new Endpoint("dmvpn", OURS, THEIRS);
    private static final Identity PEER = Identity.of(THEIRS);
    private static final Profile PROFILE = new Profile(
            "dmvpn",
            new Profile.Listed(List.of(OURS)),
            List.of(),
            7,
            Profile.Guard.OFF,
            Optional.empty(),
            List.of(IdentityPattern.of("*")),
            List.of(IkeProposal.of("aes256gcm16-prfsha256-x25519")),
            List.of(EspProposal.of("aes256gcm16")),
            Lifetime.UNLIMITED,
            64);
    private static final Acquire ACQUIRE = new Acquire(
            9, 7, OURS, THEIRS, new Selector(Prefix.host(OURS), Prefix.host(THEIRS), Selector.GRE, Optional.empty()));
    private static final IkeSpi FIRST = new IkeSpi(1);
    private static final IkeSpi SECOND = new IkeSpi(2);
    private static final Bytes LOW = Bytes.ofHex("01");
    private static final Bytes HIGH = Bytes.ofHex("02");

    private final Ledger ledger = new Ledger(List.of(PROFILE), new SeededEntropy(1));
    private Ledger.State state = Ledger.State.EMPTY;

    private List<Order> happens(Happening happening) {
        var step = ledger.step(state, Instant.EPOCH, happening);
        state = step.next();
        return step.effects();
    }

    private static Happening asks(IkeSpi spi, Bytes nonce, boolean initialContact) {
        return new Happening.AdmissionAsked(
                spi,
                new Effect.AskAdmission(
                        new Ticket(spi.value()), ENDPOINT, PEER, nonce, initialContact, LedgerTestChild.ANY));
    }

    private static Order admitted(IkeSpi spi) {
        return new Order.Tell(spi, new Input.Admitted(new Ticket(spi.value())));
    }

    @Test
    void twoAcquiresForOnePeerAreOneDial() {
        assertThat(happens(new Happening.Acquired(ACQUIRE)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.DialOut.class, dial -> assertThat(dial.dial()).isEqualTo(new Dial(ENDPOINT, PROFILE, 9)));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
    }

    @Test
    void anAcquireWithAForeignReqidOrSourceIsIgnored() {
        var foreign = new Acquire(9, 8, OURS, THEIRS, ACQUIRE.selector());
        var transit = new Acquire(9, 7, IpAddress.of("198.51.100.1"), THEIRS, ACQUIRE.selector());
        assertThat(happens(new Happening.Acquired(foreign))).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(happens(new Happening.Acquired(transit))).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void aDialThatFailsLetsTheNextPacketAcquireAnew() {
        var dial = (Order.DialOut) happens(new Happening.Acquired(ACQUIRE)).getFirst();
        assertThat(happens(new Happening.Finished(dial.spi(), "never answered")))
                .containsExactly(
                        new Order.Announce(new Event.Failed(ENDPOINT, Instant.EPOCH, "never answered")),
                        new Order.DropLarval(ACQUIRE));
        assertThat(state).isEqualTo(Ledger.State.EMPTY);
    }

    @Test
    void ofTwoCrossingSasTheOneWithTheLowestNonceGoesWhicheverComesFirst() {
        assertThat(happens(asks(FIRST, HIGH, false))).containsExactly(admitted(FIRST));
        assertThat(happens(asks(SECOND, LOW, false)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.Tell.class, tell -> assertThat(tell.input()).isInstanceOf(Input.NotAdmitted.class));

        state = Ledger.State.EMPTY;
        assertThat(happens(asks(SECOND, LOW, false))).containsExactly(admitted(SECOND));
        assertThat(happens(asks(FIRST, HIGH, false)))
                .contains(admitted(FIRST))
                .anySatisfy(order -> assertThat(order).isInstanceOfSatisfying(Order.Tell.class, tell -> {
                    assertThat(tell.spi()).isEqualTo(SECOND);
                    assertThat(tell.input()).isInstanceOf(Input.Close.class);
                }));
        // the loser's end is not the endpoint's
        assertThat(happens(new Happening.Finished(SECOND, "lost"))).containsExactly(new Order.Passed("lost"));
    }

    @Test
    void aPeerThatHasLostItsMemoryIsGoneBeforeItComesAnew() {
        happens(asks(FIRST, HIGH, false));
        happens(new Happening.Established(FIRST, established()));
        var orders = happens(asks(SECOND, LOW, true));
        assertThat(orders).anyMatch(order -> order instanceof Order.Announce(Event.Gone _));
        assertThat(orders).doesNotContain(admitted(SECOND));
        assertThat(happens(new Happening.GoneHeard(ENDPOINT))).contains(admitted(SECOND));
        assertThat(happens(new Happening.Finished(FIRST, "closed"))).containsExactly(new Order.Passed("closed"));
    }

    @Test
    void aDialMayBeginWhileGoneRunsButNotAuthenticate() {
        happens(asks(FIRST, HIGH, false));
        happens(new Happening.Established(FIRST, established()));
        assertThat(happens(new Happening.Finished(FIRST, "the peer is dead")))
                .anyMatch(order -> order instanceof Order.Announce(Event.Gone _));
        var dial = (Order.DialOut) happens(new Happening.Acquired(ACQUIRE)).getFirst();
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(dial.spi(), question))).isEmpty();
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(new Order.Tell(dial.spi(), new Input.Cleared(new Ticket(5), true)));
    }

    @Test
    void whatAnSaThatFailedHadInstalledIsRemovedBeforeItsEndIsTold() {
        happens(asks(FIRST, HIGH, false));
        happens(new Happening.Established(FIRST, established()));
        assertThat(happens(new Happening.Failed(FIRST)))
                .startsWith(
                        new Order.Remove(LedgerTestChild.ANY.outbound().id()),
                        new Order.Remove(LedgerTestChild.ANY.inbound().id()))
                .anyMatch(order -> order instanceof Order.Announce(Event.Gone _));
    }

    @Test
    void anotherIdentityBehindTheSameAddressIsRefusedAndTheFirstStays() {
        happens(asks(FIRST, HIGH, false));
        var stranger = new Happening.AdmissionAsked(
                SECOND,
                new Effect.AskAdmission(
                        new Ticket(2), ENDPOINT, Identity.of("somebody.example"), HIGH, true, LedgerTestChild.ANY));
        assertThat(happens(stranger))
                .containsExactly(new Order.Tell(
                        SECOND,
                        new Input.NotAdmitted(
                                new Ticket(2), "dmvpn 192.0.2.1 -> 192.0.2.2 stands with 192.0.2.2 already")));
    }

    private static Effect.Established established() {
        return new Effect.Established(ENDPOINT, Identity.of(OURS), PEER, LedgerTestChild.ANY);
    }
}
