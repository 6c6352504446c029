package ikebana.tunnel;

import ikebana.crypto.Entropy;
import ikebana.ike.CrashTokens;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The secret of [CrashTokens] on disk, `state-dir/crash-secret`: the same in each run, or the peers of the run before
/// would not believe us. Whoever reads it can end our peers' IKE SAs when we have crashed, and nothing more.
public final class CrashSecret {
    private static final Logger LOG = LoggerFactory.getLogger(CrashSecret.class);

    private static final String NAME = "crash-secret";

    private CrashSecret() {}

    /// Reads it, or makes one. Without a disk that can be written, peers find out by themselves, as they would without
    /// RFC 6290.
    ///
    /// @param stateDirectory is ours alone
    public static Optional<Secret> load(Path stateDirectory, Entropy entropy) {
        var file = stateDirectory.resolve(NAME);
        try {
            return Optional.of(Files.exists(file) ? read(file, entropy) : made(file, entropy));
        } catch (IOException unusable) {
            LOG.warn(
                    "{}: {}; if this daemon crashes, its peers will notice only after retransmission has ended",
                    file,
                    unusable.toString());
            return Optional.empty();
        }
    }

    private static Secret read(Path file, Entropy entropy) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(CrashTokens.SECRET_LENGTH + 1);
            if (bytes.length == CrashTokens.SECRET_LENGTH) return Secret.owning(bytes);
        }
        LOG.warn("{}: not {} bytes long, and made anew", file, CrashTokens.SECRET_LENGTH);
        return made(file, entropy);
    }

    /// It gets its name when it is whole.
    private static Secret made(Path file, Entropy entropy) throws IOException {
        var secret = entropy.secret(CrashTokens.SECRET_LENGTH);
        var unfinished = file.resolveSibling(NAME + ".new");
        Files.deleteIfExists(unfinished);
        try (var channel = Files.newByteChannel(
                        unfinished,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                var out = Channels.newOutputStream(channel)) {
            out.write(secret.expose());
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        return secret;
    }
}
