package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Authority.Wish;
import ikebana.auth.CertificatePath.Judged;
import ikebana.wire.Bytes;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.junit.jupiter.api.Test;

/// Certificates of RSA keys that are none: an exponent of 0 has ended a daemon (CVE-2026-14957). Whoever
/// shows one, as its own or as an authority's, is refused with a sentence.
class OddKeysTest {
    private static final Bytes EXPONENT = Bytes.ofHex("0203010001");

    private final Authority root = Authority.root("C=CH, O=Example, CN=Root", Authority.edwards(1));
    private final KeyPair rsa = Authority.pair("RSA", 2048, 7);
    private final Authority middle =
            root.authority(new Wish("C=CH, O=Example, CN=Middle", rsa).authority(new BasicConstraints(true)));

    private Judged judge(List<Bytes> presented) {
        var trust = new Trust(List.of(root.certificate()), List.of(), Trust.Revocation.SOFT, 6, 32_768);
        return CertificatePath.judge(trust, presented, Authority.NOW);
    }

    private static List<Bytes> odd(Bytes certificate) {
        var all = new ArrayList<Bytes>();
        int at = indexOf(certificate, EXPONENT);
        for (var exponent :
                List.of("0203000000", "0203000001", "0203000002", "0203ffffff", "0203800000", "0300010001")) {
            all.add(replaced(certificate, at, Bytes.ofHex(exponent)));
        }
        // the modulus ends just before: even, and all zero
        all.add(replaced(certificate, at - 1, Bytes.of((byte) 0)));
        all.add(replaced(certificate, at - 257, Bytes.of(new byte[257])));
        return all;
    }

    private static Bytes replaced(Bytes in, int at, Bytes part) {
        return Bytes.concat(in.slice(0, at), part, in.slice(at + part.length(), in.length()));
    }

    private static int indexOf(Bytes in, Bytes what) {
        for (int at = 0; at + what.length() <= in.length(); at++) {
            if (in.slice(at, at + what.length()).equals(what)) return at;
        }
        throw new AssertionError("it is not there");
    }

    @Test
    void aKeyThatIsNoneIsRefusedAndEndsNothing() {
        var middles = CertificateKey.encoded(middle.certificate());
        var spoke = middle.issue(new Wish("C=CH, O=Example, CN=spoke", Authority.edwards(2)));
        var own = CertificateKey.encoded(root.issue(new Wish("C=CH, O=Example, CN=other", rsa)));
        assertThat(judge(List.of(own))).isInstanceOf(Judged.Trusted.class);
        assertThat(judge(List.of(CertificateKey.encoded(spoke), middles))).isInstanceOf(Judged.Trusted.class);
        for (var one : odd(own)) assertThat(judge(List.of(one))).isInstanceOf(Judged.Refused.class);
        for (var one : odd(middles)) {
            assertThat(judge(List.of(CertificateKey.encoded(spoke), one))).isInstanceOf(Judged.Refused.class);
        }
    }

    @Test
    void aSerialNumberBelowZeroIsANumberLikeAnyOther() {
        var wish = new Wish("C=CH, O=Example, CN=spoke", Authority.edwards(2));
        for (long serial : new long[] {-1, 0, Long.MIN_VALUE}) {
            assertThat(judge(List.of(CertificateKey.encoded(root.issue(wish, serial)))))
                    .isInstanceOf(Judged.Trusted.class);
        }
    }
}
