package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.Spi;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The peer chooses the SPI of what we send into, and our kernel may have a state of that name already: it
/// stays somebody else's, and the tunnel is tried again with another.
class TakenSpiTest {
    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));
    private Optional<StateId> taken = Optional.empty();

    /// What `end` chooses next is in the other end's kernel already.
    private void theNextSpiIsTakenOf(End end) {
        boolean isA = end == couple.a;
        couple.detour = letter -> {
            if (letter.fromA() == isA && taken.isEmpty()) {
                Message.first(letter.payloads(), SecurityAssociation.class)
                        .map(sa -> sa.proposals().getFirst())
                        .filter(proposal -> proposal.protocolId() == Proposal.ESP)
                        .ifPresent(proposal -> isTaken(proposal.spi(), isA));
            }
            return letter.payloads();
        };
    }

    private void isTaken(Bytes spi, boolean ofA) {
        var id = new StateId(new Spi(spi.asBuffer().getInt()), ofA ? Couple.HERE : Couple.THERE);
        taken = Optional.of(id);
        couple.taken(couple.end(!ofA)).add(id);
    }

    private static List<Bytes> spis(Couple couple, End end) {
        return couple.kernel(end).values().stream()
                .map(State::id)
                .map(id -> id.spi().toBytes())
                .toList();
    }

    @Test
    void aDialWhosePeerChoosesATakenSpiEndsAloud_andTheNextOneHasAnother() {
        theNextSpiIsTakenOf(couple.b);
        couple.dials();
        assertThat(couple.a.said).containsExactly("the kernel has it already");
        assertThat(couple.b.said).containsExactly("the peer deleted the IKE SA");
        couple.passes(Duration.ofMinutes(1));
        assertThat(couple.kernel(couple.a)).isEmpty();
        assertThat(couple.kernel(couple.b)).isEmpty();
        assertThat(couple.taken(couple.a)).containsExactly(taken.orElseThrow());

        couple.a.state = Optional.empty();
        couple.b.state = Optional.empty();
        couple.dials();
        assertThat(couple.kernel(couple.a)).hasSize(2).doesNotContainKey(taken.orElseThrow());
        assertThat(couple.taken(couple.a)).containsExactly(taken.orElseThrow());
    }

    @Test
    void aResponderWhosePeerChoosesATakenSpiSaysSo_andInstallsNothing() {
        theNextSpiIsTakenOf(couple.a);
        couple.dials();
        assertThat(couple.said.getLast().payloads()).containsExactly(Notify.of(NotifyType.TEMPORARY_FAILURE));
        assertThat(couple.kernel(couple.a)).isEmpty();
        assertThat(couple.kernel(couple.b)).isEmpty();
        assertThat(couple.taken(couple.b)).containsExactly(taken.orElseThrow());
    }

    @Test
    void aSuccessorIsDeletedAndAskedForAgain_andItsPredecessorCarriesTheTrafficMeanwhile() {
        couple.dials();
        couple.forget();
        theNextSpiIsTakenOf(couple.b);
        var before = couple.sendsOver(couple.a, Couple.FLOW).orElseThrow();
        couple.renewsChild(couple.a);
        couple.carryAll();
        assertThat(couple.sendsOver(couple.a, Couple.FLOW)).contains(before);
        assertThat(couple.sendsOver(couple.b, Couple.FLOW)).isPresent();
        var deleted =
                couple.said.stream().flatMap(letter -> letter.delete().stream()).toList();
        assertThat(deleted).singleElement().extracting(Delete::protocolId).isEqualTo(Proposal.ESP);
        couple.passes(Duration.ofMinutes(1));
        var after = couple.sendsOver(couple.a, Couple.FLOW).orElseThrow();
        assertThat(after).isNotEqualTo(before).isNotEqualTo(taken.orElseThrow());
        assertThat(spis(couple, couple.a))
                .containsExactlyInAnyOrderElementsOf(spis(couple, couple.b))
                .hasSize(2);
        assertThat(couple.taken(couple.a)).containsExactly(taken.orElseThrow());
        assertThat(couple.a.said).isEmpty();
    }
}
