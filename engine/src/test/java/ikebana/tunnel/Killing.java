package ikebana.tunnel;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.typed.ActorRef;

/// Makes an actor fail as a bug of ours would: in the midst of a message.
public final class Killing {
    private Killing() {}

    /// Returns when the actor has failed.
    public static void kill(ActorTestKit kit, ActorRef<?> actor) {
        // no actor of ours can make anything of it, whatever the compiler thinks
        ActorRef<Object> anything = actor.unsafeUpcast();
        LoggingTestKit.empty().withCause(ClassCastException.class).expect(kit.system(), () -> {
            anything.tell("no command of yours");
            return true;
        });
    }
}
