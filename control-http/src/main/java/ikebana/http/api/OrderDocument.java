package ikebana.http.api;

import org.jspecify.annotations.Nullable;

/// What `POST /v1/up` and `POST /v1/down` take.
///
/// @param patienceSeconds how long to wait for the tunnel; may be left out
public record OrderDocument(
        @Nullable String profile,
        @Nullable String local,
        @Nullable String remote,
        @Nullable Double patienceSeconds) {}
