package ikebana.negotiation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.crypto.KeyExchangeMethod;
import ikebana.wire.Bytes;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.Spi;
import ikebana.wire.Transform;
import ikebana.wire.TransformAttribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// RFC 7296 2.7 and 3.3: what is chosen of somebody's proposals, and what is taken as an answer to ours.
class SelectionTest {
    private static final List<IkeProposal> GCM = List.of(IkeProposal.of("aes256gcm16-prfsha256-x25519-modp2048"));
    private static final List<EspProposal> ESP = List.of(EspProposal.of("aes256gcm16-esn-noesn"));
    private static final Spi OURS = new Spi(0x1000);

    private static final int UNKNOWN_TYPE = 200;
    private static final int UNKNOWN_ID = 1099;
    private static final Transform AES_GCM_256 = Transform.of(Transform.ENCRYPTION, 20, 256);
    private static final Transform AES_CBC_256 = Transform.of(Transform.ENCRYPTION, 12, 256);
    private static final Transform PRF_SHA2_256 = Transform.of(Transform.PRF, 5);
    private static final Transform HMAC_SHA2_256_128 = Transform.of(Transform.INTEGRITY, 12);
    private static final Transform NO_INTEGRITY = Transform.of(Transform.INTEGRITY, 0);
    private static final Transform X25519 = Transform.of(Transform.KEY_EXCHANGE, 31);
    private static final Transform MODP_2048 = Transform.of(Transform.KEY_EXCHANGE, 14);

    private static Proposal ike(int number, Transform... transforms) {
        return new Proposal(number, Proposal.IKE, Bytes.EMPTY, Arrays.asList(transforms));
    }

    private static SecurityAssociation offer(Proposal... proposals) {
        return new SecurityAssociation(Arrays.asList(proposals));
    }

    @Test
    void theAnswerHasThePeersNumberAndOneTransformOfEachType() {
        var theirs = offer(
                ike(1, AES_CBC_256, HMAC_SHA2_256_128, PRF_SHA2_256, X25519),
                ike(2, AES_GCM_256, PRF_SHA2_256, MODP_2048, X25519));

        var answer = Selection.chooseIke(GCM, theirs).orElseThrow().answer();

        assertThat(answer).isEqualTo(offer(ike(2, AES_GCM_256, PRF_SHA2_256, X25519)));
    }

    private static Transform additional(int level, int id) {
        return Transform.of(5 + level, id);
    }

    @Test
    void aSecondKeyExchangeIsChosenWhereBothHaveIt_andAFurtherOneIsDeclined() {
        var ours = List.of(IkeProposal.of("aes256gcm16-prfsha256-x25519-ke1_mlkem768"));
        var theirs = offer(ike(
                1,
                AES_GCM_256,
                PRF_SHA2_256,
                X25519,
                additional(1, 37),
                additional(1, 36),
                additional(2, 35),
                additional(2, 0)));

        var chosen = Selection.chooseIke(ours, theirs).orElseThrow();

        assertThat(chosen.suite()).hasToString("aes256gcm16-prfsha256-x25519-ke1_mlkem768");
        assertThat(chosen.answer())
                .isEqualTo(offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 36), additional(2, 0))));
        assertThat(Selection.describe(theirs)).endsWith("x25519-ke1_mlkem1024-ke1_mlkem768-ke2_mlkem512-ke2_none");
    }

    @Test
    void aSecondKeyExchangeIsDeclinedOnlyWhereThePeerLeavesItOpen() {
        var open = offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 36), additional(1, 0)));
        assertThat(Selection.chooseIke(GCM, open).orElseThrow().answer())
                .isEqualTo(offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 0))));
        assertThat(Selection.chooseIke(GCM, offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 36)))))
                .isEmpty();
        assertThat(Selection.chooseIke(GCM, offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(7, 36)))))
                .isEmpty();
    }

    @Test
    void anAnswerThatLeavesOutTheSecondKeyExchangeIsNone() {
        var ours = List.of(IkeProposal.of("aes256gcm16-prfsha256-x25519-ke1_mlkem768"));
        assertThat(Selection.offerIke(ours))
                .isEqualTo(offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 36))));
        assertThat(Selection.acceptIke(ours, offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519))))
                .isEmpty();
        assertThat(Selection.acceptIke(ours, offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 0)))))
                .isEmpty();
        assertThat(Selection.acceptIke(ours, offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 35)))))
                .isEmpty();
        assertThat(Selection.acceptIke(ours, offer(ike(1, AES_GCM_256, PRF_SHA2_256, X25519, additional(1, 36)))))
                .isPresent();
    }

    private static SecurityAssociation esp(Transform... transforms) {
        var all = new ArrayList<>(List.of(AES_GCM_256, Transform.of(Transform.EXTENDED_SEQUENCE_NUMBERS, 0)));
        all.addAll(Arrays.asList(transforms));
        return offer(new Proposal(1, Proposal.ESP, OURS.toBytes(), all));
    }

    @Test
    void aChildHasASecondKeyExchangeWhereOurProposalAsksForIt() {
        var ours = List.of(EspProposal.of("aes256gcm16-x25519-ke1_mlkem768"));
        var theirs = esp(X25519, additional(1, 37), additional(1, 36), additional(2, 35), additional(2, 0));
        var chosen =
                Selection.chooseFreshEsp(ours, List.of(), List.of(), theirs).orElseThrow();
        assertThat(chosen.additional()).contains(KeyExchangeMethod.ML_KEM_768);
        assertThat(chosen.answer(OURS).proposals().getFirst().transforms())
                .contains(X25519, additional(1, 36), additional(2, 0))
                .doesNotContain(additional(1, 37), additional(2, 35));

        for (var another : List.of(
                esp(X25519),
                esp(X25519, additional(1, 0)),
                esp(X25519, additional(1, 37)),
                esp(additional(1, 36)),
                esp(X25519, additional(1, 36), additional(2, 35)))) {
            assertThat(Selection.chooseFreshEsp(ours, List.of(), List.of(), another))
                    .isEmpty();
            assertThat(Selection.acceptFreshEsp(ours, another)).isEmpty();
        }
        assertThat(Selection.acceptFreshEsp(ours, esp(X25519, additional(1, 36))))
                .isPresent();
        assertThat(Selection.offerFreshEsp(ours, OURS).proposals().getFirst().transforms())
                .contains(additional(1, 36));
        assertThat(Selection.offerEsp(ours, OURS).proposals().getFirst().transforms())
                .noneMatch(transform -> transform.type() == Transform.ADDITIONAL_KEY_EXCHANGE_1);
    }

    @Test
    void aPeerMayHaveASecondKeyExchangeWhereWeAskForNone_ifTheIkeSaMayHaveIt() {
        var first = List.of(KeyExchangeMethod.CURVE25519);
        var second = List.of(KeyExchangeMethod.ML_KEM_768);
        for (var ours :
                List.of(List.of(EspProposal.of("aes256gcm16")), List.of(EspProposal.of("aes256gcm16-x25519")))) {
            var insists = esp(X25519, additional(1, 36));
            assertThat(Selection.chooseFreshEsp(ours, first, second, insists)
                            .orElseThrow()
                            .additional())
                    .contains(KeyExchangeMethod.ML_KEM_768);
            assertThat(Selection.chooseFreshEsp(ours, first, List.of(), insists))
                    .isEmpty();
            var leavesIt = esp(X25519, additional(1, 36), additional(1, 0));
            var chosen =
                    Selection.chooseFreshEsp(ours, first, List.of(), leavesIt).orElseThrow();
            assertThat(chosen.additional()).isEmpty();
            assertThat(chosen.answer(OURS).proposals().getFirst().transforms()).contains(additional(1, 0));
            // nothing of the kind is in IKE_AUTH
            assertThat(Selection.chooseEsp(ours, insists)).isEmpty();
        }
    }

    @Test
    void aSecondKeyExchangeNeedsAFirst() {
        assertThat(EspProposal.of("aes256gcm16-x25519-ke1_mlkem768-esn"))
                .hasToString("aes256gcm16-x25519-ke1_mlkem768-esn");
        assertThatThrownBy(() -> EspProposal.of("aes256gcm16-ke1_mlkem768"))
                .hasMessage("proposal 'aes256gcm16-ke1_mlkem768': ke1_mlkem768 is a second key exchange: name the first"
                        + " one, too, such as x25519-ke1_mlkem768");
        assertThatThrownBy(() -> EspProposal.of("aes256gcm16-x25519-ke1_x25519"))
                .hasMessageContaining("x25519 twice is no stronger than once");
    }

    @Test
    void anEncapsulationNeedsAnotherMethodBesideIt() {
        assertThatThrownBy(() -> IkeProposal.of("aes256gcm16-prfsha256-mlkem768"))
                .hasMessage("proposal 'aes256gcm16-prfsha256-mlkem768': mlkem768 takes part in the keys"
                        + " beside another method, in an exchange of its own: x25519-ke1_mlkem768");
        assertThatThrownBy(() -> IkeProposal.of("aes256gcm16-prfsha256-ecp256-ke1_ecp256"))
                .hasMessageContaining("ecp256 twice is no stronger than once");
        assertThatThrownBy(() -> EspProposal.of("aes256gcm16-mlkem768")).hasMessageContaining("mlkem768");
    }

    @Test
    void aTransformThatNobodyKnowsIsPassedOver() {
        var theirs = offer(ike(1, AES_GCM_256, PRF_SHA2_256, Transform.of(Transform.KEY_EXCHANGE, UNKNOWN_ID), X25519));

        assertThat(Selection.chooseIke(GCM, theirs)).isPresent();
    }

    @Test
    void aProposalWithATypeThatNobodyKnowsIsPassedOver_andTheNextIsTaken() {
        var strange = ike(1, AES_GCM_256, PRF_SHA2_256, X25519, Transform.of(UNKNOWN_TYPE, 1));

        assertThat(Selection.chooseIke(GCM, offer(strange))).isEmpty();
        assertThat(Selection.chooseIke(GCM, offer(strange, ike(2, AES_GCM_256, PRF_SHA2_256, X25519))))
                .isPresent();
    }

    @Test
    void withAeadTheIntegrityIsAbsentOrNone() {
        assertThat(Selection.chooseIke(GCM, offer(ike(1, AES_GCM_256, NO_INTEGRITY, PRF_SHA2_256, X25519))))
                .isPresent();
        assertThat(Selection.chooseIke(GCM, offer(ike(1, AES_GCM_256, HMAC_SHA2_256_128, PRF_SHA2_256, X25519))))
                .isEmpty();
    }

    @Test
    void aKeyLengthCountsAndAnAttributeThatNobodyKnowsMakesAnotherTransform() {
        var otherLength = Transform.of(Transform.ENCRYPTION, 20, 192);
        var noLength = Transform.of(Transform.ENCRYPTION, 20);
        var strange = new Transform(
                Transform.ENCRYPTION,
                20,
                Stream.concat(
                                AES_GCM_256.attributes().stream(),
                                Stream.of(new TransformAttribute(77, true, Bytes.ofHex("0001"))))
                        .toList());

        for (var encryption : List.of(otherLength, noLength, strange)) {
            assertThat(Selection.chooseIke(GCM, offer(ike(1, encryption, PRF_SHA2_256, X25519))))
                    .as("%s", encryption)
                    .isEmpty();
        }
    }

    @Test
    void anAnswerThatIsNoNarrowingOfOurOfferIsRefused() {
        var right = ike(1, AES_GCM_256, PRF_SHA2_256, MODP_2048);

        assertThat(Selection.acceptIke(GCM, offer(right))).isPresent();
        assertThat(Selection.acceptIke(GCM, offer(right, right)))
                .as("two proposals")
                .isEmpty();
        assertThat(Selection.acceptIke(GCM, offer(ike(2, AES_GCM_256, PRF_SHA2_256, X25519))))
                .as("a number that we have not offered")
                .isEmpty();
        assertThat(Selection.acceptIke(GCM, offer(ike(1, AES_GCM_256, PRF_SHA2_256, MODP_2048, X25519))))
                .as("two key exchanges")
                .isEmpty();
        assertThat(Selection.acceptIke(GCM, offer(ike(1, AES_CBC_256, HMAC_SHA2_256_128, PRF_SHA2_256, X25519))))
                .as("a cipher that we have not offered")
                .isEmpty();
    }

    @Test
    void whatIsOfferedForEspIsTakenAsAnAnswerOnlyNarrowed() {
        var offered = Selection.offerEsp(ESP, OURS);

        assertThat(Selection.acceptEsp(ESP, offered))
                .as("both kinds of sequence numbers")
                .isEmpty();
        assertThat(Selection.acceptEsp(
                        ESP, Selection.chooseEsp(ESP, offered).orElseThrow().answer(new Spi(0x2000))))
                .hasValueSatisfying(chosen -> assertThat(chosen.theirs()).isEqualTo(new Spi(0x2000)));
    }

    @Test
    void anEspProposalWithAReservedSpiOrAnSpiOfAnotherLengthIsPassedOver() {
        var good = Selection.offerEsp(ESP, OURS).proposals().getFirst();
        for (var spi : List.of("00000000", "000000ff", "0000100000001000", "")) {
            var bad = new Proposal(1, Proposal.ESP, Bytes.ofHex(spi), good.transforms());
            assertThat(Selection.chooseEsp(ESP, offer(bad))).as("SPI %s", spi).isEmpty();
        }
    }

    /// IKE_AUTH has no KE payload (RFC 7296 1.2).
    @Test
    void aChildOfIkeAuthHasNoKeyExchangeOfItsOwn() {
        var good = Selection.offerEsp(ESP, OURS).proposals().getFirst();
        var withGroup = new ArrayList<>(good.transforms());
        withGroup.add(X25519);
        assertThat(Selection.chooseEsp(ESP, offer(new Proposal(1, Proposal.ESP, good.spi(), withGroup))))
                .isEmpty();
        withGroup.add(Transform.of(Transform.KEY_EXCHANGE, 0));
        assertThat(Selection.chooseEsp(ESP, offer(new Proposal(1, Proposal.ESP, good.spi(), withGroup))))
                .isPresent();
    }
}
