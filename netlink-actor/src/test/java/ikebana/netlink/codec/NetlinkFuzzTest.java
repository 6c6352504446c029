package ikebana.netlink.codec;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.netlink.Recorded;
import ikebana.wire.Secret;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Everything that a kernel ever said to us, whole, cut, and with bits turned over, through [NetlinkFuzz].
class NetlinkFuzzTest {
    private static final int MUTANTS = 20_000;

    @Test
    void theCorpusPasses() {
        for (var recorded : Recorded.ALL) NetlinkFuzz.feed(recorded.bytes().expose());
    }

    @Test
    void mutantsOfTheCorpusPass() {
        var dice = new Random(20260101);
        List<byte[]> corpus = new ArrayList<>();
        for (var recorded : Recorded.ALL) corpus.add(recorded.bytes().expose());
        for (int i = 0; i < MUTANTS; i++) {
            var input = corpus.get(dice.nextInt(corpus.size())).clone();
            for (int turned = dice.nextInt(8); turned >= 0; turned--) {
                input[dice.nextInt(input.length)] ^= (byte) (1 << dice.nextInt(8));
            }
            NetlinkFuzz.feed(dice.nextInt(4) == 0 ? Arrays.copyOf(input, dice.nextInt(input.length)) : input);
        }
    }

    @Test
    void noiseIsBrokenAndNothingElse() {
        var dice = new Random(20260102);
        for (int i = 0; i < MUTANTS; i++) {
            var noise = new byte[dice.nextInt(200)];
            dice.nextBytes(noise);
            NetlinkFuzz.feed(noise);
            assertThat(NetlinkMessage.decode(Secret.owning(noise.clone()))).isNotNull();
        }
    }
}
