package ikebana.bench;

import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/// The CPU time that a handshake costs a hub: the daemon itself, in its own process, with the kernel in memory, over
/// UDP on the loopback, every handshake from another address of 127.0.0.0/8. Initiators are the core and a
/// socket each, in this process. The one argument is the daemon's class path.
final class LoopbackBench {
    private static final IpAddress HUB = IpAddress.of("127.3.0.1");
    private static final int CLERKS = 4;
    private static final int WARM_UP = 4_000;
    private static final int ROUND = 1_000;
    private static final int ROUNDS = 3;
    private static final int PATIENCE = 5_000;

    private LoopbackBench() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.out.printf(
                "%nCPU of one handshake in the daemon, over UDP, in us: all its threads, median of %d rounds of %d"
                        + " after %d%n%n",
                ROUNDS, ROUND, WARM_UP);
        System.out.printf("%-34s %10s %10s %16s%n", "suite", "responder", "ratio", "handshakes/s");
        double first = 0;
        for (var suite : Suite.ALL) {
            try (var hub = Hub.start(suite, arguments[0])) {
                int from = 0;
                shakeHands(suite, hub, from, WARM_UP);
                from += WARM_UP;
                var costs = new double[ROUNDS];
                var speeds = new double[ROUNDS];
                for (int i = 0; i < ROUNDS; i++, from += ROUND) {
                    long cpu = hub.cpu();
                    long start = System.nanoTime();
                    shakeHands(suite, hub, from, ROUND);
                    speeds[i] = ROUND * 1e9 / (System.nanoTime() - start);
                    costs[i] = (hub.cpu() - cpu) / 1e3 / ROUND;
                }
                Arrays.sort(costs);
                Arrays.sort(speeds);
                if (first == 0) first = costs[ROUNDS / 2];
                System.out.printf(
                        "%-34s %10.0f %10.2f %16.0f%n",
                        suite.proposal(), costs[ROUNDS / 2], costs[ROUNDS / 2] / first, speeds[ROUNDS / 2]);
            }
        }
    }

    /// A daemon in its own process.
    private record Hub(Process process, UdpAddress address) implements AutoCloseable {

        static Hub start(Suite suite, String classPath) throws IOException, InterruptedException {
            var folder = Files.createTempDirectory("bench");
            var ports = freePorts();
            Files.createFile(
                    folder.resolve("key"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(folder.resolve("key"), Party.KEY);
            var file = Files.writeString(folder.resolve("hub.conf"), """
                    ikebana {
                      kernel = embedded
                      embedded.esp-port = %d
                      ports { ike = %d, nat = %d }
                      run-dir = "%s"
                      state-dir = "%s/state"
                      liveness-after = 1 h
                      profiles.dmvpn {
                        local = %s
                        selector = "gre/1"
                        psk-file = key
                        ike-proposals = %s
                        esp-proposals = aes256gcm16
                      }
                    }
                    """.formatted(
                            ports.get(0), ports.get(1), ports.get(2), folder, folder, HUB, suite.proposal()));
            var process = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-cp",
                            classPath,
                            "ikebana.daemon.Main",
                            "--config",
                            file.toString())
                    .redirectErrorStream(true)
                    .start();
            var ready = new CompletableFuture<Boolean>();
            Thread.ofPlatform().daemon().start(() -> follow(process, ready));
            if (!ready.join()) throw new IllegalStateException("the hub did not start");
            return new Hub(process, new UdpAddress(HUB, ports.get(1)));
        }

        /// Shows what it says besides what it has to say.
        private static void follow(Process process, CompletableFuture<Boolean> ready) {
            try (var lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line; (line = lines.readLine()) != null; ) {
                    if (line.endsWith("ready")) ready.complete(true);
                    else if (line.contains(" WARN ") || line.contains(" ERROR ")) System.err.println(line);
                }
            } catch (IOException ended) {
                // as below
            }
            ready.complete(false);
        }

        /// In nanoseconds, of all its threads.
        long cpu() {
            return process.info().totalCpuDuration().orElseThrow().toNanos();
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }

    private static List<Integer> freePorts() throws IOException {
        try (var one = new DatagramSocket();
                var two = new DatagramSocket();
                var three = new DatagramSocket()) {
            return List.of(one.getLocalPort(), two.getLocalPort(), three.getLocalPort());
        }
    }

    private static void shakeHands(Suite suite, Hub hub, int from, int count) {
        try (var clerks = Executors.newFixedThreadPool(CLERKS)) {
            var all = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < count; i++) {
                int spoke = from + i;
                all.add(CompletableFuture.runAsync(() -> shakeHands(suite, hub, spoke), clerks));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        }
    }

    private static void shakeHands(Suite suite, Hub hub, int spoke) {
        var address = IpAddress.of("127.4.%d.%d".formatted(spoke / 250, spoke % 250 + 1));
        try (var socket = new DatagramSocket(
                new InetSocketAddress(address.toInetAddress(), hub.address().port()))) {
            socket.setSoTimeout(PATIENCE);
            var party = new Party(address, suite.proposal());
            var own = new UdpAddress(address, socket.getLocalPort());
            party.dial(own, hub.address());
            var buffer = new byte[4096];
            while (party.established() == 0) {
                for (var datagram : party.said()) {
                    socket.send(new DatagramPacket(
                            datagram.bytes().toArray(),
                            datagram.bytes().length(),
                            hub.address().toSocketAddress()));
                }
                var packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                party.answered(new Datagram(
                        new Path(own, hub.address()), Bytes.of(Arrays.copyOf(buffer, packet.getLength()))));
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("handshake %d".formatted(spoke), failed);
        }
    }
}
