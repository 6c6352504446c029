package ikebana.netlink.socket;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.route.Addresses;
import ikebana.netlink.route.RouteMessage;
import ikebana.netlink.socket.Exchange.Outcome;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// On this host's own kernel, with what everybody may ask: links and addresses.
class RequestSocketTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Test
    void thisHostHasItsLoopbackAddress() throws SystemCallFailed {
        try (var socket = RequestSocket.route(PATIENCE)) {
            var addresses = Addresses.NONE;
            for (var question : List.of(RouteMessage.dumpLinks(), RouteMessage.dumpAddresses())) {
                assertThat(socket.ask(question)).isInstanceOf(Outcome.Answer.class);
                if (socket.ask(question) instanceof Outcome.Answer(var messages)) {
                    for (var message : messages) {
                        var known = RouteMessage.decode(message);
                        if (known.isPresent())
                            addresses = addresses.after(known.get()).next();
                    }
                }
            }
            assertThat(addresses.held()).extracting(Addresses.Held::address).contains(IpAddress.of("127.0.0.1"));
        }
    }

    @Test
    void aQuestionThatTheKernelDoesNotKnowIsDeclined() throws SystemCallFailed {
        try (var socket = RequestSocket.route(PATIENCE)) {
            var nonsense = new NetlinkMessage(
                    RouteMessage.DELLINK + 1,
                    NetlinkMessage.REQUEST | NetlinkMessage.ACK,
                    0,
                    0,
                    Secret.owning(new byte[1]));
            assertThat(socket.ask(nonsense)).isInstanceOf(Outcome.Declined.class);
        }
    }

    @Test
    void aSocketThatIsClosedTwiceClosesNobodyElses() throws SystemCallFailed {
        var socket = RequestSocket.route(PATIENCE);
        socket.close();
        try (var other = RequestSocket.route(PATIENCE)) {
            socket.close();
            assertThat(other.ask(RouteMessage.dumpLinks())).isInstanceOf(Outcome.Answer.class);
        }
    }
}
