package ikebana.sim;

import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.ike.Datagram;
import ikebana.ike.Wiretap;
import ikebana.kernel.Request;
import java.util.Optional;

/// Writes down what hosts do, for people.
interface Scribe {
    Scribe NOBODY = new Scribe() {};

    /// @param keys of the IKE SA that says it, if there are any
    default void says(Host host, Datagram datagram, Optional<Wiretap> keys) {}

    default void asks(Host host, Request request) {}

    default void tells(Host host, Event event) {}

    default void answers(Host host, Answer answer) {}

    /// For the host's log.
    default void notes(Host host, String line) {}

    default void receives(Host host, String packet) {}
}
