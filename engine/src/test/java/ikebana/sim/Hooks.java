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
    /// Endpoints of which this life has heard, and those of which it has heard only failures.
    private final Set<Endpoint> heardOf = new HashSet<>();
    private final Set<Endpoint> unsure = new HashSet<>();
    private int life;
    /// Endpoints whose `gone` is being told, and whether they had been told to be up.
    private final Map<Endpoint, Boolean> going = new HashMap<>();

    Hooks(Agenda agenda, RandomGenerator dice, Duration slowest) {
        this.agenda = agenda;
        this.dice = dice;
        this.slowest = slowest;
    }

    /// @param heard what is done when the program has ended
    void run(Event event, Runnable heard) {
        var endpoint = event.endpoint();
        if (life > 0 && heardOf.add(endpoint)) unsure.add(endpoint);
        switch (event) {
            case Event.Up _ -> {
                Rules.check(!going.containsKey(endpoint), "`up` while the hooks of `gone` run");
                Rules.check(!isUp(endpoint), "`up` twice without `gone` between");
                up.put(endpoint, true);
            }
            case Event.Gone _ -> {
                // a daemon that died while the tunnel came up had not told so, and its next life cannot know
                Rules.check(isUp(endpoint) || unsure.contains(endpoint), "`gone` of what was not up");
                going.put(endpoint, isUp(endpoint));
                up.put(endpoint, false);
                int began = life;
                agenda.after(Duration.ofNanos(dice.nextLong(1, slowest.toNanos() + 1)), () -> {
                    if (began != life) return;
                    going.remove(endpoint);
                    heard.run();
                });
            }
            case Event.Failed _, Event.SiblingBehindNat _ -> {}
        }
        if (event instanceof Event.Up || event instanceof Event.Gone) unsure.remove(endpoint);
    }

    boolean isUp(Endpoint endpoint) {
        return up.getOrDefault(endpoint, false);
    }

    /// Whether the programs of `gone` run.
    boolean isGoing(Endpoint endpoint) {
        return going.containsKey(endpoint);
    }

    /// The daemon has died: what ran has not ended, and its next life begins it again.
    void died() {
        life++;
        up.putAll(going);
        going.clear();
        heardOf.clear();
        unsure.clear();
    }
}
