package ikebana.netlink.codec;

import ikebana.netlink.route.Addresses;
import ikebana.netlink.route.RouteMessage;
import ikebana.netlink.xfrm.FromKernel;
import ikebana.netlink.xfrm.XfrmMessage;
import ikebana.wire.Secret;

/// What a kernel says over netlink. Its seeds are those of `linux-6.1.hex`.
public final class NetlinkFuzz {
    private NetlinkFuzz() {}

    /// Fails only by throwing: when a decoder does, or when what it read is written as something that reads otherwise.
    public static void fuzzerTestOneInput(byte[] datagram) {
        for (var message : NetlinkMessage.decode(Secret.copyOf(datagram)).messages()) {
            must(NetlinkMessage.decode(message.encode()).messages().getFirst().equals(message), "a message");
            if (XfrmMessage.decode(message) instanceof XfrmMessage.Decoded.Whole(var whole)) {
                // not the same bytes: padding and the ends of names may hold anything
                var again = new NetlinkMessage(
                        message.type(),
                        message.flags(),
                        0,
                        0,
                        whole.asRequest(0).payload());
                must(
                        XfrmMessage.decode(again).equals(new XfrmMessage.Decoded.Whole(whole)),
                        "an XFRM message of type " + message.type());
            }
            prints(FromKernel.notice(message));
            prints(FromKernel.state(message));
            prints(FromKernel.policy(message));
            prints(FromKernel.stateId(message));
            prints(FromKernel.describePolicy(message));
            prints(Acknowledgement.decode(message));
            RouteMessage.decode(message).ifPresent(Addresses.NONE::after);
        }
    }

    private static void prints(Object read) {
        must(!read.toString().isEmpty(), "something");
    }

    private static void must(boolean same, String what) {
        if (!same) throw new IllegalStateException(what + " is written as something that reads otherwise");
    }
}
