package ikebana.http.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// An order is done.
///
/// @param tunnel as it is now, where there is one
/// @param note a sentence, where there is none
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OutcomeDocument(
        @Nullable TunnelDocument tunnel, @Nullable String note) implements Document {}
