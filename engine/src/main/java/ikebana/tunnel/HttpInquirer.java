package ikebana.tunnel;

import ikebana.auth.Inquiry;
import ikebana.crypto.Certificates;
import ikebana.crypto.Entropy;
import ikebana.crypto.OcspQuestion;
import ikebana.crypto.Revocation;
import ikebana.crypto.Revocation.Status;
import ikebana.settings.InquirySettings;
import ikebana.wire.Bytes;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks others about certificates by HTTP, and remembers what they said.
///
/// An inquiry has a virtual thread, which waits; what is to be fetched has one of a few others, and is fetched once
/// however many wait for it. Only what is signed by the right authority is kept, so that whoever sits between cannot
/// spoil what is kept.
public final class HttpInquirer implements Inquirer {
    private static final Logger LOG = LoggerFactory.getLogger(HttpInquirer.class);
    private static final String OCSP_REQUEST = "application/ocsp-request";

    /// An answer, in the form in which it is judged.
    sealed interface Answer {
        Status status(Inquiry inquiry, Instant at);

        int size();

        /// Parsed once: one may have a hundred thousand entries.
        record RevocationList(X509CRL list, int size) implements Answer {
            @Override
            public Status status(Inquiry inquiry, Instant at) {
                return Revocation.byLists(inquiry.certificate(), inquiry.issuer(), List.of(list), at);
            }
        }

        record Ocsp(OcspQuestion question, Bytes response) implements Answer {
            @Override
            public Status status(Inquiry inquiry, Instant at) {
                return question.status(response, at);
            }

            @Override
            public int size() {
                return response.length();
            }
        }
    }

    /// What is fetched once, however many ask: a list serves all certificates of its issuer.
    sealed interface Source {
        URI address();

        record RevocationList(URI address, X509Certificate issuer) implements Source {}

        record Ocsp(URI address, X509Certificate certificate, X509Certificate issuer) implements Source {}

        static Source of(URI address, Inquiry inquiry) {
            return switch (inquiry) {
                case Inquiry.RevocationList(var _, var issuer, var _) -> new RevocationList(address, issuer);
                case Inquiry.Ocsp(var certificate, var issuer, var _) -> new Ocsp(address, certificate, issuer);
            };
        }
    }

    private final InquirySettings settings;
    private final InstantSource timeOfDay;
    private final Entropy entropy;
    private final HttpFetch http;
    private final AnswerMemory memory;
    private final ThreadPoolExecutor fetching;
    private final Executor waiting = task -> Thread.ofVirtual().name("inquiry").start(task);
    private final Map<Source, CompletableFuture<Answer>> underWay = new ConcurrentHashMap<>();
    private final AtomicInteger refused = new AtomicInteger();

    public HttpInquirer(InquirySettings settings, InstantSource timeOfDay, Entropy entropy) {
        this.settings = settings;
        this.timeOfDay = timeOfDay;
        this.entropy = entropy;
        this.http = new HttpFetch(settings);
        this.memory = new AnswerMemory(settings);
        this.fetching = new ThreadPoolExecutor(
                settings.concurrency(),
                settings.concurrency(),
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(settings.waiting()),
                Thread.ofPlatform().daemon().name("fetch-", 0).factory());
        fetching.allowCoreThreadTimeOut(true); // a spoke that asks once a day has no threads for it
    }

    /// In bytes.
    long kept() {
        return memory.size();
    }

    /// How many fetches found no place.
    int refused() {
        return refused.get();
    }

    @Override
    public CompletionStage<Map<Inquiry, Status>> ask(List<Inquiry> inquiries) {
        var asked = inquiries.stream().distinct().toList();
        var answers = asked.stream().map(this::asked).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(_ -> {
                    var said = new HashMap<Inquiry, Status>();
                    for (int index = 0; index < asked.size(); index++) {
                        said.put(asked.get(index), answers.get(index).join());
                    }
                    return said;
                });
    }

    private CompletableFuture<Status> asked(Inquiry inquiry) {
        return CompletableFuture.supplyAsync(() -> look(inquiry), waiting)
                .completeOnTimeout(
                        new Status.Unknown("nobody has answered in time"),
                        settings.timeLimit().toMillis(),
                        TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    LOG.error("a certificate was not asked about, by a bug of Ikebana's", failure);
                    return new Status.Unknown("a bug of Ikebana's");
                });
    }

    /// The first address that says something counts.
    private Status look(Inquiry inquiry) {
        Status last = new Status.Unknown("there is no address to ask");
        for (var address : inquiry.addresses()) {
            last = look(inquiry, address);
            if (last.isConclusive()) return last;
        }
        return last;
    }

    private Status look(Inquiry inquiry, URI address) {
        var source = Source.of(address, inquiry);
        var now = timeOfDay.instant();
        var kept = memory.kept(source);
        if (kept.isPresent() && !memory.isOld(source, now)) {
            var status = kept.get().status(inquiry, now);
            if (status.isConclusive()) return status;
        }
        var failed = memory.failure(source.address(), now).or(() -> memory.failure(source, now));
        var status = failed.isPresent() ? new Status.Unknown(failed.get()) : fetched(inquiry, source);
        // better an older answer that has not ended than none
        return status.isConclusive() || kept.isEmpty()
                ? status
                : orElse(kept.get().status(inquiry, now), status);
    }

    private static Status orElse(Status older, Status newer) {
        return older.isConclusive() ? older : newer;
    }

    private Status fetched(Inquiry inquiry, Source source) {
        try {
            var answer = underWay.computeIfAbsent(source, _ -> begin(inquiry, source));
            // not in there: it may be over, and the map does not like to be changed by whom it waits for
            var _ = answer.whenComplete((_, _) -> underWay.remove(source, answer));
            return answer.join().status(inquiry, timeOfDay.instant());
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof IOException why)
                return new Status.Unknown(String.valueOf(why.getMessage()));
            throw failed;
        }
    }

    private CompletableFuture<Answer> begin(Inquiry inquiry, Source source) {
        var answer = new CompletableFuture<Answer>();
        try {
            fetching.execute(() -> {
                try {
                    answer.complete(fetch(inquiry, source));
                } catch (IOException why) {
                    answer.completeExceptionally(why);
                } catch (InterruptedException stopped) {
                    answer.completeExceptionally(new IOException("the daemon stops"));
                } catch (RuntimeException | Error bug) {
                    answer.completeExceptionally(bug);
                }
            });
        } catch (RejectedExecutionException full) {
            refused.incrementAndGet();
            answer.completeExceptionally(
                    new IOException("too much is being asked at once (certificates.inquiries.waiting)"));
        }
        return answer;
    }

    private Answer fetch(Inquiry inquiry, Source source) throws IOException, InterruptedException {
        Bytes content;
        var question = OcspQuestion.about(inquiry.certificate(), inquiry.issuer(), entropy);
        try {
            content = switch (source) {
                case Source.RevocationList _ -> http.get(source.address(), settings.largestList());
                case Source.Ocsp _ ->
                    http.post(source.address(), OCSP_REQUEST, question.encoded(), settings.largestStatus());
            };
        } catch (IOException why) {
            throw failed(source.address(), source, String.valueOf(why.getMessage())); // whatever else it is asked for
        }
        var answer = switch (source) {
            case Source.RevocationList _ -> list(source, content);
            case Source.Ocsp _ -> new Answer.Ocsp(question, content);
        };
        if (answer.status(inquiry, timeOfDay.instant()) instanceof Status.Unknown(var why)) {
            throw failed(source, source, "its answer does not count: " + why);
        }
        memory.keep(source, answer, timeOfDay.instant());
        return answer;
    }

    private Answer list(Source source, Bytes content) throws IOException {
        try {
            return new Answer.RevocationList(Certificates.revocationList(content), content.length());
        } catch (IllegalArgumentException malformed) {
            throw failed(source, source, "what it answers " + malformed.getMessage());
        }
    }

    /// @param what is not asked again for a while
    private IOException failed(Object what, Source source, String why) {
        var sentence = "%s: %s".formatted(source.address(), why);
        memory.failed(what, sentence, timeOfDay.instant());
        LOG.warn("{}", sentence);
        return new IOException(sentence);
    }
}
