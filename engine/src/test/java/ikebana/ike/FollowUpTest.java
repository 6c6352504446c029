package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.wire.Header;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two key exchanges in a rekeying (RFC 9370 2.2.4), between two ends of ours. How it goes well is told by the
/// transcripts `rekey-*-second-key-exchange*`, too.
class FollowUpTest extends TwoKeyExchanges {
    @ParameterizedTest
    @EnumSource
    void whoeverAsks_bothHaveTheSameInTheEnd(Of of) {
        for (var asks : List.of(true, false)) {
            standAnew();
            var before = inUse(a).keys();
            var child = wanted(a).inbound();
            of.growsOld(asks ? a : b);
            between.settle();
            calms();
            bothHaveTheSame();
            assertThat(said(FOLLOW_UP)).hasSize(2);
            assertThat(inUse(a).keys().equals(before)).isEqualTo(of == Of.CHILD);
            assertThat(wanted(a).inbound().equals(child)).isEqualTo(of == Of.IKE);
        }
    }

    @Test
    void aPeerMayTakeTheOfferWithoutAnyKeyExchange() {
        a = end(Examples.withEsp(Examples.profile(HERE, ONE), ESP, "aes256gcm16-esn-noesn"), WHOLE);
        b = end(Examples.withEsp(Examples.profile(THERE, ONE), "aes256gcm16-esn-noesn"), WHOLE);
        stands();
        var old = wanted(a);
        Of.CHILD.growsOld(a);
        between.settle();
        assertThat(wanted(a).inbound()).isNotEqualTo(old.inbound());
        assertThat(results).isEmpty();
        assertThat(wanted(a).pair().inbound().encryptionKey())
                .isEqualTo(wanted(b).pair().outbound().encryptionKey());
        assertThat(wanted(b).pair().inbound().encryptionKey())
                .isEqualTo(wanted(a).pair().outbound().encryptionKey());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsTooLargeGoesInFragments(Of of) {
        a = end(HERE, Examples.SETTINGS, TWO);
        b = end(THERE, Examples.SETTINGS, TWO);
        stands();
        of.growsOld(a);
        between.settle();
        calms();
        bothHaveTheSame();
        assertThat(said(FOLLOW_UP).stream().filter(it -> !it.response())).hasSize(2);
        assertThat(between.wire)
                .allSatisfy(it -> assertThat(it.bytes().length()).isLessThan(1280));
    }

    /// Nothing is installed, and no IKE SA is there, before the second exchange is over.
    @ParameterizedTest
    @EnumSource
    void theFirstExchangeAloneMakesNothing(Of of) {
        stands();
        var before = b.asked.size();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        of.growsOld(a);
        between.settle();
        assertThat(b.asked).hasSize(before);
        assertThat(b.is().others()).isEmpty();
        assertThat(b.is().furtherSpis()).isEmpty();
        assertThat(established(b).children()).hasSize(1);
        assertThat(established(b).awaited()).isPresent();
        calms();
        bothHaveTheSame();
    }

    @ParameterizedTest
    @EnumSource
    void whicheverMessageIsLost_itIsSaidAgain(Of of) {
        for (var exchange : List.of(CREATE, FOLLOW_UP)) {
            for (var response : List.of(true, false)) {
                standAnew();
                lost = (_, header) -> header.exchange().equals(exchange) && header.response() == response;
                of.growsOld(a);
                between.settle();
                lost = (_, _) -> false;
                later(Duration.ofSeconds(1));
                assertThat(said(FOLLOW_UP)).hasSizeGreaterThanOrEqualTo(2);
                calms();
                bothHaveTheSame();
                assertThat(said(CREATE).stream()
                                .filter(it -> !it.response())
                                .map(Header::messageId)
                                .distinct())
                        .hasSize(1);
            }
        }
    }

    @Test
    void whereTheIkeSaHasMadeOneExchange_itsSuccessorDoes() {
        a = end(HERE, WHOLE, TWO, ONE);
        b = end(THERE, WHOLE, ONE);
        stands();
        var keys = Wiretap.of(a.is()).orElseThrow();
        Of.IKE.growsOld(a);
        between.settle();
        assertThat(inUse(a).keys().suite()).hasToString(ONE);
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
        assertThat(said(FOLLOW_UP)).isEmpty();
        assertThat(read(keys, CREATE, false).toString()).doesNotContain("type=6");
    }

    @Test
    void aPeerMayHaveASecondOneForAChildWhereOurProposalsAskForNone() {
        b = end(Examples.withEsp(Examples.profile(THERE, TWO), "aes256gcm16"), WHOLE);
        stands();
        Of.CHILD.growsOld(a);
        between.settle();
        calms();
        bothHaveTheSame();
        assertThat(said(FOLLOW_UP)).hasSize(2);
    }

    /// Its first child, of an IKE SA that began without.
    @Test
    void aChildThatReplacesNoneHasTwoKeyExchanges_too() {
        preferChildless();
        dials();
        between.settle();
        calms();
        bothHaveTheSame();
        assertThat(said(FOLLOW_UP)).hasSize(2);
    }
}
