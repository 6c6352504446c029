package ikebana.lab;

import ikebana.negotiation.IkeProposal;
import ikebana.negotiation.Selection;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Nonce;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/// A flood of strangers: IKE_SA_INIT requests to a hub, each from another address of 100.64.0.0/10, another port
/// and with another SPI, at a steady rate. Nobody hears the answers.
///
/// It says `ready`, waits for a line on its standard input, and says in the end how many it has sent, and how fast.
public final class Flood {
    private static final int BATCH = 200;
    private static final Duration PAUSE = Duration.ofMillis(10);

    private static final int IP_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int IKE_PORT = 500;
    private static final byte UDP = 17;
    private static final int X25519 = 31;

    private static final int SOURCES = 100 << 24 | 64 << 16;
    private static final int MANY_SOURCES = 1 << 22;
    private static final int FIRST_PORT = 1024;

    private Flood() {}

    /// @param arguments the hub's address, how many, how many a second
    public static void main(String[] arguments) throws Throwable {
        var hub = IpAddress.of(arguments[0]);
        long count = Long.parseLong(arguments[1]);
        long rate = Long.parseLong(arguments[2]);
        try (var arena = Arena.ofConfined()) {
            var socket = new RawSocket(arena, hub, packet(hub), BATCH);
            System.out.println("ready");
            if (System.in.read() < 0) return;
            var took = send(socket, count, rate);
            System.out.printf(
                    "sent %d in %.1f s, %d a second%n",
                    count, took.toMillis() / 1000.0, count * 1000 / took.toMillis());
        }
    }

    private static Duration send(RawSocket socket, long count, long rate) throws Throwable {
        var random = new SplittableRandom();
        long began = System.nanoTime();
        long sent = 0;
        while (sent < count) {
            long due = Math.min(count, (System.nanoTime() - began) * rate / 1_000_000_000);
            int batch = (int) Math.min(BATCH, due - sent);
            for (int i = 0; i < batch; i++) another(socket.packet(i), random);
            if (batch > 0) sent += Math.max(0, socket.send(batch)); // what the network does not take comes again
            if (batch < BATCH) LockSupport.parkNanos(PAUSE.toNanos());
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private static void another(ByteBuffer packet, SplittableRandom random) {
        packet.putInt(12, SOURCES + random.nextInt(MANY_SOURCES));
        packet.putShort(IP_HEADER, (short) random.nextInt(FIRST_PORT, 1 << 16));
        packet.putLong(IP_HEADER + UDP_HEADER, random.nextLong());
        packet.putLong(packet.capacity() - Long.BYTES, random.nextLong()); // of the nonce
    }

    /// The packet as RFC 791 and RFC 768 draw it. UDP needs no checksum over IPv4.
    private static byte[] packet(IpAddress hub) {
        var request = request().toArray();
        int udp = UDP_HEADER + request.length;
        return ByteBuffer.allocate(IP_HEADER + udp)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (IP_HEADER + udp))
                .putInt(0)
                .put((byte) 64)
                .put(UDP)
                .putShort((short) 0)
                .putInt(SOURCES)
                .put(hub.raw().toArray())
                .putShort((short) IKE_PORT)
                .putShort((short) IKE_PORT)
                .putShort((short) udp)
                .putShort((short) 0)
                .put(request)
                .array();
    }

    /// Such a request as a hub would answer.
    private static Bytes request() {
        var random = new SplittableRandom();
        var value = new byte[32];
        random.nextBytes(value);
        var header = Header.of(new IkeSpi(1), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, false, true, MessageId.ZERO);
        var offer = Selection.offerIke(List.of(IkeProposal.of("aes256gcm16-prfsha256-x25519")));
        return new Message(header, List.of(offer, new KeyExchange(X25519, Bytes.of(value)), new Nonce(Bytes.of(value))))
                .encode();
    }
}
