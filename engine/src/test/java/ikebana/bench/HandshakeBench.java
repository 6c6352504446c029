package ikebana.bench;

import ikebana.crypto.Entropy;
import ikebana.crypto.Providers;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// The CPU time of a whole handshake (IKE_SA_INIT and IKE_AUTH with a pre-shared key, one child) in the core alone: no
/// network, no actors, no kernel. Both ends take turns on one thread, so that each end's time is its own.
final class HandshakeBench {
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final int HANDSHAKES = 40;
    private static final int BATCHES = 25;
    private static final long WARM_UP_NANOSECONDS = 4_000_000_000L;

    private HandshakeBench() {}

    /// In microseconds for one handshake.
    private record Costs(double responder, double initiator) {}

    public static void main(String[] arguments) {
        System.out.println(Providers.describe());
        System.out.printf(
                "CPU of one handshake in the core, in us: median of %d batches of %d%n%n", BATCHES, HANDSHAKES);
        System.out.printf(
                "%-34s %10s %10s %18s %10s%n", "suite", "responder", "initiator", "its key exchange", "ratio");
        double first = 0;
        for (var suite : Suite.ALL) {
            for (long start = cpu(); cpu() - start < WARM_UP_NANOSECONDS; ) batch(suite);
            var responder = new double[BATCHES];
            var initiator = new double[BATCHES];
            var exchange = new double[BATCHES];
            for (int i = 0; i < BATCHES; i++) {
                var costs = batch(suite);
                responder[i] = costs.responder();
                initiator[i] = costs.initiator();
                exchange[i] = keyExchange(suite);
            }
            if (first == 0) first = median(responder);
            System.out.printf(
                    "%-34s %10.0f %10.0f %18.0f %10.2f%n",
                    suite.proposal(),
                    median(responder),
                    median(initiator),
                    median(exchange),
                    median(responder) / first);
        }
    }

    private static Costs batch(Suite suite) {
        var hub = new Party(HUB, suite.proposal());
        var spokes = new Party[HANDSHAKES];
        long start = cpu();
        for (int i = 0; i < HANDSHAKES; i++) {
            var address = IpAddress.of("198.51.100." + (i + 1));
            spokes[i] = new Party(address, suite.proposal());
            spokes[i].dial(new UdpAddress(address, 500), new UdpAddress(HUB, 500));
        }
        long ofSpokes = 0;
        long ofHub = 0;
        for (int exchange = 0; exchange < 2; exchange++) {
            var requests = Arrays.stream(spokes)
                    .flatMap(spoke -> spoke.said().stream())
                    .toList();
            ofSpokes += cpu() - start;
            start = cpu();
            requests.forEach(hub::asked);
            var answers = hub.said();
            ofHub += cpu() - start;
            start = cpu();
            for (int i = 0; i < HANDSHAKES; i++) spokes[i].answered(answers.get(i));
        }
        ofSpokes += cpu() - start;
        if (hub.established() != HANDSHAKES) throw new IllegalStateException("only " + hub.established());
        return new Costs(ofHub / 1e3 / HANDSHAKES, ofSpokes / 1e3 / HANDSHAKES);
    }

    /// A private value, its public value, and one agreement: what each end has to do at least.
    private static double keyExchange(Suite suite) {
        var entropy = Entropy.secure();
        var theirs = suite.method().generate(entropy).publicValue();
        long start = cpu();
        for (int i = 0; i < HANDSHAKES; i++) {
            suite.method().agree(suite.method().generate(entropy), theirs);
        }
        return (cpu() - start) / 1e3 / HANDSHAKES;
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
