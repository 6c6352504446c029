package ikebana.http;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import ikebana.control.Answer;
import ikebana.http.api.OrderDocument;
import ikebana.port.ControlPort;
import ikebana.settings.ControlSettings;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/// One request and its reply: reads, asks the engine, writes. A client that leaves does not take its order back.
final class Conversation {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    /// The engine itself answers when the patience is over; this is for an engine that does not.
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final ControlSettings settings;
    private final ActorRef<ControlPort.Give> engine;
    private final Scheduler scheduler;
    private final Semaphore places;
    private final Sinks.One<Reply> stop = Sinks.one();

    Conversation(ControlSettings settings, ActorRef<ControlPort.Give> engine, Scheduler scheduler) {
        this.settings = settings;
        this.engine = engine;
        this.scheduler = scheduler;
        this.places = new Semaphore(settings.queuedOrders());
    }

    /// From now on nobody waits: who does hears why.
    void stop() {
        stop.emitValue(
                Reply.of(new Problem(Problem.Kind.BUSY, "the daemon is stopping")), Sinks.EmitFailureHandler.FAIL_FAST);
    }

    Publisher<Void> with(HttpServerRequest request, HttpServerResponse response) {
        var path = request.uri().split("\\?", 2)[0];
        return reply(request, Request.of(request.method().name(), path, settings))
                .onErrorResume(failure -> Mono.just(Reply.of(problem(failure))))
                .publishOn(threadOf(request)) // answers come from other threads, and a stop must not overtake them
                .flatMap(reply -> send(request, response, reply));
    }

    private static reactor.core.scheduler.Scheduler threadOf(HttpServerRequest request) {
        var thread = new AtomicReference<Executor>();
        request.withConnection(connection -> thread.set(connection.channel().eventLoop()));
        return Schedulers.fromExecutor(Objects.requireNonNull(thread.get()));
    }

    private Mono<Reply> reply(HttpServerRequest http, Request request) {
        return switch (request) {
            case Request.Understood understood -> ask(understood);
            case Request.Misunderstood(var problem) -> Mono.just(Reply.of(problem));
            case Request.TakesOnly(var method) ->
                Mono.just(Reply.of(
                        new Problem(Problem.Kind.METHOD_NOT_ALLOWED, "%s takes %s".formatted(http.uri(), method))));
            case Request.Needs needs ->
                isJson(http)
                        ? body(http).flatMap(body -> reply(http, needs.body().apply(body)))
                        : notJson();
        };
    }

    private static boolean isJson(HttpServerRequest http) {
        var type = Optional.ofNullable(http.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE))
                .orElse("");
        return type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json");
    }

    private static Mono<Reply> notJson() {
        return Mono.just(Reply.of(
                new Problem(Problem.Kind.NOT_JSON, "send a JSON object, and say so: Content-Type: application/json")));
    }

    private Mono<OrderDocument> body(HttpServerRequest http) {
        return http.receive()
                .asByteArray()
                .reduceWith(ByteArrayOutputStream::new, this::gather)
                .timeout(settings.requestTimeLimit(), Mono.error(this::tooSlow))
                .map(gathered -> {
                    try {
                        return Json.read(gathered.toByteArray(), OrderDocument.class);
                    } catch (IllegalArgumentException mistake) {
                        throw new Unreadable(
                                new Problem(Problem.Kind.INVALID_REQUEST, String.valueOf(mistake.getMessage())));
                    }
                });
    }

    private ByteArrayOutputStream gather(ByteArrayOutputStream gathered, byte[] part) {
        if (gathered.size() + part.length > settings.largestRequest()) {
            throw new Unreadable(new Problem(
                    Problem.Kind.REQUEST_TOO_LARGE,
                    "a request has at most %d bytes (control.largest-request)".formatted(settings.largestRequest())));
        }
        gathered.writeBytes(part);
        return gathered;
    }

    private Unreadable tooSlow() {
        return new Unreadable(new Problem(
                Problem.Kind.REQUEST_TOO_SLOW,
                "a request arrives within %d ms (control.request-time-limit)"
                        .formatted(settings.requestTimeLimit().toMillis())));
    }

    private Mono<Reply> ask(Request.Understood understood) {
        if (!places.tryAcquire()) {
            return Mono.just(Reply.of(new Problem(
                    Problem.Kind.BUSY,
                    "%d orders wait already (control.queued-orders)".formatted(settings.queuedOrders()))));
        }
        var order = understood.order();
        var answer = Mono.fromCompletionStage(() -> AskPattern.ask(
                        engine,
                        (ActorRef<Answer> replyTo) -> new ControlPort.Give(order, replyTo),
                        understood.patience().plus(GRACE),
                        scheduler))
                .map(it -> Reply.of(order, it))
                .doFinally(_ -> places.release());
        return Mono.firstWithSignal(stop.asMono(), answer);
    }

    private Problem problem(Throwable failure) {
        return switch (failure) {
            case Unreadable unreadable -> unreadable.problem;
            case TimeoutException _ ->
                new Problem(Problem.Kind.OUT_OF_PATIENCE, "the engine has not answered; it may be stopping");
            default -> {
                LOG.error("a control request failed", failure);
                yield new Problem(Problem.Kind.DEFECT, "the log says more");
            }
        };
    }

    /// For people: who asks for plain text first of all gets tables and sentences.
    private static boolean wantsText(HttpServerRequest http) {
        var accepted = http.requestHeaders().get(HttpHeaderNames.ACCEPT, "");
        return accepted.strip().toLowerCase(Locale.ROOT).startsWith("text/plain");
    }

    private static Mono<Void> send(HttpServerRequest http, HttpServerResponse response, Reply reply) {
        response.status(reply.status());
        boolean asText = wantsText(http);
        var json = reply.isProblem() ? "application/problem+json" : "application/json";
        response.header(HttpHeaderNames.CONTENT_TYPE, asText ? "text/plain; charset=utf-8" : json);
        if (reply.status() == Problem.Kind.METHOD_NOT_ALLOWED.status()) {
            response.header(HttpHeaderNames.ALLOW, http.uri().startsWith("/v1/tunnels") ? "GET" : "POST");
        }
        // what is left of a body that was not read would be taken for the next request
        if (reply.isProblem()) response.keepAlive(false);
        var body = asText ? Text.of(reply.document()).getBytes(StandardCharsets.UTF_8) : Json.write(reply.document());
        response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
        return response.sendByteArray(Mono.just(body)).then();
    }

    /// A body that cannot be read, on its way through Reactor, which knows no other way.
    private static final class Unreadable extends RuntimeException {
        private final Problem problem;

        Unreadable(Problem problem) {
            super(problem.detail(), null, false, false);
            this.problem = problem;
        }
    }
}
