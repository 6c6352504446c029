package ikebana.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A folder that one daemon has for itself, for as long as its process lives: the kernel takes the lock back, however
/// that ends.
final class LockedFolder implements AutoCloseable {
    static final String LOCK = "ikebana.lock";

    /// Why a folder cannot be ours, as a sentence.
    static final class Unusable extends Exception {
        Unusable(String sentence) {
            super(sentence);
        }
    }

    private final Path folder;
    private final FileChannel lock;

    private LockedFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /// Makes the folder where it is missing, and locks it. One that is there is taken only if it is ours alone: in a
    /// place such as /tmp somebody else may have put it there.
    ///
    /// @param setting that names the folder, for the sentence
    static LockedFolder of(Path folder, String setting, int userId) throws Unusable {
        try {
            make(folder);
            check(folder, setting, userId);
            return new LockedFolder(folder, locked(folder, setting));
        } catch (IOException failure) {
            throw new Unusable("%s: %s cannot be used: %s".formatted(setting, folder, reason(failure)));
        }
    }

    private static void make(Path folder) throws IOException {
        var parent = folder.getParent();
        if (parent != null && !Files.exists(parent)) Files.createDirectories(parent);
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException _) {
            // it is looked at next
        }
    }

    private static void check(Path folder, String setting, int userId) throws IOException, Unusable {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new Unusable("%s: %s is not a folder".formatted(setting, folder));
        }
        if ((Integer) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS) != userId) {
            throw new Unusable(
                    "%s: %s belongs to somebody else: remove it, or name another folder".formatted(setting, folder));
        }
        var permissions = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new Unusable(
                    "%s: others may write in %s: take that from them (chmod go-w)".formatted(setting, folder));
        }
    }

    private static FileChannel locked(Path folder, String setting) throws IOException, Unusable {
        var file = folder.resolve(LOCK);
        // it is never removed: who removes a lock may remove another one's
        var channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        try {
            if (channel.tryLock() != null) {
                channel.truncate(0);
                channel.write(
                        ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
                return channel;
            }
        } catch (OverlappingFileLockException _) {
            // this process has it; the sentence is the same
        }
        channel.close();
        throw new Unusable("%s: another daemon, process %s, has %s: stop it, or give this one another folder"
                .formatted(setting, Files.readString(file).strip(), folder));
    }

    private static String reason(IOException failure) {
        return failure.getClass().getSimpleName().replaceAll("Exception$", "") + ": " + failure.getMessage();
    }

    Path path() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
