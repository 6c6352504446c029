package ikebana.ike;

import ikebana.settings.Fragmentation;
import ikebana.wire.Bytes;
import ikebana.wire.EncryptedFragment;
import ikebana.wire.Header;
import ikebana.wire.MessageId;
import ikebana.wire.PayloadType;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What has come of messages in fragments, RFC 7383 2.6: of the one request that is expected, and of the one response
/// that is awaited. Nothing is kept that is not authentic.
record Fragments(Optional<Incomplete> request, Optional<Incomplete> response) {
    static final Fragments NONE = new Fragments(Optional.empty(), Optional.empty());

    /// A message of which something is missing.
    ///
    /// @param parts by fragment number, opened
    /// @param first the datagram with fragment number 1, once it is there: when it comes again, so does the message
    /// @param firstInner the type of the first payload, if fragment number 1 is there
    /// @param until when it is forgotten
    record Incomplete(
            MessageId id, int total, SortedMap<Integer, Bytes> parts, Bytes first, int firstInner, Instant until) {
        Incomplete {
            parts = new TreeMap<>(parts);
        }

        boolean isWhole() {
            return parts.size() == total;
        }

        /// The payloads, once it is whole.
        Bytes chain() {
            return Bytes.concat(parts.values().toArray(Bytes[]::new));
        }

        private int length() {
            return parts.values().stream().mapToInt(Bytes::length).sum();
        }
    }

    /// Why a fragment is of no use, if so: before anybody opens it.
    Optional<String> refusal(Header header, EncryptedFragment fragment, Fragmentation limits) {
        // RFC 7383 2.5: the first, and only the first, says what is inside
        if ((fragment.number() == 1) == (fragment.firstInner() == PayloadType.NONE)) {
            return Optional.of("a fragment with the wrong next payload");
        }
        if (fragment.total() > limits.mostFragments()) {
            return Optional.of("a message in %d fragments".formatted(fragment.total()));
        }
        var before = of(header);
        if (before.isEmpty()) return Optional.empty();
        if (fragment.total() < before.get().total()) {
            return Optional.of("a fragment of %d where there are %d"
                    .formatted(fragment.total(), before.get().total()));
        }
        boolean again =
                fragment.total() == before.get().total() && before.get().parts().containsKey(fragment.number());
        return again ? Optional.of("a fragment that is there already") : Optional.empty();
    }

    /// With a fragment that is authentic and was not refused; empty when the message becomes too large.
    ///
    /// @param datagram it came in
    /// @param part what was sealed in it
    Optional<Fragments> with(
            Header header,
            EncryptedFragment fragment,
            Bytes datagram,
            Bytes part,
            Fragmentation limits,
            Instant until) {
        // RFC 7383 2.6: a peer that has found its fragments too large begins again with more of them
        var before = of(header).filter(it -> it.total() == fragment.total());
        if (before.map(Incomplete::length).orElse(0) + part.length() > limits.largestMessage()) {
            return Optional.empty();
        }
        var parts = new TreeMap<Integer, Bytes>(before.map(Incomplete::parts).orElse(new TreeMap<>(Map.of())));
        parts.put(fragment.number(), part);
        boolean first = fragment.number() == 1;
        var next = new Incomplete(
                header.messageId(),
                fragment.total(),
                parts,
                first ? datagram : before.map(Incomplete::first).orElse(Bytes.EMPTY),
                first
                        ? fragment.firstInner()
                        : before.map(Incomplete::firstInner).orElse(PayloadType.NONE),
                before.map(Incomplete::until).orElse(until));
        return Optional.of(
                header.response()
                        ? new Fragments(request, Optional.of(next))
                        : new Fragments(Optional.of(next), response));
    }

    /// The message that a header belongs to, as far as it is there.
    Optional<Incomplete> of(Header header) {
        return (header.response() ? response : request).filter(it -> it.id().equals(header.messageId()));
    }

    /// Without the message that a header belongs to.
    Fragments without(Header header) {
        return header.response() ? new Fragments(request, Optional.empty()) : new Fragments(Optional.empty(), response);
    }

    /// Without what nobody waits for any more.
    Fragments stillOf(Window window, Instant now) {
        return new Fragments(
                request.filter(
                        it -> it.id().equals(window.expected()) && it.until().isAfter(now)),
                response.filter(it -> window.awaits(it.id()) && it.until().isAfter(now)));
    }

    Optional<Instant> wakeAt() {
        return SaState.earliest(request.map(Incomplete::until), response.map(Incomplete::until));
    }
}
