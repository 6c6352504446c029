package ikebana.settings;

import com.typesafe.config.ConfigValue;
import ikebana.auth.Ppk;
import ikebana.wire.Secret;
import java.util.Optional;

/// The post-quantum preshared key of one profile: its name and whether it must be, and apart from that the key.
record PpkSettings(Ppk ppk, Secret key) {
    /// RFC 8784 6: 256 bits, of which a quantum computer leaves half.
    private static final int ENOUGH = 32;

    static Optional<PpkSettings> from(Section section) {
        var id = section.optional("id", Conversion::text);
        var file = section.optional("file", value -> value);
        boolean required = section.get("required", Conversion::flag);
        if (id.isEmpty() && file.isEmpty()) {
            if (required) section.problem("required", "there is no key to require: set id and file");
            return Optional.empty();
        }
        if (id.isEmpty() || file.isEmpty()) {
            section.problem(id.isEmpty() ? "file" : "id", "a key has both an id and a file");
            return Optional.empty();
        }
        return of(section, id.get(), required, file.get());
    }

    private static Optional<PpkSettings> of(Section section, String id, boolean required, ConfigValue file) {
        try {
            var ppk = new Ppk(id, required);
            var key = new SharedKeys(section).inFile("file", file);
            if (key.filter(it -> it.length() < ENOUGH).isPresent()) {
                section.warning(
                        "file",
                        "the key has less than %d bytes, which is too short against a quantum computer"
                                .formatted(ENOUGH));
            }
            return key.map(secret -> new PpkSettings(ppk, secret));
        } catch (IllegalArgumentException mistake) {
            section.problem("id", String.valueOf(mistake.getMessage()));
            return Optional.empty();
        }
    }
}
