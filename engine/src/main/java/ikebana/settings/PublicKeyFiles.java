package ikebana.settings;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import ikebana.auth.Identity;
import ikebana.auth.KeyFile;
import ikebana.auth.PublicKeyAuthentication;
import ikebana.auth.PublicKeyAuthentication.Own;
import ikebana.auth.PublicKeyAuthentication.Peer;
import ikebana.crypto.Signatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The raw keys of one profile: ours, and those of its peers.
final class PublicKeyFiles {
    private static final Set<String> WORDS = Set.of("id", "file");

    private final Section section;
    private final KeyFiles files;

    /// @param section the block `public-key` of the profile
    PublicKeyFiles(Section section) {
        this.section = section;
        this.files = new KeyFiles(section);
    }

    /// Empty when something is wrong with them, which is said then.
    Optional<PublicKeyAuthentication> read() {
        files.needed("private-key", "say where our private key is");
        files.needed("peers", "say whose keys are which: [{ id = spoke7.example, file = spoke7.pub }]");
        var passphrase = files.passphrase();
        var own = files.each("private-key", true, content -> Own.of(KeyFile.of(content), passphrase)).stream()
                .findFirst();
        var peers = peers();
        var padding = section.get("rsa-padding", Conversion.oneOf(Signatures.RsaPadding.class));
        if (own.isEmpty() || files.hasProblem()) return Optional.empty();
        return Optional.of(new PublicKeyAuthentication(own.get(), peers, new Signatures.Choice(padding, false)));
    }

    private List<Peer> peers() {
        var peers = new ArrayList<Peer>();
        var list = section.optional("peers", value -> value);
        if (list.isEmpty()) return peers;
        if (!(list.get() instanceof ConfigList blocks) || blocks.isEmpty()) {
            section.problem("peers", "must be a list of blocks: [{ id = spoke7.example, file = spoke7.pub }]");
            return peers;
        }
        for (var element : blocks) {
            if (element instanceof ConfigObject block) {
                peers.addAll(of(block));
            } else {
                section.problem(element.origin(), "peers", "a list has blocks: { id = ..., file = ... }");
            }
        }
        return peers;
    }

    private List<Peer> of(ConfigObject block) {
        for (var word : block.keySet()) {
            if (WORDS.contains(word)) continue;
            section.findings()
                    .problem(
                            Objects.requireNonNull(block.get(word)).origin(),
                            Vocabulary.unknown(section.path() + ".peers." + word, word, WORDS));
            return List.of();
        }
        var id = block.get("id");
        var file = block.get("file");
        if (id == null || file == null) {
            section.problem(block.origin(), "peers", "each has an id and a file");
            return List.of();
        }
        try {
            return keys(Identity.of(Conversion.text(id)), file);
        } catch (IllegalArgumentException mistake) {
            section.problem(id.origin(), "peers", "id: " + mistake.getMessage());
            return List.of();
        }
    }

    private List<Peer> keys(Identity identity, ConfigValue file) {
        return files.one(
                        "peers",
                        false,
                        Conversion.text(file),
                        content -> KeyFile.of(content).publicKeys().stream()
                                .map(key -> new Peer(identity, key))
                                .toList())
                .orElse(List.of());
    }
}
