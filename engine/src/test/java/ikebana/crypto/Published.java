package ikebana.crypto;

import com.fasterxml.jackson.databind.JsonNode;
import ikebana.Vectors;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The published vectors of cryptography, in the forms that they come in.
final class Published {
    private Published() {}

    /// All tests of a Wycheproof file, each with the group that it is in.
    static List<InGroup> wycheproof(String name) {
        var tests = new ArrayList<InGroup>();
        for (var group : Vectors.groups(Vectors.json("wycheproof/" + name + "_test.json"))) {
            for (var test : Vectors.tests(group)) tests.add(new InGroup(group, test));
        }
        return tests;
    }

    record InGroup(JsonNode group, JsonNode test) {
        Bytes hex(String field) {
            return Vectors.hex(test, field);
        }

        Secret secret(String field) {
            return Secret.owning(hex(field).toArray());
        }

        boolean isValid() {
            return test.get("result").asText().equals("valid");
        }

        String name() {
            return "test %s: %s"
                    .formatted(test.get("tcId").asText(), test.path("comment").asText());
        }
    }

    /// Blocks of `Name = value` lines, divided by empty ones.
    static List<Block> blocks(String name) {
        return Stream.of(String.join("\n", Vectors.lines(name)).split("\n\\s*\n"))
                .map(Published::fields)
                .map(Block::new)
                .toList();
    }

    record Block(Map<String, String> fields) {
        boolean has(String name) {
            return fields.containsKey(name);
        }

        Bytes hex(String name) {
            return Bytes.ofHex(fields.getOrDefault(name, ""));
        }

        Secret secret(String name) {
            return Secret.owning(hex(name).toArray());
        }
    }

    private static Map<String, String> fields(String block) {
        var fields = new HashMap<String, String>();
        block.lines()
                .filter(line -> !line.startsWith("#") && line.contains(" = "))
                .forEach(line -> fields.put(
                        line.substring(0, line.indexOf(" = ")).strip(),
                        line.substring(line.indexOf(" = ") + 3).strip()));
        return fields;
    }

    static Secret secret(String hex) {
        return Secret.owning(Bytes.ofHex(hex).toArray());
    }

    static Bytes revealed(Secret secret) {
        return Bytes.of(secret.expose());
    }
}
