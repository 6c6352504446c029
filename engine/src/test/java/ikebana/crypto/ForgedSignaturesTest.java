package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Signatures.Choice;
import ikebana.wire.Bytes;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// PKCS#1 v1.5 by whoever reads it loosely: with the exponent 3 a signature can be made without the key
/// where what stands behind the hash is not looked at (CVE-2018-16151, CVE-2026-50722), and a short hash
/// has ended a daemon (CVE-2026-50721).
class ForgedSignaturesTest {
    private static final Bytes OCTETS = Bytes.of(new byte[200]);
    private static final int LENGTH = 256;
    private static final String LABEL = "300d06092a864886f70d01010b0500";
    private static final String DIGEST_INFO = "3031300d060960864801650304020105000420";
    private static final KeyPair PAIR = pair();

    private static KeyPair pair() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(new RSAKeyGenParameterSpec(8 * LENGTH, RSAKeyGenParameterSpec.F0));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static Bytes hash() {
        try {
            return Bytes.of(MessageDigest.getInstance("SHA-256").digest(OCTETS.toArray()));
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    /// 00 01 ff .. ff 00, with so many ff.
    private static Bytes padding(int ones) {
        var padding = new byte[ones + 3];
        for (int at = 2; at < ones + 2; at++) padding[at] = (byte) 0xff;
        padding[1] = 1;
        return Bytes.of(padding);
    }

    private static Bytes fixed(BigInteger number) {
        var bytes = new byte[LENGTH];
        var raw = number.toByteArray();
        int length = Math.min(raw.length, LENGTH);
        System.arraycopy(raw, raw.length - length, bytes, LENGTH - length, length);
        return Bytes.of(bytes);
    }

    private static Optional<String> refusal(Bytes signature) {
        var der = Bytes.ofHex(LABEL);
        var data = Bytes.concat(Bytes.of((byte) der.length()), der, signature);
        return Signatures.refusal(PAIR.getPublic(), Signatures.DIGITAL_SIGNATURE, data, Choice.DEFAULT, OCTETS);
    }

    /// By whoever has the key, of a block as it likes.
    private static Bytes signed(Bytes block) {
        var key = (RSAPrivateKey) PAIR.getPrivate();
        return fixed(new BigInteger(1, block.toArray()).modPow(key.getPrivateExponent(), key.getModulus()));
    }

    private static Bytes block(Bytes info) {
        return Bytes.concat(padding(LENGTH - 3 - info.length()), info);
    }

    @Test
    void theTrueOneIsTaken() {
        assertThat(refusal(signed(block(Bytes.concat(Bytes.ofHex(DIGEST_INFO), hash())))))
                .isEmpty();
    }

    @Test
    void aCubeRootIsNoSignature() {
        var front = Bytes.concat(padding(8), Bytes.ofHex(DIGEST_INFO), hash());
        var block = Bytes.concat(front, Bytes.of(new byte[LENGTH - front.length()]));
        var root = cubeRoot(new BigInteger(1, block.toArray())).add(BigInteger.ONE);
        var public3 = (RSAPublicKey) PAIR.getPublic();
        var opened = fixed(root.modPow(public3.getPublicExponent(), public3.getModulus()));
        assertThat(opened.slice(0, front.length())).isEqualTo(front); // a loose reader would take it
        assertThat(refusal(fixed(root))).isPresent();
    }

    private static BigInteger cubeRoot(BigInteger of) {
        var low = BigInteger.ZERO;
        var high = BigInteger.ONE.shiftLeft(of.bitLength() / 3 + 1);
        while (high.subtract(low).compareTo(BigInteger.ONE) > 0) {
            var middle = low.add(high).shiftRight(1);
            if (middle.pow(3).compareTo(of) <= 0) low = middle;
            else high = middle;
        }
        return low;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // no hash at all
                "3031300d0609608648016503040201050004", // the end is missing
                "3021300d060960864801650304020105000410", // half a hash follows
                "302f300b0609608648016503040201", // no parameters, and no hash
                "3021300906052b0e03021a05000414", // SHA-1
                "30820031300d060960864801650304020105000420", // a length in two bytes
                "3031300d0609608648016503040201050404", // a parameter of four bytes
            })
    void anotherLabelInsideIsRefused(String info) {
        assertThat(refusal(signed(block(Bytes.concat(Bytes.ofHex(info), hash())))))
                .isPresent();
        assertThat(refusal(signed(block(Bytes.ofHex(info))))).isPresent();
        assertThat(refusal(signed(block(Bytes.concat(Bytes.ofHex(info), hash().slice(0, 16))))))
                .isPresent();
    }

    @Test
    void whatStandsBehindTheHashOrIsCutOffIsRefused() {
        var info = Bytes.concat(Bytes.ofHex(DIGEST_INFO), hash());
        for (int more : new int[] {1, 20, 100}) {
            assertThat(refusal(signed(block(Bytes.concat(info, Bytes.of(new byte[more]))))))
                    .isPresent();
        }
        var full = signed(block(info));
        for (int length : new int[] {0, 1, 255})
            assertThat(refusal(full.slice(0, length))).isPresent();
        assertThat(refusal(Bytes.concat(Bytes.of((byte) 0), full))).isPresent();
    }
}
