package ikebana.lab;

import ikebana.wire.IpAddress;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Asks one address for echoes (RFC 792), at a steady rate. A `ping` needs a dozen system calls for each, of which the
/// lab's guest has no room for a thousand a second; here one call sends those that are due. The kernel of whoever is
/// asked answers, and our own counts the answers (`InEchoReps` of /proc/net/snmp).
///
/// It says in the end how many it has sent, and how fast.
public final class Echoes {
    private static final int BATCH = 20;
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final long SECOND = 1_000_000_000;

    private static final int IP_HEADER = 20;
    private static final int ICMP = 64;
    private static final byte PROTOCOL = 1;
    private static final int ECHO = 8 << 8;
    private static final int IDENTIFIER = 0x1234;

    private Echoes() {}

    /// @param arguments the address, how many, how many a second
    public static void main(String[] arguments) throws Throwable {
        var address = IpAddress.of(arguments[0]);
        try (var arena = Arena.ofConfined()) {
            var socket = new RawSocket(arena, address, packet(address), BATCH);
            send(socket, Long.parseLong(arguments[1]), Long.parseLong(arguments[2]));
        }
    }

    /// Whoever was kept waiting does not make up for it: a burst would find the kernel's queues full.
    private static void send(RawSocket socket, long count, long rate) throws Throwable {
        long began = System.nanoTime();
        long settled = began;
        for (long sent = 0; sent < count; ) {
            LockSupport.parkNanos(PAUSE.toNanos());
            long now = System.nanoTime();
            long due = Math.min((now - settled) * rate / SECOND, count - sent);
            int batch = (int) Math.min(BATCH, due);
            settled = due > BATCH ? now : settled + batch * SECOND / rate;
            for (int i = 0; i < batch; i++) number(socket.packet(i), sent + i);
            if (batch > 0) sent += Math.max(0, socket.send(batch)); // what the network does not take comes again
        }
        long millis = (System.nanoTime() - began) / 1_000_000;
        System.out.printf("sent %d in %.1f s, %d a second%n", count, millis / 1000.0, count * 1000 / millis);
    }

    /// The kernel fills in where it comes from, and the header's checksum.
    private static byte[] packet(IpAddress destination) {
        return ByteBuffer.allocate(IP_HEADER + ICMP)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (IP_HEADER + ICMP))
                .putInt(0)
                .put((byte) 64)
                .put(PROTOCOL)
                .putShort((short) 0)
                .putInt(0)
                .put(destination.raw().toArray())
                .putShort((short) ECHO)
                .array();
    }

    /// All but these words is zero, and adds nothing to the checksum.
    private static void number(ByteBuffer packet, long number) {
        int sequence = (int) number & 0xffff;
        int sum = ECHO + IDENTIFIER + sequence;
        packet.putShort(IP_HEADER + 2, (short) ~(sum + (sum >>> 16)));
        packet.putShort(IP_HEADER + 4, (short) IDENTIFIER);
        packet.putShort(IP_HEADER + 6, (short) sequence);
    }
}
