package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/// Prints the CPU time that each primitive takes on this machine. To decide who serves what, not to be quoted: one
/// thread, timed by hand, the median of eleven batches.
final class CryptoBench {
    private static final long BATCH_NANOSECONDS = 50_000_000;
    private static final long WARM_UP_NANOSECONDS = 1_000_000_000;
    private static final int BATCHES = 11;
    private static long consumed;

    private CryptoBench() {}

    public static void main(String[] arguments) {
        System.out.println(Providers.describe());
        var secure = Entropy.secure();
        for (var method : KeyExchangeMethod.values()) {
            var ours = method.generate(secure);
            var theirs = method.generate(secure).publicValue();
            measure(method.keyword() + " generate", () -> method.generate(secure));
            measure(method.keyword() + " agree", () -> method.agree(ours, theirs));
        }
        for (var encryption : Encryption.values()) {
            var integrity =
                    encryption.isAead() ? Optional.<Integrity>empty() : Optional.of(Integrity.HMAC_SHA2_256_128);
            var protection = new SkProtection(
                    encryption,
                    integrity,
                    secure.secret(encryption.keyLength()),
                    secure.secret(integrity.map(Integrity::keyLength).orElse(0)));
            var associated = Bytes.of(new byte[32]);
            var chain = Bytes.of(new byte[400]);
            var iv = protection.nextIv(1, secure);
            var body = protection.seal(associated, iv, chain);
            measure(encryption.keyword() + " seal 400 bytes", () -> protection.seal(associated, iv, chain));
            measure(encryption.keyword() + " open 400 bytes", () -> protection.open(associated, body));
        }
        for (var prf : Prf.values()) {
            var key = secure.secret(prf.length());
            var data = secure.publicBytes(256);
            measure(prf.keyword() + " of 256 bytes", () -> prf.apply(key, data));
            measure(prf.keyword() + " prf+ to 200 bytes", () -> prf.plus(key, key, 200));
        }
        var psk = Secret.copyOf(new byte[] {1, 2, 3});
        var octets = secure.publicBytes(500);
        measure("psk AUTH", () -> Psk.authenticate(Prf.HMAC_SHA2_256, psk, octets));
        measure("32 random bytes", () -> secure.publicBytes(32));
        System.out.println(consumed == 0 ? "" : "."); // so that nothing is optimised away
    }

    private static void measure(String name, Supplier<?> operation) {
        for (long start = cpu(); cpu() - start < WARM_UP_NANOSECONDS; ) consume(operation);
        var microseconds = new double[BATCHES];
        for (int batch = 0; batch < BATCHES; batch++) {
            long start = cpu();
            long operations = 0;
            for (; cpu() - start < BATCH_NANOSECONDS; operations += 10) {
                for (int i = 0; i < 10; i++) consume(operation);
            }
            microseconds[batch] = (cpu() - start) / 1e3 / operations;
        }
        Arrays.sort(microseconds);
        System.out.printf("%-36s %10.2f us%n", name, microseconds[BATCHES / 2]);
    }

    private static void consume(Supplier<?> operation) {
        consumed += System.identityHashCode(operation.get()) & 1;
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
