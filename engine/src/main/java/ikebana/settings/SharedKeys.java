package ikebana.settings;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The shared keys of one profile. No sentence of this file, and no cause behind one, has a part of a key in it.
final class SharedKeys {
    private static final IdentityPattern ANYBODY = IdentityPattern.of("*");
    private static final Set<PosixFilePermission> OWNERS =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<String> WORDS = Set.of("remote", "psk", "psk-file");

    /// A shared key is a line or so; whoever names a larger file has named the wrong one.
    private static final long LARGEST_FILE = 4096;

    private final Section profile;

    SharedKeys(Section profile) {
        this.profile = profile;
    }

    /// The keys in the order in which they are written: the first that fits a peer is its own.
    List<PreSharedKey> read() {
        var inline = written(profile.operators().root(), "psk");
        var file = written(profile.operators().root(), "psk-file");
        if (inline.isPresent() && file.isPresent()) {
            profile.problem("psk-file", "there is psk already: one of them");
            return List.of();
        }
        if (inline.isEmpty() && file.isEmpty()) {
            profile.findings()
                    .problem(
                            profile.origin(),
                            profile.path() + " needs a key: psk-file = FILE, or psk = \"...\" (or auth = certificate)");
            return List.of();
        }
        if (inline.isPresent() && inline.get() instanceof ConfigList list) return several(list);
        return one(ANYBODY, inline, file).stream().toList();
    }

    private List<PreSharedKey> several(ConfigList list) {
        var keys = new ArrayList<PreSharedKey>();
        if (list.isEmpty()) profile.problem(list.origin(), "psk", "must not be an empty list");
        for (var element : list) {
            if (element instanceof ConfigObject block) {
                of(block).ifPresent(keys::add);
            } else {
                profile.problem(element.origin(), "psk", "a list has blocks: { remote = ..., psk-file = ... }");
            }
        }
        return keys;
    }

    private Optional<PreSharedKey> of(ConfigObject block) {
        for (var word : block.keySet()) {
            if (WORDS.contains(word)) continue;
            profile.findings()
                    .problem(
                            Objects.requireNonNull(block.get(word)).origin(),
                            Vocabulary.unknown(profile.path() + ".psk." + word, word, WORDS));
            return Optional.empty();
        }
        var remote = written(block, "remote");
        var inline = written(block, "psk");
        var file = written(block, "psk-file");
        if (remote.isEmpty() || inline.isPresent() == file.isPresent()) {
            profile.problem(block.origin(), "psk", "each has a remote, and either psk or psk-file");
            return Optional.empty();
        }
        try {
            return one(IdentityPattern.of(Conversion.text(remote.get())), inline, file);
        } catch (IllegalArgumentException mistake) {
            profile.problem(remote.get().origin(), "psk", "remote: " + mistake.getMessage());
            return Optional.empty();
        }
    }

    private Optional<PreSharedKey> one(
            IdentityPattern remote, Optional<ConfigValue> inline, Optional<ConfigValue> file) {
        return inline.map(value -> fromText(remote, value)).orElseGet(() -> fromFile(remote, file.orElseThrow()));
    }

    private Optional<PreSharedKey> fromText(IdentityPattern remote, ConfigValue value) {
        if (value.valueType() != ConfigValueType.STRING && value.valueType() != ConfigValueType.NUMBER) {
            profile.problem(value.origin(), "psk", "must be a text in quotes, or a list");
            return Optional.empty();
        }
        Optional.ofNullable(value.origin().filename())
                .map(Path::of)
                .filter(SharedKeys::othersMayRead)
                .ifPresent(path -> profile.findings()
                        .warning(
                                value.origin(),
                                "%s.psk: others than its owner may read %s, which holds a key: chmod 0600, or use psk-file"
                                        .formatted(profile.path(), path)));
        var octets = Conversion.text(value).getBytes(StandardCharsets.UTF_8);
        try {
            return secret(value.origin(), "psk", ByteBuffer.wrap(octets)).map(key -> new PreSharedKey(remote, key));
        } finally {
            Arrays.fill(octets, (byte) 0);
        }
    }

    private Optional<PreSharedKey> fromFile(IdentityPattern remote, ConfigValue value) {
        return inFile("psk-file", value).map(secret -> new PreSharedKey(remote, secret));
    }

    /// What is in the file that a setting names.
    Optional<Secret> inFile(String setting, ConfigValue value) {
        byte[] content = {};
        try {
            var path = Conversion.path(profile.folder()).of(value);
            profile.findings().reads(path);
            if (Files.size(path) > LARGEST_FILE) {
                throw new IllegalArgumentException("%s has more than %d bytes".formatted(path, LARGEST_FILE));
            }
            content = Files.readAllBytes(path);
            if (othersMayRead(path)) {
                profile.findings()
                        .warning(
                                value.origin(),
                                "%s.%s: others than its owner may read %s: chmod 0600"
                                        .formatted(profile.path(), setting, path));
            }
            return secret(value.origin(), setting, ByteBuffer.wrap(content, 0, withoutLineEnd(content)));
        } catch (NoSuchFileException missing) {
            profile.problem(value.origin(), setting, "there is no file " + missing.getFile());
        } catch (IOException unreadable) {
            profile.problem(value.origin(), setting, "cannot be read: " + unreadable.getMessage());
        } catch (IllegalArgumentException mistake) {
            profile.problem(value.origin(), setting, String.valueOf(mistake.getMessage()));
        } finally {
            Arrays.fill(content, (byte) 0);
        }
        return Optional.empty();
    }

    private Optional<Secret> secret(ConfigOrigin origin, String setting, ByteBuffer text) {
        try {
            var secret = decoded(text);
            if (!secret.isEmpty()) return Optional.of(secret);
            profile.problem(origin, setting, "the key is empty");
        } catch (IllegalArgumentException mistake) {
            profile.problem(origin, setting, String.valueOf(mistake.getMessage()));
        }
        return Optional.empty();
    }

    /// strongSwan's notations: `0x` before hexadecimal digits, `0s` before Base64, all else as it stands.
    private static Secret decoded(ByteBuffer text) {
        var octets = new byte[text.remaining()];
        text.get(text.position(), octets);
        if (octets.length < 2 || octets[0] != '0' || (octets[1] != 'x' && octets[1] != 's'))
            return Secret.owning(octets);
        var digits = Arrays.copyOfRange(octets, 2, octets.length);
        try {
            return octets[1] == 'x' ? ofHex(digits) : ofBase64(digits);
        } finally {
            Arrays.fill(octets, (byte) 0);
            Arrays.fill(digits, (byte) 0);
        }
    }

    private static Secret ofHex(byte[] digits) {
        var value = new byte[digits.length / 2];
        if (digits.length % 2 == 0) {
            try {
                for (int i = 0; i < value.length; i++) {
                    value[i] = (byte)
                            (HexFormat.fromHexDigit(digits[2 * i]) << 4 | HexFormat.fromHexDigit(digits[2 * i + 1]));
                }
                return Secret.owning(value);
            } catch (IllegalArgumentException _) {
                Arrays.fill(value, (byte) 0); // and falls through: the library's message shows the digit
            }
        }
        throw new IllegalArgumentException("a key that begins with 0x must be pairs of hexadecimal digits");
    }

    private static Secret ofBase64(byte[] digits) {
        try {
            return Secret.owning(Base64.getDecoder().decode(digits));
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(
                    "a key that begins with 0s must be Base64"); // without the library's words
        }
    }

    /// One line end does not count: every editor makes one.
    static int withoutLineEnd(byte[] content) {
        int length = content.length;
        if (length > 0 && content[length - 1] == '\n') length--;
        if (length > 0 && length < content.length && content[length - 1] == '\r') length--;
        return length;
    }

    static boolean othersMayRead(Path path) {
        try {
            return !OWNERS.containsAll(Files.getPosixFilePermissions(path));
        } catch (IOException _) {
            return false; // gone by now: whoever reads it next says so
        }
    }

    private static Optional<ConfigValue> written(ConfigObject block, String key) {
        return Optional.ofNullable(block.get(key)).filter(value -> value.valueType() != ConfigValueType.NULL);
    }
}
