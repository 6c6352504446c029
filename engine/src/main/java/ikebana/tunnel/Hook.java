package ikebana.tunnel;

import ikebana.auth.CertificateFacts;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.control.Event;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One run of a program that hears about a tunnel: docs/hooks.md is its contract. It blocks, so it has a thread.
///
/// @param timeLimit from its own start; then it and all that it started are killed
record Hook(List<String> command, Duration timeLimit) {
    private static final Logger LOG = LoggerFactory.getLogger(Hook.class);

    /// A program that says more has a log of its own.
    private static final int MOST_LINES = 50;

    private static final int LONGEST_LINE = 500;

    private static final String PEM = "IKEBANA_REMOTE_CERT";
    private static final String NAMES = "IKEBANA_REMOTE_CERT_NAMES";
    private static final Set<String> OF_LINES = Set.of(PEM, NAMES);

    /// Linux has room for 128 KiB in one variable (`MAX_ARG_STRLEN`).
    private static final int LARGEST_PEM = 100 * 1024;

    /// A certificate has a name or two.
    private static final int MOST_NAMES = 100;

    /// How often we look for output; a pipe holds 64 KiB meanwhile.
    private static final Duration LOOK = Duration.ofMillis(10);

    /// After a kill, or for the last line.
    private static final Duration MOMENT = Duration.ofSeconds(1);

    /// Makes the program the leader of a session and group of its own, so that all of it can be killed.
    private static final Optional<Path> SETSID = List.of("/usr/bin/setsid", "/bin/setsid").stream()
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();

    private static final Pattern UNPRINTABLE = Pattern.compile("\\p{Cntrl}");

    Hook {
        command = List.copyOf(command);
    }

    /// Returns when the program has ended, was killed, or could not be started; the log says which.
    void run(Event event) {
        var words = new ArrayList<String>();
        SETSID.ifPresent(setsid -> words.add(setsid.toString()));
        words.addAll(command);
        var builder = new ProcessBuilder(words)
                .directory(Path.of("/").toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true);
        builder.environment().putAll(facts(event));
        var name = command.getFirst();
        try {
            var process = builder.start();
            // apart from the wait: whoever inherited the pipe may keep it open long after the program has ended
            var listener = Thread.ofVirtual().name("hook-output").start(() -> listen(process, event.endpoint()));
            if (!process.waitFor(timeLimit.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn(
                        "{}: {} has not ended after {} ms, and is killed",
                        event.endpoint(),
                        name,
                        timeLimit.toMillis());
                kill(process);
            } else if (process.exitValue() != 0) {
                LOG.warn("{}: {} ended with status {}", event.endpoint(), name, process.exitValue());
            }
            listener.join(MOMENT);
        } catch (IOException notStarted) {
            LOG.error("{}: {} cannot be started: {}", event.endpoint(), name, notStarted.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /// What a program is told, in its environment. A fact that there is none of is empty.
    static Map<String, String> facts(Event event) {
        var endpoint = event.endpoint();
        var facts = new TreeMap<String, String>();
        facts.put("IKEBANA_TIME", event.at().toString());
        facts.put("IKEBANA_PROFILE", endpoint.profile());
        facts.put("IKEBANA_LOCAL", endpoint.local().toString());
        facts.put("IKEBANA_REMOTE", endpoint.remote().toString());
        for (var fact : List.of("", "_SUBJECT", "_NAMES", "_SERIAL", "_NOT_AFTER")) facts.put(PEM + fact, "");
        switch (event) {
            case Event.Up(var _, var _, var localIdentity, var remoteIdentity, var remoteCertificate) -> {
                facts.put("IKEBANA_EVENT", "up");
                facts.put("IKEBANA_LOCAL_ID", localIdentity.toString());
                facts.put("IKEBANA_REMOTE_ID", remoteIdentity.toString());
                facts.put("IKEBANA_REASON", "");
                remoteCertificate.map(CertificateFacts::of).ifPresent(certificate -> describe(certificate, facts));
            }
            case Event.Gone(var _, var _, var remoteIdentity, var why) -> {
                facts.put("IKEBANA_EVENT", "gone");
                facts.put("IKEBANA_LOCAL_ID", "");
                facts.put(
                        "IKEBANA_REMOTE_ID",
                        remoteIdentity.map(Object::toString).orElse(""));
                facts.put("IKEBANA_REASON", why);
            }
            case Event.Failed _, Event.SiblingBehindNat _ ->
                throw new IllegalArgumentException("no program hears about " + event);
        }
        // a zero byte would stop the start, a line end mislead a script that does not expect one
        facts.replaceAll((name, fact) -> OF_LINES.contains(name) ? fact : printable(fact));
        return facts;
    }

    private static void describe(CertificateFacts certificate, Map<String, String> facts) {
        var pem = certificate.pem();
        if (pem.length() <= LARGEST_PEM) facts.put(PEM, pem);
        facts.put(
                "IKEBANA_REMOTE_CERT_SUBJECT",
                certificate.subject().map(Identity::toString).orElse(""));
        facts.put(
                NAMES,
                certificate.names().stream()
                        .limit(MOST_NAMES)
                        .map(name -> printable(name.toString()))
                        .collect(Collectors.joining("\n")));
        facts.put("IKEBANA_REMOTE_CERT_SERIAL", certificate.serial());
        facts.put("IKEBANA_REMOTE_CERT_NOT_AFTER", certificate.notAfter().toString());
    }

    private static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("?");
    }

    /// Says what the program says, a bounded part of it; the rest is read too, so that the pipe is never full.
    ///
    /// It reads only what is there: a read that waits would wait for everybody who inherited the pipe.
    private static void listen(Process process, Endpoint endpoint) {
        var line = new ByteArrayOutputStream();
        int lines = 0;
        try (var output = process.getInputStream()) {
            boolean ended;
            do {
                ended = !process.isAlive(); // looked at before the output: what was said last is heard
                int waiting;
                while ((waiting = output.available()) > 0) {
                    for (byte octet : output.readNBytes(waiting)) {
                        if (octet != '\n') {
                            if (line.size() < LONGEST_LINE) line.write(octet);
                        } else if (lines++ < MOST_LINES) {
                            say(endpoint, line);
                        }
                        if (octet == '\n') line.reset();
                    }
                }
                if (!ended) process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } while (!ended);
            if (line.size() > 0 && lines++ < MOST_LINES) say(endpoint, line);
            if (lines > MOST_LINES) LOG.info("{}: ... and {} lines more", endpoint, lines - MOST_LINES);
        } catch (IOException unreadable) {
            LOG.warn("{}: the output of a hook is lost: {}", endpoint, unreadable.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void say(Endpoint endpoint, ByteArrayOutputStream line) {
        LOG.info("{}: hook: {}", endpoint, printable(line.toString(StandardCharsets.UTF_8)));
    }

    /// Kills the program's group, and what it started outside of that.
    private static void kill(Process process) throws IOException, InterruptedException {
        var family = process.descendants().toList(); // before its head is gone, and the children are somebody else's
        if (SETSID.isPresent()) {
            // Java can kill a process, but not a group; the shell's own kill is everywhere
            new ProcessBuilder("/bin/sh", "-c", "kill -s KILL -- -" + process.pid())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(MOMENT.toMillis(), TimeUnit.MILLISECONDS);
        }
        process.toHandle().destroyForcibly(); // the process's own method closes its output, too
        family.forEach(ProcessHandle::destroyForcibly);
        process.waitFor(MOMENT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
