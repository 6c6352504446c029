package ikebana.http;

import ikebana.auth.Endpoint;
import ikebana.control.Order;
import ikebana.http.api.OrderDocument;
import ikebana.settings.ControlSettings;
import ikebana.wire.IpAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a client asks for: the order that its request stands for, or why it stands for none.
sealed interface Request {

    /// @param patience how long the client wants to wait for the answer
    record Understood(Order order, Duration patience) implements Request {}

    record Misunderstood(Problem problem) implements Request {}

    /// The request is an order in its body.
    record Needs(Function<OrderDocument, Request> body) implements Request {}

    /// A request that takes another method than the client's.
    record TakesOnly(String method) implements Request {}

    /// The request of this method and path, as far as they tell.
    static Request of(String method, String path, ControlSettings settings) {
        return switch (path) {
            case "/v1/up" -> only("POST", method, new Needs(body -> up(body, settings)));
            case "/v1/down" -> only("POST", method, new Needs(body -> down(body, settings)));
            case "/v1/tunnels" -> only("GET", method, new Understood(new Order.ListTunnels(), settings.upPatience()));
            default -> {
                var steps = List.of(path.split("/", -1));
                yield path.startsWith("/v1/tunnels/") && steps.size() == 6
                        ? only("GET", method, describe(steps.subList(3, 6), settings.upPatience()))
                        : misunderstood(Problem.Kind.NO_SUCH_RESOURCE, "there is nothing at " + path);
            }
        };
    }

    private static Request only(String expected, String method, Request request) {
        return method.equals(expected) ? request : new TakesOnly(expected);
    }

    private static Request up(OrderDocument body, ControlSettings settings) {
        return withEndpoint(
                body, settings, (endpoint, patience) -> new Understood(new Order.Up(endpoint, patience), patience));
    }

    private static Request down(OrderDocument body, ControlSettings settings) {
        return withEndpoint(body, settings, (endpoint, patience) -> new Understood(new Order.Down(endpoint), patience));
    }

    private static Request describe(List<String> steps, Duration patience) {
        try {
            var decoded = steps.stream()
                    .map(step -> URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
            return new Understood(
                    new Order.DescribeTunnel(endpoint(decoded.get(0), decoded.get(1), decoded.get(2))), patience);
        } catch (IllegalArgumentException mistake) {
            return misunderstood(Problem.Kind.INVALID_REQUEST, String.valueOf(mistake.getMessage()));
        }
    }

    private static Request withEndpoint(
            OrderDocument body, ControlSettings settings, BiFunction<Endpoint, Duration, Request> request) {
        try {
            var endpoint = endpoint(body.profile(), body.local(), body.remote());
            return request.apply(endpoint, patience(body.patienceSeconds(), settings));
        } catch (IllegalArgumentException mistake) {
            return misunderstood(Problem.Kind.INVALID_REQUEST, String.valueOf(mistake.getMessage()));
        }
    }

    private static Endpoint endpoint(@Nullable String profile, @Nullable String local, @Nullable String remote) {
        if (profile == null || profile.isEmpty()) throw new IllegalArgumentException("profile is missing");
        var ourAddress = address("local", local);
        var theirAddress = address("remote", remote);
        if (ourAddress.isV4() != theirAddress.isV4()) {
            throw new IllegalArgumentException(
                    "local %s and remote %s are of two families".formatted(ourAddress, theirAddress));
        }
        return new Endpoint(profile, ourAddress, theirAddress);
    }

    private static IpAddress address(String name, @Nullable String text) {
        if (text == null || text.isEmpty()) throw new IllegalArgumentException(name + " is missing");
        IpAddress address;
        try {
            address = IpAddress.of(text);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException("%s is no IP address: '%s'".formatted(name, text));
        }
        if (address.isUnspecified()) throw new IllegalArgumentException("%s must be one address".formatted(name));
        return address;
    }

    private static Duration patience(@Nullable Double seconds, ControlSettings settings) {
        if (seconds == null) return settings.upPatience();
        if (!(seconds > 0)) throw new IllegalArgumentException("patienceSeconds must be more than nothing");
        double longest = (double) settings.longestPatience().toMillis();
        if (seconds * 1000 > longest) {
            throw new IllegalArgumentException("patienceSeconds must not be more than %d (control.longest-patience)"
                    .formatted(settings.longestPatience().toSeconds()));
        }
        return Duration.ofMillis(Math.max(1, Math.round(seconds * 1000)));
    }

    private static Request misunderstood(Problem.Kind kind, String detail) {
        return new Misunderstood(new Problem(kind, detail));
    }
}
