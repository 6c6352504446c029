package ikebana.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What RFC 7296 asks of whoever receives: what to pass over, what to keep, and what to refuse.
class ReceiptTest {
    private static final int VERSION = 17;
    private static final int FLAGS = 19;
    private static final int RESERVED_FLAGS = 0xc7;
    private static final Nonce NONCE = new Nonce(Bytes.of(new byte[32]));

    private static Bytes message(Payload... payloads) {
        var header = Header.of(new IkeSpi(1), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, false, true, MessageId.ZERO);
        return new Message(header, List.of(payloads)).encode();
    }

    private static Message decoded(byte[] bytes) {
        return switch (Message.decode(Bytes.of(bytes))) {
            case Message.Decoded.Whole(var message) -> message;
            case Message.Decoded.Broken(var _, var why) -> throw new AssertionError(why);
        };
    }

    /// RFC 7296 2.5, 3.1
    @Test
    void theMinorVersionAndReservedBitsMeanNothing() {
        var bytes = message(NONCE).toArray();
        assertThat(bytes[VERSION]).isEqualTo((byte) 0x20);
        assertThat(bytes[FLAGS] & RESERVED_FLAGS).isZero();
        bytes[VERSION] = 0x2f;
        bytes[FLAGS] |= (byte) RESERVED_FLAGS;

        var message = decoded(bytes);

        assertThat(message.payloads()).containsExactly(NONCE);
        assertThat(message.header().fromInitiator()).isTrue();
        assertThat(message.header().response()).isFalse();
    }

    /// RFC 7296 3.2, 3.4
    @Test
    void theReservedBytesOfPayloadsMeanNothing() {
        var sent = new KeyExchange(31, Bytes.of(new byte[32]));
        var bytes = message(sent).toArray();
        bytes[Header.LENGTH + 1] = 0x7f; // beside the critical bit
        bytes[Header.LENGTH + 6] = 1; // behind the group
        bytes[Header.LENGTH + 7] = 1;

        assertThat(decoded(bytes).payloads()).containsExactly(sent);
    }

    /// RFC 7296 2.15: AUTH covers them.
    @Test
    void theReservedBytesOfAnIdentityAreKept() {
        var bytes =
                message(new Identification(true, 11, 0, Bytes.ofHex("6161"))).toArray();
        bytes[Header.LENGTH + 5] = 1;
        bytes[Header.LENGTH + 7] = 3;

        var id = Message.first(decoded(bytes).payloads(), Identification.class).orElseThrow();

        assertThat(id.body()).isEqualTo(Bytes.ofHex("0b0100036161"));
    }

    /// RFC 7296 2.10, 3.9
    @Test
    void aNonceHasSixteenTo256Bytes() {
        for (int length : new int[] {16, 256}) {
            assertThat(new Nonce(Bytes.of(new byte[length])).data().length()).isEqualTo(length);
        }
        for (int length : new int[] {0, 15, 257}) {
            var data = Bytes.of(new byte[length]);
            assertThatThrownBy(() -> new Nonce(data)).isInstanceOf(MalformedMessage.class);
        }
    }

    /// RFC 7296 3.10.1
    @Test
    void anErrorIsAnErrorAlsoWhenNobodyKnowsIt() {
        assertThat(new Notify(0, Bytes.EMPTY, 16383, Bytes.EMPTY).isError()).isTrue();
        assertThat(new Notify(0, Bytes.EMPTY, 16384, Bytes.EMPTY).isError()).isFalse();
    }
}
