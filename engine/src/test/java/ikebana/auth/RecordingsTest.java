package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ikebana.Vectors;
import ikebana.crypto.Encryption;
import ikebana.crypto.IkeKeys;
import ikebana.crypto.IkeSuite;
import ikebana.crypto.Integrity;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.Prf;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Authentication;
import ikebana.wire.Bytes;
import ikebana.wire.Encrypted;
import ikebana.wire.ExchangeType;
import ikebana.wire.Identification;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Recordings of a foreign IKE daemon, with all its secrets: we derive its keys, read what it sealed, and prove its
/// AUTH.
class RecordingsTest {
    private record Recording(JsonNode secrets, IkeKeys keys, List<Message> messages, List<Bytes> datagrams) {
        List<Payload> inner(int index) {
            var message = messages.get(index);
            var encrypted = Message.first(message.payloads(), Encrypted.class).orElseThrow();
            var protection = message.header().fromInitiator() ? keys.fromInitiator() : keys.fromResponder();
            var chain = protection
                    .open(Message.associatedDataOf(datagrams.get(index), encrypted), encrypted.body())
                    .orElseThrow();
            return ((Message.Chain.Whole) Message.decodeChain(encrypted.firstInner(), chain)).payloads();
        }
    }

    private static Recording recording(String name) throws Exception {
        var secrets = new ObjectMapper()
                .readTree(Vectors.lines("ikev2-captures/" + name + ".jsonl").getFirst());
        boolean aead = secrets.path("suite").asText().startsWith("aes256gcm16");
        var suite = new IkeSuite(
                aead ? Encryption.AES_GCM_16_256 : Encryption.AES_CBC_256,
                aead ? Optional.empty() : Optional.of(Integrity.HMAC_SHA2_256_128),
                Prf.HMAC_SHA2_256,
                aead ? KeyExchangeMethod.CURVE25519 : KeyExchangeMethod.MODP_2048);
        var keys = IkeKeys.derive(
                suite,
                Secret.owning(Vectors.hex(secrets, "secret").toArray()),
                Vectors.hex(secrets, "ni"),
                Vectors.hex(secrets, "nr"),
                new IkeSpi(Vectors.hex(secrets, "spi_i").asBuffer().getLong()),
                new IkeSpi(Vectors.hex(secrets, "spi_r").asBuffer().getLong()));
        var messages = new ArrayList<Message>();
        var datagrams = new ArrayList<Bytes>();
        for (var datagram : Vectors.pcap("ikev2-captures/" + name + ".pcap")) {
            datagrams.add(datagram.bytes());
            messages.add(((Message.Decoded.Whole) Message.decode(datagram.bytes())).message());
        }
        return new Recording(secrets, keys, messages, datagrams);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes256gcm16-sha256-x25519", "aes256-sha256-modp2048", "rekey-child", "frag-3-gcm"})
    void theKeysAreThoseOfTheRecording(String name) throws Exception {
        var recording = recording(name);
        var keys = recording.keys();
        var expected = Map.of(
                "sk_d", keys.d(), "sk_ai", keys.ai(), "sk_ar", keys.ar(), "sk_ei", keys.ei(), "sk_er", keys.er(),
                "sk_pi", keys.pi(), "sk_pr", keys.pr());
        expected.forEach((field, secret) ->
                assertThat(Bytes.of(secret.expose())).as(field).isEqualTo(Vectors.hex(recording.secrets(), field)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes256gcm16-sha256-x25519", "aes256-sha256-modp2048", "rekey-child"})
    void everySealedMessageOpensAndHoldsWhatItShould(String name) throws Exception {
        var recording = recording(name);
        var expected = Vectors.lines("ikev2-captures/" + name + ".expected.tsv").stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> List.of(line.split("\t", -1)[6].split(",")))
                .toList();
        assertThat(recording.messages()).hasSize(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            var types = new ArrayList<>(recording.messages().get(i).payloads());
            if (types.getLast() instanceof Encrypted) types.addAll(recording.inner(i));
            assertThat(types.stream().map(payload -> "" + payload.type().code()).toList())
                    .as("message %d", i + 1)
                    .isEqualTo(expected.get(i).stream()
                            .filter(type -> !type.equals("2") && !type.equals("3")) // proposals and transforms
                            .collect(Collectors.toList()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes256gcm16-sha256-x25519", "aes256-sha256-modp2048", "rekey-child"})
    void bothSidesAuthIsProvenWithTheRightKeyAndRefusedWithAnother(String name) throws Exception {
        var recording = recording(name);
        var right = credentials(Vectors.hex(recording.secrets(), "psk"));
        var wrong = credentials(Bytes.ofHex("00"));
        for (int i = 0; i < recording.messages().size(); i++) {
            var header = recording.messages().get(i).header();
            if (header.exchange() != ExchangeType.Known.IKE_AUTH) continue;
            boolean initiator = header.fromInitiator();
            var inner = recording.inner(i);
            var identification = Message.all(inner, Identification.class)
                    .filter(id -> id.ofInitiator() == initiator)
                    .findFirst()
                    .orElseThrow();
            var auth = Message.first(inner, Authentication.class).orElseThrow();
            var octets = AuthOctets.of(
                    recording.datagrams().get(initiator ? 0 : 1),
                    Vectors.hex(recording.secrets(), initiator ? "nr" : "ni"),
                    Prf.HMAC_SHA2_256,
                    initiator ? recording.keys().pi() : recording.keys().pr(),
                    identification.body());
            var identity = new Identity(identification.idType(), identification.data());
            var question = new Question.Verify(
                    List.of("dmvpn"), identity, Prf.HMAC_SHA2_256, octets, auth.method(), auth.data(), List.of());
            assertThat(right.answer(question, Instant.EPOCH)).isInstanceOf(Verdict.Proven.class);
            assertThat(wrong.answer(question, Instant.EPOCH)).isInstanceOf(Verdict.Refused.class);
        }
    }

    private static Credentials credentials(Bytes psk) {
        var key = new PreSharedKey(IdentityPattern.of("*"), Secret.owning(psk.toArray()));
        return new Credentials(Map.of("dmvpn", List.of(key)), new SeededEntropy(3));
    }
}
