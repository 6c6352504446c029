package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.UdpAddress;
import java.nio.ByteBuffer;

/// What NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP carry. The RFC names SHA-1; nothing here rests on its
/// strength.
public final class NatDetection {
    private NatDetection() {}

    /// RFC 7296 2.23: a hash of the SPIs in the order of the header, the address and the port.
    public static Bytes hash(IkeSpi initiator, IkeSpi responder, UdpAddress address) {
        var port = ByteBuffer.allocate(2).putShort(0, (short) address.port()).array();
        return Bytes.of(Providers.sha1(Bytes.concat(
                initiator.toBytes(), responder.toBytes(), address.ip().raw(), Bytes.of(port))));
    }
}
