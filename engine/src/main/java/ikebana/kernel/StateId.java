package ikebana.kernel;

import ikebana.wire.IpAddress;
import ikebana.wire.Spi;

/// What names an ESP state in the kernel: its SPI and where its packets go (RFC 4301 4.1).
public record StateId(Spi spi, IpAddress destination) {
    @Override
    public String toString() {
        return spi + "@" + destination;
    }
}
