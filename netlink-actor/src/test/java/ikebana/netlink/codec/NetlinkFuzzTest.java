package ikebana.netlink.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ikebana.netlink.Recorded;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        for (var recorded : Recorded.ALL)
            NetlinkFuzz.fuzzerTestOneInput(recorded.bytes().expose());
    }

    @Test
    void whatFuzzingFoundPasses() throws IOException {
        try (var files = Files.list(Path.of("src/test/fuzz/netlink"))) {
            for (var file : files.toList()) {
                var input = Files.readAllBytes(file);
                assertThatCode(() -> NetlinkFuzz.fuzzerTestOneInput(input))
                        .as(file.toString())
                        .doesNotThrowAnyException();
            }
        }
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
            NetlinkFuzz.fuzzerTestOneInput(
                    dice.nextInt(4) == 0 ? Arrays.copyOf(input, dice.nextInt(input.length)) : input);
        }
    }

    @Test
    void noiseIsBrokenAndNothingElse() {
        var dice = new Random(20260102);
        for (int i = 0; i < MUTANTS; i++) {
            var noise = new byte[dice.nextInt(200)];
            dice.nextBytes(noise);
            NetlinkFuzz.fuzzerTestOneInput(noise);
            assertThat(NetlinkMessage.decode(Secret.owning(noise.clone()))).isNotNull();
        }
    }
}
