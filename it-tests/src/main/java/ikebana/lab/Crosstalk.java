package ikebana.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Everybody talks to everybody: a UDP socket in each of many network namespaces, and all of them in this process,
/// because a `ping` for each pair would cost the guest's one CPU more than what they are to show. Each asks each other
/// one, and is answered.
///
/// It says `ready` and obeys its standard input. `ask N`: a round begins. Each of the first N asks each other at the
/// same moment, and again at every interval; it says `answered` when everybody has been, by everybody, or `silence`
/// when its patience ends. `end`: no more is asked. When the last answers are there, or have had their
/// time, there is a line for each who asked another, and then `over`:
///
///     NAME OTHER MILLISECONDS FIRST ASKED LOST
///
/// When, after the round's beginning, the first answer came, and to which question (`-` if none came); how many were
/// asked in all; how many from that first one on got no answer. On standard error there is when those were asked.
public final class Crosstalk {
    private static final int PORT = 7; // echo (RFC 862)
    private static final int SIZE = 1 + 2 * Integer.BYTES;
    private static final byte QUESTION = 1;
    private static final byte ANSWER = 2;
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(5);
    private static final long PAUSE_MILLIS = 10;

    /// One end: its number is its place among all.
    private record End(String name, InetSocketAddress address, DatagramChannel channel) {}

    /// What one has asked another in this round. Questions count from 0.
    private static final class Talk {
        final BitSet answered = new BitSet();
        int asked;
        long firstAnswer;

        int lost() {
            int first = answered.nextSetBit(0);
            return first < 0 ? 0 : asked - first - answered.cardinality();
        }

        String told() {
            int first = answered.nextSetBit(0);
            return first < 0
                    ? "- - " + asked + " -"
                    : firstAnswer / 1_000_000 + " " + first + " " + asked + " " + lost();
        }
    }

    private final List<End> ends = new ArrayList<>();
    private final Map<InetSocketAddress, Integer> numbers = new HashMap<>();
    private final Selector selector = Selector.open();
    private final ByteBuffer packet = ByteBuffer.allocateDirect(SIZE);

    private int round;
    private long began;
    private Talk[][] talks = {};
    private final List<LocalTime> asked = new ArrayList<>();
    private int silent;

    private Crosstalk() throws IOException {}

    /// @param arguments the interval and the patience, in milliseconds, then NAMESPACE=ADDRESS for each end
    public static void main(String[] arguments) throws Throwable {
        var crosstalk = new Crosstalk();
        for (int i = 2; i < arguments.length; i++) crosstalk.join(arguments[i].split("=", 2));
        System.out.println("ready");
        var interval = Duration.ofMillis(Long.parseLong(arguments[0]));
        var patience = Duration.ofMillis(Long.parseLong(arguments[1]));
        for (var word = readLine(); !word.isEmpty(); word = readLine()) {
            crosstalk.round(Integer.parseInt(word.substring("ask ".length())), interval, patience);
        }
    }

    private void join(String[] nameAndAddress) throws Throwable {
        NetworkNamespace.enter(nameAndAddress[0]);
        var address = new InetSocketAddress(nameAndAddress[1], PORT);
        var channel = DatagramChannel.open(StandardProtocolFamily.INET);
        channel.bind(address).configureBlocking(false).register(selector, SelectionKey.OP_READ, ends.size());
        numbers.put(address, ends.size());
        ends.add(new End(nameAndAddress[0], address, channel));
    }

    private void round(int count, Duration interval, Duration patience) throws IOException {
        round++;
        talks = new Talk[count][count];
        for (var row : talks) for (int to = 0; to < row.length; to++) row[to] = new Talk();
        silent = count * (count - 1);
        asked.clear();
        boolean told = false;
        began = System.nanoTime();
        while (System.in.available() == 0) {
            askAll();
            // from now, not from when it was due: whoever is late shall not take the CPU from those who are to answer
            long due = elapsed() + interval.toNanos();
            while (elapsed() < due && System.in.available() == 0) {
                hear();
                if (told || (silent > 0 && elapsed() < patience.toNanos())) continue;
                told = true;
                System.out.println(silent == 0 ? "answered" : "silence");
            }
        }
        readLine();
        for (long until = elapsed() + LAST_ANSWERS.toNanos(); elapsed() < until && owed(); ) hear();
        tell();
    }

    private long elapsed() {
        return System.nanoTime() - began;
    }

    /// Nothing else reads ahead, so that `available` counts what was not heeded yet.
    private static String readLine() throws IOException {
        var line = new StringBuilder();
        for (int c = System.in.read(); c >= 0 && c != '\n'; c = System.in.read()) line.append((char) c);
        return line.toString();
    }

    private void askAll() throws IOException {
        asked.add(LocalTime.now(ZoneId.systemDefault()));
        for (int from = 0; from < talks.length; from++) {
            for (int to = 0; to < talks.length; to++) {
                if (from == to) continue;
                send(ends.get(from), ends.get(to).address(), QUESTION, round, talks[from][to].asked++);
            }
            selector.selectNow(key -> receive((int) key.attachment()));
        }
    }

    private void hear() throws IOException {
        selector.select(key -> receive((int) key.attachment()), PAUSE_MILLIS);
    }

    private void send(End from, InetSocketAddress to, byte kind, int inRound, int number) throws IOException {
        packet.clear().put(kind).putInt(inRound).putInt(number).flip();
        from.channel().send(packet, to);
    }

    private void receive(int number) {
        var end = ends.get(number);
        try {
            for (var from = receive(end); from != null; from = receive(end)) {
                byte kind = packet.get();
                int inRound = packet.getInt();
                int question = packet.getInt();
                var other = numbers.get(from);
                if (other == null) continue;
                if (kind == QUESTION) send(end, ends.get(other).address(), ANSWER, inRound, question);
                else if (inRound == round) answered(talks[number][other], question);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @return who sent what is now in `packet`, or null if nothing was there
    private @Nullable InetSocketAddress receive(End end) throws IOException {
        packet.clear();
        var from = (InetSocketAddress) end.channel().receive(packet);
        packet.flip();
        return from;
    }

    private void answered(Talk talk, int question) {
        if (talk.answered.isEmpty()) {
            talk.firstAnswer = elapsed();
            silent--;
        }
        talk.answered.set(question);
    }

    private boolean owed() {
        return Stream.of(talks).flatMap(Stream::of).anyMatch(talk -> talk.lost() > 0);
    }

    private void tell() {
        var all = new StringBuilder();
        for (int from = 0; from < talks.length; from++) {
            for (int to = 0; to < talks.length; to++) {
                if (from == to) continue;
                tellLost(ends.get(from).name(), ends.get(to).name(), talks[from][to]);
                all.append("%s %s %s%n"
                        .formatted(ends.get(from).name(), ends.get(to).name(), talks[from][to].told()));
            }
        }
        System.out.println(all + "over");
    }

    private void tellLost(String from, String to, Talk talk) {
        int question = talk.answered.nextSetBit(0);
        if (question < 0) return;
        for (question = talk.answered.nextClearBit(question);
                question < talk.asked;
                question = talk.answered.nextClearBit(question + 1)) {
            System.err.println(
                    "round %d: %s asked %s at %s, and heard nothing".formatted(round, from, to, asked.get(question)));
        }
    }
}
