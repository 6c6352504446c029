package ikebana.tunnel;

import ikebana.crypto.Revocation;
import ikebana.settings.InquirySettings;
import ikebana.wire.Bytes;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One HTTP request to a stranger, with limits on time, size, redirects and addresses. It blocks, so it has a thread.
final class HttpFetch {
    private static final int OK = 200;
    private static final String HOST = "host";

    private static final String RESTRICTED = "jdk.httpclient.allowRestrictedHeaders";

    static {
        // the JDK lets nobody set that header otherwise, and FetchTarget puts an address where the name was
        var allowed = System.getProperty(RESTRICTED);
        System.setProperty(RESTRICTED, allowed == null ? HOST : allowed + "," + HOST);
    }

    private final InquirySettings limits;
    private Optional<HttpClient> client = Optional.empty();

    HttpFetch(InquirySettings limits) {
        this.limits = limits;
    }

    /// @param largest in bytes
    /// @throws IOException with a sentence: there is no whole answer in time
    Bytes get(URI address, int largest) throws IOException, InterruptedException {
        long end = System.nanoTime() + limits.timeLimit().toNanos();
        var next = address;
        for (int redirects = 0; redirects <= limits.redirects(); redirects++) {
            var response = send(next, builder -> builder.GET(), largest, end);
            var further = redirect(next, response);
            if (further.isEmpty()) return body(response);
            next = further.get();
        }
        throw new IOException("it redirects more than %d times".formatted(limits.redirects()));
    }

    /// @throws IOException with a sentence: there is no whole answer in time
    Bytes post(URI address, String type, Bytes content, int largest) throws IOException, InterruptedException {
        long end = System.nanoTime() + limits.timeLimit().toNanos();
        return body(send(
                address,
                builder -> builder.header("content-type", type).POST(BodyPublishers.ofByteArray(content.toArray())),
                largest,
                end));
    }

    private interface Method {
        HttpRequest.Builder of(HttpRequest.Builder builder);
    }

    private HttpResponse<byte[]> send(URI address, Method method, int largest, long end)
            throws IOException, InterruptedException {
        var target = FetchTarget.of(address, limits.allowLocal());
        var request = method.of(HttpRequest.newBuilder(target.direct()).header(HOST, target.host()))
                .build();
        var answer = client().sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), largest));
        try {
            return answer.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw new IOException("there is no whole answer within " + shown(limits.timeLimit()));
        } catch (ExecutionException failed) {
            throw new IOException(sentence(failed));
        } finally {
            answer.cancel(true); // which closes the connection, if it is not over
        }
    }

    private static String sentence(ExecutionException failed) {
        var cause = Objects.requireNonNullElse(failed.getCause(), failed);
        if (cause instanceof ConnectException) return "it cannot be reached";
        var message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static String shown(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private static Bytes body(HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() != OK) throw new IOException("it answers with status " + response.statusCode());
        return Bytes.of(response.body());
    }

    private static Optional<URI> redirect(URI from, HttpResponse<byte[]> response) throws IOException {
        boolean redirects = switch (response.statusCode()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
        if (!redirects) return Optional.empty();
        var location = response.headers().firstValue("location").orElse("");
        try {
            var further = Revocation.address(from.resolve(location).toString());
            if (further.isPresent()) return further;
        } catch (IllegalArgumentException noAddress) {
            // the same sentence
        }
        throw new IOException("it redirects to something else than HTTP");
    }

    /// Made when it is first needed: it has a thread of its own.
    private synchronized HttpClient client() {
        if (client.isEmpty()) {
            client = Optional.of(HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .connectTimeout(limits.timeLimit())
                    .build());
        }
        return client.get();
    }
}
