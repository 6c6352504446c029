package ikebana.ike;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.ike.Couple.Letter;
import ikebana.kernel.Direction;
import ikebana.kernel.Request;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.NotifyType;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Both ends ask for something at the same moment (RFC 7296 2.8.1, 2.8.2, 2.25): in whatever order the two
/// requests and the two answers arrive, whichever of the nonces is the lowest, and whichever message is
/// lost and has to be repeated, both ends come to the same, and it is what the RFC says.
class CollisionsTest {

    /// What A wants, and B.
    enum Of {
        CHILD_AND_CHILD,
        IKE_AND_IKE,
        FURTHER_AND_FURTHER,
        CHILD_AND_DELETE,
        CHILD_AND_FURTHER,
        IKE_AND_FURTHER,
        IKE_AND_CHILD;

        /// Whether one of the two goes, by the nonces.
        boolean isRace() {
            return this == CHILD_AND_CHILD || this == IKE_AND_IKE || this == FURTHER_AND_FURTHER;
        }

        private boolean hasAnother() {
            return this != CHILD_AND_CHILD && this != IKE_AND_IKE && this != IKE_AND_CHILD;
        }

        private void asks(Collision between) {
            switch (this) {
                case CHILD_AND_CHILD, CHILD_AND_DELETE, CHILD_AND_FURTHER -> between.renewsChild(between.a);
                case IKE_AND_IKE, IKE_AND_FURTHER, IKE_AND_CHILD -> between.renewsIkeSa(between.a);
                case FURTHER_AND_FURTHER -> between.wantsAnother(between.a);
            }
            switch (this) {
                case CHILD_AND_CHILD, IKE_AND_CHILD -> between.renewsChild(between.b);
                case IKE_AND_IKE -> between.renewsIkeSa(between.b);
                case CHILD_AND_DELETE -> between.deletesChild(between.b);
                case FURTHER_AND_FURTHER, CHILD_AND_FURTHER, IKE_AND_FURTHER -> between.wantsAnother(between.b);
            }
        }

        private ExchangeType ofB() {
            return this == CHILD_AND_DELETE ? ExchangeType.Known.INFORMATIONAL : ExchangeType.Known.CREATE_CHILD_SA;
        }
    }

    /// Which of the four nonces is the lowest.
    enum Lowest {
        A_ASKS,
        B_ANSWERS,
        B_ASKS,
        A_ANSWERS;

        /// 2.8.1: what was made with it goes.
        boolean isOfAsWish() {
            return this == A_ASKS || this == B_ANSWERS;
        }

        private List<Integer> firstBytes(Lowest asks, Lowest answers) {
            return List.of(this == asks ? 0 : 0x80, this == answers ? 0 : 0x81);
        }
    }

    /// The four messages: what A asks, B's answer to it, what B asks, A's answer to it.
    enum Part {
        A_ASKS,
        B_ANSWERS,
        B_ASKS,
        A_ANSWERS;

        private boolean isOfA() {
            return this == A_ASKS || this == A_ANSWERS;
        }

        private boolean isAnswer() {
            return this == B_ANSWERS || this == A_ANSWERS;
        }

        private ExchangeType exchange(Of of) {
            return this == A_ASKS || this == B_ANSWERS ? ExchangeType.Known.CREATE_CHILD_SA : of.ofB();
        }
    }

    /// An answer cannot arrive before what it answers.
    private static final List<List<Part>> ORDERS = List.of(
            List.of(Part.A_ASKS, Part.B_ASKS, Part.B_ANSWERS, Part.A_ANSWERS),
            List.of(Part.A_ASKS, Part.B_ASKS, Part.A_ANSWERS, Part.B_ANSWERS),
            List.of(Part.B_ASKS, Part.A_ASKS, Part.B_ANSWERS, Part.A_ANSWERS),
            List.of(Part.B_ASKS, Part.A_ASKS, Part.A_ANSWERS, Part.B_ANSWERS),
            List.of(Part.A_ASKS, Part.B_ANSWERS, Part.B_ASKS, Part.A_ANSWERS),
            List.of(Part.B_ASKS, Part.A_ANSWERS, Part.A_ASKS, Part.B_ANSWERS));

    /// @param overtakes whether what is said next arrives at once, or only after those four
    record Case(Of of, Lowest lowest, List<Part> order, Optional<Part> lost, boolean overtakes) {}

    static Stream<Case> cases() {
        var losses = Stream.concat(
                        Stream.of(Optional.<Part>empty()),
                        Arrays.stream(Part.values()).map(Optional::of))
                .toList();
        return Arrays.stream(Of.values())
                .flatMap(of -> Arrays.stream(Lowest.values())
                        .filter(lowest -> of.isRace() || lowest == Lowest.A_ASKS)
                        .flatMap(lowest -> ORDERS.stream()
                                .flatMap(order -> losses.stream()
                                        .flatMap(lost -> Stream.of(false, true)
                                                .map(overtakes -> new Case(of, lowest, order, lost, overtakes))))));
    }

    private final Collision between = new Collision();
    private final IkeSpi first = inUse(between.a).spiI();

    private static Negotiated inUse(End end) {
        return Couple.established(end).agreed().negotiated();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bothComeToTheSame(Case one) {
        if (one.of() == Of.CHILD_AND_DELETE) {
            between.wantsAnother(between.a);
            between.carryAll();
            between.forget();
        }
        long askedOfKernels = changesOfKernels();
        between.draw(
                one.lowest().firstBytes(Lowest.A_ASKS, Lowest.A_ANSWERS),
                one.lowest().firstBytes(Lowest.B_ASKS, Lowest.B_ANSWERS));
        one.of().asks(between);
        var old = one.of() == Of.FURTHER_AND_FURTHER || one.of() == Of.CHILD_AND_DELETE
                ? Optional.<ChildSa>empty()
                : Couple.wanted(between.a, Couple.FLOW).stream().findFirst();
        for (var part : one.order()) arrives(one, part);
        everyPacketIsReceived(one);
        between.passes(Duration.ofMinutes(2), () -> everyPacketIsReceived(one));

        assertThat(between.a.said).isEmpty();
        assertThat(between.b.said).isEmpty();
        bothHaveTheSame(one.of() == Of.CHILD_AND_DELETE ? 0 : 1, Couple.FLOW);
        bothHaveTheSame(one.of().hasAnother() ? 1 : 0, Couple.OTHER_FLOW);
        if (one.of().isRace()) theRightOneStays(one, old);
        if (one.of() == Of.IKE_AND_IKE) {
            assertThat(changesOfKernels()).isEqualTo(askedOfKernels);
        }
        boolean renewed = one.of() == Of.IKE_AND_IKE || one.of() == Of.IKE_AND_FURTHER || one.of() == Of.IKE_AND_CHILD;
        assertThat(inUse(between.a).spiI().equals(first)).isNotEqualTo(renewed);
        whoeverWasBusySaidSo(one);
    }

    private long changesOfKernels() {
        return Stream.of(between.a, between.b)
                .flatMap(end -> end.asked.stream())
                .filter(request -> !(request instanceof Request.FindState))
                .count();
    }

    private void arrives(Case one, Part part) {
        var letter = between.mail.stream()
                .filter(it -> it.is(part.isOfA(), part.isAnswer(), part.exchange(one.of())))
                .findFirst();
        boolean lost = one.lost().filter(part::equals).isPresent();
        letter.ifPresent(it -> between.carry(it, lost));
        if (!one.overtakes()) return;
        everyPacketIsReceived(one);
        for (var next = ahead(one); next.isPresent(); next = ahead(one)) {
            between.carry(next.get(), false);
            everyPacketIsReceived(one);
        }
    }

    /// What is said because of the four messages.
    private Optional<Letter> ahead(Case one) {
        return between.mail.stream()
                .filter(letter -> Arrays.stream(Part.values())
                        .noneMatch(it -> letter.is(it.isOfA(), it.isAnswer(), it.exchange(one.of()))))
                .findFirst();
    }

    /// Whatever an end sends over what stood before, or over its successor, its peer has a state for; but
    /// for what was deleted under its feet.
    private void everyPacketIsReceived(Case one) {
        if (one.of() == Of.CHILD_AND_DELETE) return;
        for (var end : List.of(between.a, between.b)) {
            var peer = between.kernel(end == between.a ? between.b : between.a);
            assertThat(peer).containsKey(between.sendsOver(end, Couple.FLOW).orElseThrow());
        }
    }

    private void bothHaveTheSame(int children, int flow) {
        assertThat(inUse(between.a).spiI()).isEqualTo(inUse(between.b).spiI());
        assertThat(inUse(between.a).spiR()).isEqualTo(inUse(between.b).spiR());
        assertThat(inUse(between.a).keys()).isEqualTo(inUse(between.b).keys());
        assertThat(between.a.is().others()).isEmpty();
        assertThat(between.b.is().others()).isEmpty();
        var ofA = Couple.wanted(between.a, flow);
        var ofB = Couple.wanted(between.b, flow);
        assertThat(ofA).hasSize(children);
        assertThat(ofB).hasSize(children);
        for (var end : List.of(between.a, between.b)) {
            var states = between.kernel(end).values().stream()
                    .filter(it -> it.reqid() == flow)
                    .toList();
            assertThat(states).hasSize(2 * children);
            assertThat(Couple.established(end).children())
                    .filteredOn(child -> child.reqid() == flow)
                    .hasSize(children);
        }
        if (children == 0) return;
        assertThat(ofA.getFirst().inbound()).isEqualTo(ofB.getFirst().theirs());
        assertThat(ofB.getFirst().inbound()).isEqualTo(ofA.getFirst().theirs());
        var out = between.kernel(between.a).get(ofA.getFirst().pair().outbound().id());
        var in = between.kernel(between.b).get(ofB.getFirst().pair().inbound().id());
        assertThat(requireNonNull(out).encryptionKey())
                .isEqualTo(requireNonNull(in).encryptionKey());
    }

    private void whoeverWasBusySaidSo(Case one) {
        assertThat(between.busy).isNotEmpty().allSatisfy((wish, due) -> {
            boolean said = answerTo(wish)
                    .filter(it -> Message.has(it.payloads(), NotifyType.TEMPORARY_FAILURE))
                    .isPresent();
            assertThat(said).as("%s", wish.payloads()).isEqualTo(due);
        });
        boolean refusedAtLeastOnce = between.busy.containsValue(true);
        if (one.of() == Of.CHILD_AND_DELETE || one.of() == Of.IKE_AND_FURTHER || one.of() == Of.IKE_AND_CHILD) {
            assertThat(refusedAtLeastOnce).isTrue();
        }
        if (one.of() == Of.CHILD_AND_FURTHER) assertThat(refusedAtLeastOnce).isFalse();
    }

    // ---- which one stays, and who deletes what

    private List<Letter> wishes(boolean ofA) {
        return between.said.stream()
                .filter(it -> it.is(ofA, false, ExchangeType.Known.CREATE_CHILD_SA))
                .toList();
    }

    private Optional<Letter> answerTo(Letter wish) {
        return between.said.stream()
                .filter(it -> it.is(!wish.fromA(), true, ExchangeType.Known.CREATE_CHILD_SA)
                        && it.header().messageId().equals(wish.header().messageId())
                        && it.header().initiator().equals(wish.header().initiator()))
                .findFirst();
    }

    private static Bytes spi(Letter letter) {
        return Message.first(letter.payloads(), SecurityAssociation.class)
                .orElseThrow()
                .proposals()
                .getFirst()
                .spi();
    }

    private void theRightOneStays(Case one, Optional<ChildSa> old) {
        assertThat(wishes(true)).hasSize(1);
        assertThat(wishes(false)).hasSize(1);
        var wishOfA = wishes(true).getFirst();
        var wishOfB = wishes(false).getFirst();
        var answerToA = answerTo(wishOfA).filter(Letter::makes);
        var answerToB = answerTo(wishOfB).filter(Letter::makes);
        boolean race = answerToA.isPresent() && answerToB.isPresent();
        boolean staysAs = race ? !one.lowest().isOfAsWish() : answerToA.isPresent();
        var wish = staysAs ? wishOfA : wishOfB;
        var answer = (staysAs ? answerToA : answerToB).orElseThrow();
        if (one.of() == Of.IKE_AND_IKE) {
            assertThat(new IkeSpi(spi(wish).asBuffer().getLong()))
                    .isEqualTo(inUse(between.a).spiI());
            assertThat(new IkeSpi(spi(answer).asBuffer().getLong()))
                    .isEqualTo(inUse(between.a).spiR());
        } else {
            int flow = one.of() == Of.CHILD_AND_CHILD ? Couple.FLOW : Couple.OTHER_FLOW;
            var left = Couple.wanted(between.end(staysAs), flow).getFirst();
            assertThat(left.inbound().toBytes()).isEqualTo(spi(wish));
            assertThat(left.theirs().toBytes()).isEqualTo(spi(answer));
        }
        // of two where nothing stood before the RFC says nothing: whoever knows of both may delete the other
        if (one.of() == Of.FURTHER_AND_FURTHER) return;
        // whoever asked for the one that stays deletes the old one, and whoever asked for the other deletes that
        var ofOld = old.map(it -> deletion(one, staysAs, it, wish));
        var ofLoser = race && learnsOfIt(staysAs ? answerToB : answerToA, ofOld)
                ? Optional.of(deletion(!staysAs, staysAs ? wishOfB : wishOfA))
                : Optional.<Deletion>empty();
        assertThat(between.said.stream()
                        .filter(it -> it.delete().isPresent())
                        .map(CollisionsTest::deletion)
                        .toList())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(ofOld.stream(), ofLoser.stream()).toList());
        if (race && one.of() == Of.CHILD_AND_CHILD) {
            var loser = staysAs ? wishOfB : wishOfA;
            var unused = List.of(spi(loser), spi(answerTo(loser).orElseThrow()));
            assertThat(Stream.of(between.a, between.b).flatMap(end -> end.asked.stream()))
                    .noneMatch(request -> sendsInto(request, unused));
        }
    }

    /// Whoever has heard that the old IKE SA is over, and not yet what has come of its own wish, forgets
    /// that.
    private boolean learnsOfIt(Optional<Letter> answer, Optional<Deletion> ofOld) {
        int ended = between.heard.stream()
                .filter(it -> it.delete()
                        .filter(delete -> delete.protocolId() == Proposal.IKE)
                        .isPresent())
                .filter(it -> Optional.of(deletion(it)).equals(ofOld))
                .findFirst()
                .map(between.heard::indexOf)
                .orElse(Integer.MAX_VALUE);
        int heard = between.heard.indexOf(answer.orElseThrow());
        return heard >= 0 && heard < ended;
    }

    private static boolean sendsInto(Request request, List<Bytes> spis) {
        return request instanceof Request.InstallState(var state)
                && state.direction() == Direction.OUT
                && spis.contains(state.id().spi().toBytes());
    }

    /// Who says that what is gone: the child's SPI, or that of the IKE SA over which it is said.
    record Deletion(boolean byA, Bytes what) {}

    private static Deletion deletion(Letter letter) {
        var delete = letter.delete().orElseThrow();
        return new Deletion(
                letter.fromA(),
                delete.protocolId() == Proposal.IKE
                        ? letter.header().initiator().toBytes()
                        : delete.spis().getFirst());
    }

    private static Deletion deletion(Case one, boolean byA, ChildSa old, Letter wish) {
        return new Deletion(
                byA,
                one.of() == Of.IKE_AND_IKE
                        ? wish.header().initiator().toBytes()
                        : byA ? old.inbound().toBytes() : old.theirs().toBytes());
    }

    private static Deletion deletion(boolean byA, Letter loser) {
        return new Deletion(byA, spi(loser));
    }
}
