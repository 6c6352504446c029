package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import org.junit.jupiter.api.Test;

class NatDetectionTest {
    private static final IkeSpi INITIATOR = new IkeSpi(0x2a07cffe4cca6b80L);
    private static final UdpAddress STRONG_SWAN = new UdpAddress(IpAddress.of("10.77.0.1"), 500);

    /// From the recording `aes256gcm16-sha256-x25519`.
    @Test
    void theHashesAreTheOnesThatStrongSwanSent() {
        var responder = new IkeSpi(0x593d57ed8731c5f5L);
        var probe = new UdpAddress(IpAddress.of("10.77.0.2"), 55878);
        assertThat(NatDetection.hash(INITIATOR, responder, STRONG_SWAN))
                .isEqualTo(Bytes.ofHex("d7295cea24c2467371dc39c230cde5545cb2007f"));
        assertThat(NatDetection.hash(INITIATOR, responder, probe))
                .isEqualTo(Bytes.ofHex("9e24f52ef1c03073ed09c4cf3c2e450aaf264a7a"));
    }

    @Test
    void inTheFirstRequestTheRespondersSpiIsZero() {
        assertThat(NatDetection.hash(INITIATOR, IkeSpi.NONE, STRONG_SWAN))
                .isEqualTo(Bytes.ofHex("634201fde2eafb1fdb7efae138626e8289d9dd3f"));
    }

    @Test
    void anIpv6AddressEntersWithItsSixteenBytes() {
        var address = new UdpAddress(IpAddress.of("2001:db8::1"), 4500);
        var data = Bytes.concat(
                INITIATOR.toBytes(),
                IkeSpi.NONE.toBytes(),
                Bytes.ofHex("20010db8000000000000000000000001"),
                Bytes.ofHex("1194"));
        assertThat(NatDetection.hash(INITIATOR, IkeSpi.NONE, address)).isEqualTo(Bytes.of(Providers.sha1(data)));
    }
}
