package ikebana.netlink.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.netlink.Recorded;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Secret;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class XfrmMessageTest {
    /// Links and addresses speak another language under the same numbers; acknowledgements have a test of their own.
    private static boolean isXfrm(Recorded recorded) {
        return recorded.message().type() >= 16
                && !recorded.kind().equals("route")
                && !recorded.occasion().equals("links-and-addresses");
    }

    @Test
    void whatAKernelSaidIsReadAndWrittenAsItWas() {
        var types = new TreeSet<Integer>();
        for (var recorded : Recorded.ALL) {
            if (!isXfrm(recorded)) continue;
            var message = recorded.message();
            var whole = whole(message);
            assertThat(whole.body()).as("%s", recorded).isNotInstanceOf(XfrmBody.Raw.class);
            assertThat(whole.asRequest(0).payload()).as("%s", recorded).isEqualTo(message.payload());
            types.add(message.type());
        }
        assertThat(types)
                .containsExactly(
                        XfrmMessage.NEWSA,
                        XfrmMessage.DELSA,
                        XfrmMessage.GETSA,
                        XfrmMessage.NEWPOLICY,
                        XfrmMessage.DELPOLICY,
                        XfrmMessage.GETPOLICY,
                        XfrmMessage.ALLOCSPI,
                        XfrmMessage.ACQUIRE,
                        XfrmMessage.EXPIRE,
                        XfrmMessage.MAPPING);
    }

    @Test
    void aStateComesBackFromTheKernelAsWeSentIt() {
        var suites = Recorded.ALL.stream()
                .map(Recorded::occasion)
                .filter(occasion -> occasion.startsWith("state-") && occasion.contains("window"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(suites).hasSizeGreaterThanOrEqualTo(18);
        for (var occasion : suites) {
            var sent = whole(Recorded.of("request", occasion).getFirst());
            var listed = whole(Recorded.of("answer", occasion).getFirst());
            var ours = (UserSaInfo) sent.body();
            var theirs = (UserSaInfo) listed.body();
            assertThat(theirs)
                    .as(occasion)
                    .isEqualTo(new UserSaInfo(
                            ours.selector(),
                            ours.id(),
                            ours.source(),
                            ours.limits(),
                            theirs.used(),
                            0,
                            0,
                            0,
                            ours.sequence(),
                            ours.reqid(),
                            ours.family(),
                            ours.mode(),
                            theirs.replayWindow(),
                            ours.flags()));
            assertThat(listed.attributes()).as(occasion).containsAll(sent.attributes());
        }
    }

    @Test
    void theLongestAndTheShortestReplayWindowsFit() {
        for (int window : new int[] {0, 1, 32, 33, 4096}) {
            var esn = ReplayStateEsn.ofWindow(window);
            assertThat(esn.bitmap().length() * 8).isGreaterThanOrEqualTo(window);
        }
    }

    @Test
    void sizesAreThoseOfTheKernelsStructures() {
        assertThat(List.of(
                        size("request", "state-aes256gcm16-window-0", 224),
                        size("request", "acquire", 168),
                        size("event", "acquire", 280),
                        size("event", "expire-packets", 232),
                        size("event", "mapping", 64)))
                .containsOnly(true);
    }

    /// Whether the attributes begin right behind a structure of that size.
    private static boolean size(String kind, String occasion, int structure) {
        var message = Recorded.of(kind, occasion).getFirst();
        var attributes = new NetlinkMessage(
                XfrmMessage.GETSA,
                NetlinkMessage.DUMP,
                0,
                0,
                message.payload().slice(structure, message.payload().length()));
        return XfrmMessage.decode(attributes) instanceof XfrmMessage.Decoded.Whole(var whole)
                && whole.attributes().equals(whole(message).attributes());
    }

    @Test
    void aCutMessageIsBrokenOrShorterButNeverAFailure() {
        for (var recorded : Recorded.ALL) {
            if (!isXfrm(recorded)) continue;
            var message = recorded.message();
            for (int length = 0; length < message.payload().length(); length++) {
                var cut = new NetlinkMessage(
                        message.type(), message.flags(), 0, 0, message.payload().slice(0, length));
                switch (XfrmMessage.decode(cut)) {
                    case XfrmMessage.Decoded.Whole(var whole) ->
                        assertThat(whole.attributes().size())
                                .isLessThan(
                                        Math.max(1, whole(message).attributes().size() + 1));
                    case XfrmMessage.Decoded.Broken(int type, var why) -> {
                        assertThat(type).isEqualTo(message.type());
                        assertThat(why).isNotEmpty();
                    }
                }
                assertThat(FromKernel.notice(cut)).isNotNull();
            }
        }
    }

    @Test
    void keyLengthsThatCannotBeAreBroken() {
        // XFRMA_ALG_AEAD whose key claims 2^31 - 1, and 2^32 - 1, bits
        for (var bits : new String[] {"ffffff7f", "ffffffff"}) {
            var aead = "4c001200" + "61".repeat(64) + bits + "80000000";
            var message = new NetlinkMessage(
                    XfrmMessage.GETSA,
                    NetlinkMessage.DUMP,
                    0,
                    0,
                    Secret.owning(HexFormat.of().parseHex(aead)));
            assertThat(XfrmMessage.decode(message)).isInstanceOf(XfrmMessage.Decoded.Broken.class);
        }
    }

    private static XfrmMessage whole(NetlinkMessage message) {
        return switch (XfrmMessage.decode(message)) {
            case XfrmMessage.Decoded.Whole(var whole) -> whole;
            case XfrmMessage.Decoded.Broken(var _, var why) -> throw new AssertionError(why);
        };
    }
}
