package ikebana.tunnel;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who the peers were, on disk: a small file for each endpoint, without any key. From it a daemon that crashed can say
/// `gone` when it is back.
///
///     state-dir/peers/dmvpn,192.0.2.1,192.0.2.2      the endpoint is the file's name
///     identity 2 6875622e6578616d706c65              its type and data (RFC 7296 3.5), in hexadecimal digits
///     end                                            a file without this line was not written to its end
///
/// A file gets its name when it is whole, so that a daemon that is killed leaves the one before. It is not forced to
/// the disk: a machine that crashes loses the kernel's states as well, and then nobody is to be told of them.
final class PeerMemory {
    private static final Logger LOG = LoggerFactory.getLogger(PeerMemory.class);

    /// Behind the name of a file that is not whole yet.
    private static final String UNFINISHED = ".new";

    private static final Pattern CONTENT = Pattern.compile("identity ([0-9]{1,3}) ((?:[0-9a-f]{2})*)\nend\n");

    /// Far more than the longest identity that fits one IKE message; what is larger is not ours.
    private static final int LARGEST = 256 * 1024;

    private final Path folder;

    /// @param stateDirectory is ours alone
    PeerMemory(Path stateDirectory) {
        this.folder = stateDirectory.resolve("peers");
    }

    /// Everybody who is remembered. What cannot be read is left out, with a warning.
    Map<Endpoint, Identity> load() {
        var peers = new LinkedHashMap<Endpoint, Identity>();
        if (!Files.isDirectory(folder)) return peers;
        var names = new TreeSet<Path>(); // the same sequence every time
        try (var files = Files.newDirectoryStream(folder)) {
            files.forEach(names::add);
        } catch (IOException unreadable) {
            LOG.warn("{}: nobody is remembered: {}", folder, unreadable.toString());
        }
        for (var file : names) {
            try {
                if (file.toString().endsWith(UNFINISHED)) {
                    Files.delete(file);
                } else {
                    peers.put(endpoint(file), identity(file));
                }
            } catch (IOException | IllegalArgumentException unreadable) {
                LOG.warn("{}: not understood, and passed over: {}", file, unreadable.getMessage());
            }
        }
        return peers;
    }

    /// Writes and removes; empty is to be forgotten. A failure concerns its endpoint alone.
    void store(Map<Endpoint, Optional<Identity>> changes) {
        changes.forEach((endpoint, identity) -> {
            try {
                var file = folder.resolve(name(endpoint));
                if (identity.isEmpty()) {
                    Files.deleteIfExists(file);
                } else {
                    write(file, identity.get());
                }
            } catch (IOException failure) {
                LOG.warn("{}: cannot be remembered: {}", endpoint, failure.toString());
            }
        });
    }

    private void write(Path file, Identity identity) throws IOException {
        makeFolder();
        var unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        var content = "identity %d %s\nend\n".formatted(identity.type(), identity.data());
        try (var channel = Files.newByteChannel(
                unfinished,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(StandardCharsets.US_ASCII.encode(content));
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void makeFolder() throws IOException {
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException _) {
            // as it should be
        }
    }

    /// A profile's name has no comma.
    private static String name(Endpoint endpoint) {
        return "%s,%s,%s".formatted(endpoint.profile(), endpoint.local(), endpoint.remote());
    }

    private static Endpoint endpoint(Path file) {
        var parts = file.getFileName().toString().split(",", -1);
        if (parts.length != 3) throw new IllegalArgumentException("its name is no endpoint");
        return new Endpoint(parts[0], IpAddress.of(parts[1]), IpAddress.of(parts[2]));
    }

    private static Identity identity(Path file) throws IOException {
        if (Files.size(file) > LARGEST) throw new IllegalArgumentException("it is too large");
        var content = CONTENT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!content.matches()) throw new IllegalArgumentException("its content is not whole");
        return new Identity(Integer.parseInt(content.group(1)), Bytes.ofHex(content.group(2)));
    }
}
