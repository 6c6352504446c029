package ikebana.settings;

import com.typesafe.config.ConfigValueType;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reads the files of keys, certificates and lists that a block names. No sentence of this file has a part of a key or
/// a passphrase in it.
final class KeyFiles {
    /// Of the largest that is of use: a list with some hundred thousand entries.
    private static final long LARGEST_FILE = 16 << 20;

    private final Section section;
    private final int problemsBefore;

    KeyFiles(Section section) {
        this.section = section;
        this.problemsBefore = section.findings().problems().size();
    }

    boolean hasProblem() {
        return section.findings().problems().size() > problemsBefore;
    }

    void needed(String key, String otherwise) {
        if (section.optional(key, value -> value).isEmpty()) section.problem(key, otherwise);
    }

    Optional<Secret> passphrase() {
        return each("passphrase-file", true, KeyFiles::passphrase).stream().findFirst();
    }

    private static Secret passphrase(byte[] content) {
        var secret = Secret.owning(Arrays.copyOf(content, SharedKeys.withoutLineEnd(content)));
        if (secret.isEmpty()) throw new IllegalArgumentException("is empty");
        return secret;
    }

    /// What `reader` makes of each file that a setting names.
    ///
    /// @param secret whether others should not be able to read it
    <T> List<T> each(String key, boolean secret, Function<byte[], T> reader) {
        var read = new ArrayList<T>();
        var paths = section.optional(
                key,
                value -> value.valueType() == ConfigValueType.LIST
                        ? Conversion.texts(value)
                        : List.of(Conversion.text(value)));
        for (var path : paths.orElse(List.of())) one(key, secret, path, reader).ifPresent(read::add);
        return read;
    }

    /// What `reader` makes of a file; empty when something is wrong with it, which is said then.
    <T> Optional<T> one(String key, boolean secret, String name, Function<byte[], T> reader) {
        byte[] content = {};
        var path = section.folder().resolve(name).toAbsolutePath().normalize();
        section.findings().reads(path);
        try {
            if (Files.size(path) > LARGEST_FILE) {
                throw new IllegalArgumentException("has more than %d bytes".formatted(LARGEST_FILE));
            }
            content = Files.readAllBytes(path);
            if (secret && SharedKeys.othersMayRead(path)) {
                section.warning(key, "others than its owner may read %s: chmod 0600".formatted(path));
            }
            return Optional.of(reader.apply(content));
        } catch (NoSuchFileException missing) {
            section.problem(key, "there is no file " + missing.getFile());
        } catch (IOException unreadable) {
            section.problem(key, "cannot be read: " + unreadable.getMessage());
        } catch (IllegalArgumentException mistake) {
            section.problem(key, "%s %s".formatted(path, mistake.getMessage()));
        } finally {
            Arrays.fill(content, (byte) 0);
        }
        return Optional.empty();
    }
}
