package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LeftoversTest {
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    private static final IpAddress FOREIGN = IpAddress.of("192.0.2.3");
    private static final Profile PROFILE = Examples.profile(OURS);
    private static final Endpoint ENDPOINT = new Endpoint(PROFILE.name(), OURS, THEIRS);
    private static final StateId OUT = new StateId(new Spi(0x5000), THEIRS);
    private static final StateId IN = new StateId(new Spi(0x5001), OURS);
    private static final List<Reply.Seen> PAIR = List.of(seen(OUT, OURS), seen(IN, THEIRS));

    private static Reply.Seen seen(StateId id, IpAddress source) {
        return new Reply.Mature(id, source, Examples.REQID, 0, 0);
    }

    @Test
    void aPairOfOursIsLeftToItsEndpoint() {
        assertThat(Leftovers.among(PAIR, List.of(PROFILE), Set.of(OURS), Set.of()))
                .isEqualTo(Map.of(ENDPOINT, List.of(OUT, IN)));
        assertThat(Leftovers.all(PAIR, List.of(PROFILE))).containsExactly(OUT, IN);
    }

    @Test
    void aListedAddressIsOursAlsoWhileTheHostHasLostIt() {
        assertThat(Leftovers.among(PAIR, List.of(PROFILE), Set.of(), Set.of())).containsOnlyKeys(ENDPOINT);
    }

    @Test
    void whatBelongsToSomebodyIsNotLeft() {
        assertThat(Leftovers.among(PAIR, List.of(PROFILE), Set.of(OURS), Set.of(IN)))
                .isEqualTo(Map.of(ENDPOINT, List.of(OUT)));
    }

    @Test
    void anotherReqidIsSomebodyElses() {
        var another = new Reply.Mature(OUT, OURS, Examples.REQID + 1, 0, 0);
        assertThat(Leftovers.all(List.of(another), List.of(PROFILE))).isEmpty();
    }

    @Test
    void ourReqidAtAddressesThatAreNotOursIsSomebodyElses() {
        var there = seen(new StateId(new Spi(0x5000), THEIRS), FOREIGN);
        var back = seen(new StateId(new Spi(0x5001), FOREIGN), THEIRS);
        assertThat(Leftovers.all(List.of(there, back), List.of(PROFILE))).isEmpty();
        // an address of this host that the profile does not list is another program's to use
        assertThat(Leftovers.among(List.of(there, back), List.of(PROFILE), Set.of(OURS, FOREIGN), Set.of()))
                .isEmpty();
    }
}
