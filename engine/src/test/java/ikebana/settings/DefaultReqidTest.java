package ikebana.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DefaultReqidTest {

    /// The numbers are what `printf %s NAME | cksum` of GNU coreutils 9.1 prints.
    @ParameterizedTest
    @CsvSource({"'',4294967295", "dmvpn,1126996723", "123456789,930766865"})
    void theHashIsThatOfCksum(String name, String crc) {
        assertThat(Integer.toUnsignedString(DefaultReqid.cksum(name.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(crc);
    }

    @Test
    void theNumberIsInItsRangeWhateverTheName() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(DefaultReqid.of("profile-" + i)).isBetween(0x10000000, 0x3fffffff);
        }
    }
}
