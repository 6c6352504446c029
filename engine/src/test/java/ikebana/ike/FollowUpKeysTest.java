package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.IkeKeys;
import ikebana.wire.Message;
import ikebana.wire.Nonce;
import ikebana.wire.Secret;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/// The keys of two key exchanges, calculated by hand (RFC 9370 2.2.4).
class FollowUpKeysTest extends TwoKeyExchanges {
    @Test
    void theKeysOfTheNextIkeSaComeFromBothExchanges() throws GeneralSecurityException {
        stands();
        var d = inUse(a).keys().d().expose();
        Of.IKE.growsOld(a);
        between.settle();
        assertThat(results).hasSize(2);
        var next = inUse(a);
        var skeyseed = hmac(
                d,
                results.get(0).expose(),
                next.nonceI().toArray(),
                next.nonceR().toArray(),
                results.get(1).expose());
        var stream = plus(
                skeyseed,
                32 + 36 + 36 + 32 + 32,
                next.nonceI().toArray(),
                next.nonceR().toArray(),
                next.spiI().toBytes().toArray(),
                next.spiR().toBytes().toArray());
        assertThat(stream).isEqualTo(all(next.keys()));
    }

    private static byte[] all(IkeKeys keys) {
        return joined(Stream.of(keys.d(), keys.ei(), keys.er(), keys.pi(), keys.pr())
                .map(Secret::expose)
                .toArray(byte[][]::new));
    }

    /// The same of a child: KEYMAT = prf+(SK_d, SK(0) | Ni | Nr | SK(1)).
    @Test
    void theKeysOfAChildComeFromBothExchanges() throws GeneralSecurityException {
        stands();
        var keys = Wiretap.of(a.is()).orElseThrow();
        Of.CHILD.growsOld(a);
        between.settle();
        assertThat(results).hasSize(2);
        var nonceI = Message.first(read(keys, CREATE, false), Nonce.class).orElseThrow();
        var nonceR = Message.first(read(keys, CREATE, true), Nonce.class).orElseThrow();
        var keymat = plus(
                inUse(a).keys().d().expose(),
                36 + 36,
                results.get(0).expose(),
                nonceI.data().toArray(),
                nonceR.data().toArray(),
                results.get(1).expose());
        var made = wanted(a).pair();
        assertThat(keymat)
                .isEqualTo(joined(
                        made.outbound().encryptionKey().expose(),
                        made.inbound().encryptionKey().expose()));
    }

    private static byte[] hmac(byte[] key, byte[]... data) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(joined(data));
    }

    private static byte[] plus(byte[] key, int length, byte[]... seed) throws GeneralSecurityException {
        var stream = new byte[0];
        var last = new byte[0];
        for (int number = 1; stream.length < length; number++) {
            last = hmac(key, last, joined(seed), new byte[] {(byte) number});
            stream = joined(stream, last);
        }
        return Arrays.copyOf(stream, length);
    }

    private static byte[] joined(byte[]... parts) {
        var out = new java.io.ByteArrayOutputStream();
        for (var part : parts) out.writeBytes(part);
        return out.toByteArray();
    }
}
