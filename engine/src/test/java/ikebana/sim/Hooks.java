package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.control.Event;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The hook programs of one host, and what a routing daemon there has heard.
final class Hooks {
    private final Agenda agenda;
    private final RandomGenerator dice;
    private final Duration slowest;
    private final Map<Endpoint, Boolean> up = new HashMap<>();
    private final Set<Endpoint> going = new HashSet<>();

    Hooks(Agenda agenda, RandomGenerator dice, Duration slowest) {
        this.agenda = agenda;
        this.dice = dice;
        this.slowest = slowest;
    }

    /// @param heard what is done when the program has ended
    void run(Event event, Runnable heard) {
        var endpoint = event.endpoint();
        switch (event) {
            case Event.Up _ -> {
                Rules.check(!going.contains(endpoint), "`up` while the hooks of `gone` run");
                Rules.check(!isUp(endpoint), "`up` twice without `gone` between");
                up.put(endpoint, true);
            }
            case Event.Gone _ -> {
                Rules.check(isUp(endpoint), "`gone` of what was not up");
                up.put(endpoint, false);
                going.add(endpoint);
                agenda.after(Duration.ofNanos(dice.nextLong(1, slowest.toNanos() + 1)), () -> {
                    going.remove(endpoint);
                    heard.run();
                });
            }
            case Event.Failed _ -> {}
        }
    }

    boolean isUp(Endpoint endpoint) {
        return up.getOrDefault(endpoint, false);
    }

    /// Whether the programs of `gone` run.
    boolean isGoing(Endpoint endpoint) {
        return going.contains(endpoint);
    }

    void forget() {
        up.clear();
    }
}
