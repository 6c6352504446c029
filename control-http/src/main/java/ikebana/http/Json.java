package ikebana.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Strict JSON: a field that we do not know is a mistake of the client, and so is one that is there twice.
final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private Json() {}

    /// @throws IllegalArgumentException with a sentence
    static <T> T read(byte[] body, Class<T> type) {
        try {
            return Objects.requireNonNullElseGet(MAPPER.readValue(body, type), () -> {
                throw new IllegalArgumentException("the body is null");
            });
        } catch (UnrecognizedPropertyException unknown) {
            throw new IllegalArgumentException("unknown field '%s'; known here: %s"
                    .formatted(
                            unknown.getPropertyName(),
                            unknown.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .sorted()
                                    .collect(Collectors.joining(", "))));
        } catch (MismatchedInputException mismatch) {
            throw new IllegalArgumentException(path(mismatch) + " has a value of another type");
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException("the body is not JSON%s".formatted(place(malformed.getLocation())));
        } catch (IOException notUnicode) {
            throw new IllegalArgumentException("the body is not UTF-8");
        }
    }

    static byte[] write(Object document) {
        try {
            return MAPPER.writeValueAsBytes(document);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible); // the documents are plain records
        }
    }

    private static String path(JsonMappingException mismatch) {
        var path = mismatch.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
        return path.isEmpty() ? "the body" : path;
    }

    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : ": line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
    }
}
