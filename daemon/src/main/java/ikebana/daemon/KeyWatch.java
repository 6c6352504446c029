package ikebana.daemon;

import ikebana.auth.Credentials;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.settings.InvalidSettings;
import ikebana.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees whether a file of keys has changed, and reads all of them anew. What cannot be used is told, once, and not
/// taken.
final class KeyWatch implements Supplier<Optional<Credentials>> {
    private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);

    private record Print(FileTime changed, long size) {}

    private final Path settingsFile;
    private final Entropy entropy;
    private final List<Profile> running;
    private Map<Path, Print> seen;

    KeyWatch(Path settingsFile, Settings settings, Entropy entropy) {
        this.settingsFile = settingsFile;
        this.entropy = entropy;
        this.running = settings.profiles();
        this.seen = prints(settings.keyFiles());
    }

    @Override
    public synchronized Optional<Credentials> get() {
        var now = prints(List.copyOf(seen.keySet()));
        if (now.equals(seen)) return Optional.empty();
        seen = now;
        try {
            var settings = Settings.load(settingsFile);
            seen = prints(settings.keyFiles());
            var credentials = new Credentials(
                    settings.preSharedKeys(), settings.certificates(), settings.publicKeys(), settings.ppks(), entropy);
            var objections = credentials.objections(running);
            objections.forEach(why -> LOG.warn("the keys that have changed are not taken: {}", why));
            return objections.isEmpty() ? Optional.of(credentials) : Optional.empty();
        } catch (InvalidSettings wrong) {
            LOG.warn("the keys that have changed are not taken: {}", wrong.getMessage());
            return Optional.empty();
        }
    }

    /// A file that is not there has none: when it comes, that is a change.
    private static Map<Path, Print> prints(List<Path> files) {
        var prints = new HashMap<Path, Print>();
        for (var file : files) {
            try {
                prints.put(file, new Print(Files.getLastModifiedTime(file), Files.size(file)));
            } catch (IOException missing) {
                prints.put(file, new Print(FileTime.fromMillis(0), -1));
            }
        }
        return prints;
    }
}
