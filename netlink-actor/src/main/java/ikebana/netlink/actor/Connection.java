package ikebana.netlink.actor;

import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.route.RouteMessage;
import java.util.List;
import java.util.function.Consumer;

/// A line to a kernel. Nothing in it blocks: what takes time happens on its own threads, which also call back.
interface Connection extends AutoCloseable {
    /// Every request is answered exactly once, also one that a lost or closed line abandons.
    void ask(Request request, Consumer<Reply> answer);

    /// Reads all that is there; [Listener#read] or [Listener#lost] follows.
    void readAll();

    /// What the kernel has said since the last call, and whether some of it is lost. Not after a loss: then only
    /// [#readAll] helps.
    Heard heard();

    @Override
    void close();

    record Heard(List<Event> events, boolean lost) {}

    /// What the kernel says by itself.
    sealed interface Event {
        record AboutXfrm(NetlinkMessage message) implements Event {}

        record AboutRoutes(RouteMessage message) implements Event {}
    }

    /// Who is called back, from any thread.
    interface Listener {
        /// Open; the kernel now keeps events for us.
        void opened(int eventRoom);

        /// There is something to [#heard].
        void rang();

        void read(List<Reply.Seen> states, List<RouteMessage> linksAndAddresses);

        /// It is of no more use.
        void lost(String why);
    }

    /// Opens a line, in the background.
    interface Opener {
        Connection open(Listener listener);
    }
}
