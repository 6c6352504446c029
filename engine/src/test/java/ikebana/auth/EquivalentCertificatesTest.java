package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.CertificatePath.Judged;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A peer may send as many certificates as it likes that all say the same (CVE-2021-41991): they are counted before
/// any of them is read, and what was judged once is not kept.
class EquivalentCertificatesTest {
    private static final int MOST = 6;

    private final Authority root = Authority.root("C=CH, O=Example, CN=Root", Authority.edwards(1));
    private final Bytes spoke =
            CertificateKey.encoded(root.issue(new Authority.Wish("C=CH, O=Example, CN=spoke", Authority.edwards(2))));

    private Judged judge(List<Bytes> presented) {
        var trust = new Trust(List.of(root.certificate()), List.of(), Trust.Revocation.SOFT, MOST, 32_768);
        return CertificatePath.judge(trust, presented, Authority.NOW);
    }

    /// The same certificate but for the end of its signature.
    private Bytes variant(int number) {
        var bytes = spoke.toArray();
        ByteBuffer.wrap(bytes).putInt(bytes.length - 4, number);
        return Bytes.of(bytes);
    }

    @Test
    void aHundredThousandAreRefusedByTheirNumber() {
        var variants = IntStream.range(0, 100_000).mapToObj(this::variant).toList();
        assertThat(judge(variants))
                .isInstanceOfSatisfying(
                        Judged.Refused.class,
                        refused -> assertThat(refused.why())
                                .startsWith("it sends 100000 certificates with ")
                                .endsWith("longest-chain is 6, largest-chain 32768"));
    }

    @Test
    void asManyAsTheLimitLetsInAreJudged() {
        var variants = Collections.nCopies(MOST, spoke);
        assertThat(judge(variants)).isInstanceOf(Judged.Trusted.class);
        assertThat(judge(Collections.nCopies(MOST + 1, spoke))).isInstanceOf(Judged.Refused.class);
    }

    @Test
    void aMessageHasRoomForFewerThanItsLimitOfPayloads() {
        var payloads =
                List.<Payload>copyOf(Collections.nCopies(1000, new Certificate(Certificate.X509_SIGNATURE, spoke)));
        var chain = Message.decodeChain(Message.firstType(payloads), Message.encodeChain(payloads));
        assertThat(chain).isInstanceOf(Message.Chain.Broken.class);
    }
}
