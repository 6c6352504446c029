package ikebana.netlink.socket;

import ikebana.netlink.codec.NetlinkMessage;
import java.util.ArrayList;
import java.util.List;

/// Asks a kernel and keeps all that it answers, acknowledgements and ends of dumps too: for recordings.
public final class RawXfrm implements AutoCloseable {
    private final NetlinkSocket socket;
    private int sequence = 0x1ce0;

    public RawXfrm() throws SystemCallFailed {
        socket = NetlinkSocket.open(NetlinkSocket.XFRM, 0);
    }

    /// With the options that [RequestSocket] sets; without them, an error repeats the whole request.
    public void setOptions() throws SystemCallFailed {
        socket.set(NetlinkSocket.Option.CAP_ACK);
        socket.set(NetlinkSocket.Option.EXT_ACK);
    }

    public List<NetlinkMessage> ask(NetlinkMessage request) throws SystemCallFailed {
        socket.send(request.withSequence(++sequence).encode());
        var all = new ArrayList<NetlinkMessage>();
        while (all.isEmpty() || !isLast(all.getLast())) {
            if (!socket.await(5000)) throw new IllegalStateException("no answer");
            if (socket.receive() instanceof NetlinkSocket.Received.Datagram(var bytes)) {
                all.addAll(NetlinkMessage.decode(bytes).messages());
            }
        }
        return all;
    }

    private static boolean isLast(NetlinkMessage message) {
        return message.type() == NetlinkMessage.ERROR || message.type() == NetlinkMessage.DONE;
    }

    @Override
    public void close() {
        socket.close();
    }
}
