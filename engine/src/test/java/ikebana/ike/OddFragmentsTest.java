package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.EncryptedFragment;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.PayloadType;
import ikebana.wire.Writer;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments of whoever has the keys, and means ill (RFC 7383): with other payloads in front of them, as
/// CVE-2026-12413 had them, and by the thousand in no order, as CVE-2016-10396 had them. What is kept has a
/// limit, and the SA goes on.
class OddFragmentsTest {
    private static final int UNKNOWN = 200;

    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));
    private Insider insider;

    @BeforeEach
    void stands() {
        couple.dials();
        couple.happens(couple.b, new Input.Probe());
        couple.carryAll();
        couple.forget();
        insider = Insider.of(couple.b.is(), new SeededEntropy(9)).orElseThrow();
    }

    private void says(Bytes bytes) {
        couple.hears(couple.a, new Datagram(couple.b.is().path(), bytes));
    }

    /// A fragment with so many payloads in front of it, truly sealed.
    private Bytes behind(int payloads, int id, int which) {
        var whole = Message.encodeChain(List.of(Notify.of(NotifyType.COOKIE2)));
        var part = which == 1 ? whole.slice(0, 3) : whole.slice(3, whole.length());
        var plain = insider.fragment(ExchangeType.Known.INFORMATIONAL, id, which, 2, part, which);
        int skf = PayloadType.Known.ENCRYPTED_FRAGMENT.code();
        var front = new Writer().bytes(plain.slice(0, 16)).u8(UNKNOWN).bytes(plain.slice(17, 24));
        front.i32(plain.length() + payloads * 5);
        for (int number = 1; number <= payloads; number++) {
            front.u8(number == payloads ? skf : UNKNOWN).u8(0).u16(5).u8(number);
        }
        front.bytes(plain.slice(Header.LENGTH, Header.LENGTH + EncryptedFragment.OVERHEAD));
        var associated = front.toBytes();
        var iv = insider.protection().nextIv((1L << 41) + which, insider.entropy());
        return Bytes.concat(associated, insider.protection().seal(associated, iv, part));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 29, 30, 31, 127, 128, 500})
    void aFragmentBehindManyPayloadsEndsNothing(int payloads) {
        int id = couple.a.is().window().expected().value();
        for (int which = 1; which <= 2; which++) {
            says(behind(payloads, id, which));
        }
        // whole, it is a request like any other, of payloads that say nothing; 128 payloads are the most
        assertThat(couple.said).hasSize(payloads < 128 ? 1 : 0);
        assertThat(couple.a.said).isEmpty();
        assertThat(couple.a.is().phase()).isInstanceOf(Phase.Established.class);
        assertThat(Couple.wanted(couple.a, Couple.FLOW)).hasSize(1);
    }

    @Test
    void tenThousandInNoOrderAreKeptUpToTheLimit() {
        var dice = new Random(1);
        var limits = Examples.SETTINGS.fragmentation();
        int id = couple.a.is().window().expected().value();
        var totals = new HashSet<Integer>();
        for (int number = 0; number < 10_000; number++) {
            // a larger total begins anew; the largest can only grow
            int total = number < 6_000 ? 2 + dice.nextInt(65_534) : 65_535;
            totals.add(total);
            int which = 1 + dice.nextInt(total);
            says(insider.fragment(ExchangeType.Known.INFORMATIONAL, id, which, total, Bytes.of(new byte[100]), number));
            int kept = couple.a
                    .is()
                    .fragments()
                    .request()
                    .map(it -> it.parts().size())
                    .orElse(0);
            assertThat(kept).isLessThanOrEqualTo(limits.mostFragments());
        }
        assertThat(totals).hasSizeGreaterThan(5000);
        assertThat(couple.said).isEmpty();
        goesOn();
    }

    /// Whoever has been told nothing of all that is answered as ever.
    private void goesOn() {
        couple.happens(couple.b, new Input.Probe());
        couple.carryAll();
        assertThat(couple.b.is().window().flight()).isEmpty();
        assertThat(Couple.wanted(couple.a, Couple.FLOW)).hasSize(1);
    }
}
