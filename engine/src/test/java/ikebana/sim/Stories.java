package ikebana.sim;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The exchanges that a reader of RFC 7296 wants to see, each told once. Their transcripts are in
/// `src/test/resources/transcripts`.
final class Stories {
    static final Map<String, Supplier<String>> ALL = Stream.of(
                    BeginningStories.ALL,
                    CredentialStories.ALL,
                    TunnelStories.ALL,
                    ChildStories.ALL,
                    RenewalStories.ALL,
                    TwoKeyExchangeStories.ALL)
            .flatMap(chapter -> chapter.entrySet().stream())
            .collect(Collectors.toMap(
                    Map.Entry::getKey,
                    Map.Entry::getValue,
                    (_, _) -> {
                        throw new IllegalStateException("two stories have one name");
                    },
                    TreeMap::new));

    private Stories() {}
}
