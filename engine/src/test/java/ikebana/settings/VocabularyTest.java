package ikebana.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VocabularyTest {

    @ParameterizedTest
    @CsvSource({"tries,tries,0", "tires,tries,1", "tris,tries,1", "triess,tries,1", "tryes,tries,1", "'',ab,2"})
    void theDistanceCountsSlipsOfTheFinger(String wrong, String right, int distance) {
        assertThat(Vocabulary.distance(wrong, right)).isEqualTo(distance);
        assertThat(Vocabulary.distance(right, wrong)).isEqualTo(distance);
    }

    @Test
    void aWordLikeNoneHasNoNearest() {
        assertThat(Vocabulary.nearest("xyzzy", List.of("tries", "jitter"))).isEmpty();
    }
}
