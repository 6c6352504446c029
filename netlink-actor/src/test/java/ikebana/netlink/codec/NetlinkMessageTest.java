package ikebana.netlink.codec;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.netlink.Recorded;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NetlinkMessageTest {
    @Test
    void whatAKernelSaidIsReadAndWrittenAsItWas() {
        for (var recorded : Recorded.ALL) {
            var decoded = NetlinkMessage.decode(recorded.bytes());
            assertThat(decoded.broken()).as("%s", recorded).isEmpty();
            assertThat(decoded.messages()).as("%s", recorded).hasSize(1);
            assertThat(decoded.messages().getFirst().encode())
                    .as("%s", recorded)
                    .isEqualTo(recorded.bytes());
        }
    }

    @Test
    void severalMessagesOfOneDatagramAreAllRead() {
        var first = new NetlinkMessage(16, 2, 7, 9, Secret.owning(new byte[5]));
        var second = new NetlinkMessage(NetlinkMessage.DONE, 2, 7, 9, Secret.owning(new byte[4]));
        var both = new NativeWriter()
                .secret(first.encode())
                .secret(second.encode())
                .toSecret();
        assertThat(NetlinkMessage.decode(both))
                .isEqualTo(new NetlinkMessage.Decoded(List.of(first, second), Optional.empty()));
    }

    @Test
    void aLengthThatPointsOutsideLeavesWhatCameBeforeIt() {
        var good = new NetlinkMessage(16, 0, 1, 0, Secret.owning(new byte[8]));
        for (int length : new int[] {0, 15, 17, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            var bad = new NativeWriter()
                    .secret(good.encode())
                    .i32(length)
                    .zeros(12)
                    .toSecret();
            var decoded = NetlinkMessage.decode(bad);
            assertThat(decoded.messages()).containsExactly(good);
            assertThat(decoded.broken()).as("length %d", length).isPresent();
        }
    }

    @Test
    void aMessagePrintsNoKey() {
        var install = Recorded.of("request", "state-aes256gcm16-window-32").getFirst();
        assertThat(install.toString()).doesNotContain("000102").contains("Secret[");
    }

    @Test
    void acknowledgementsTellTheErrorAndTheKernelsWords() {
        assertThat(ending("ack-done")).isEqualTo(new Acknowledgement(0, Optional.empty()));
        assertThat(ending("ack-exists")).isEqualTo(new Acknowledgement(Errno.EEXIST, Optional.empty()));
        assertThat(ending("ack-not-found")).isEqualTo(new Acknowledgement(Errno.ESRCH, Optional.empty()));
        assertThat(ending("ack-not-found-repeating-the-request"))
                .isEqualTo(new Acknowledgement(Errno.ESRCH, Optional.empty()));
        assertThat(ending("ack-wrong-key"))
                .isEqualTo(new Acknowledgement(
                        22, Optional.of("Kernel was unable to initialize cryptographic operations")));
    }

    @Test
    void anErrorWhoseDetailsAreCutOffIsStillThatError() {
        var whole = Recorded.of("answer", "ack-wrong-key").getLast();
        for (int length = 4; length < whole.payload().length(); length++) {
            var cut = new NetlinkMessage(
                    whole.type(), whole.flags(), 1, 1, whole.payload().slice(0, length));
            assertThat(Acknowledgement.decode(cut).map(Acknowledgement::errno)).contains(22);
        }
        assertThat(Acknowledgement.decode(
                        new NetlinkMessage(2, 0, 1, 1, whole.payload().slice(0, 3))))
                .isEmpty();
    }

    @Test
    void theLastOfSeveralAttributesOfATypeCounts() {
        var one = new Attribute(3, Bytes.of((byte) 1));
        var nested = new Attribute(3 | 0x8000, Bytes.of((byte) 2));
        assertThat(Attribute.find(List.of(one, nested), 3)).contains(nested);
    }

    private static Acknowledgement ending(String occasion) {
        return Acknowledgement.decode(Recorded.of("answer", occasion).getLast()).orElseThrow();
    }
}
