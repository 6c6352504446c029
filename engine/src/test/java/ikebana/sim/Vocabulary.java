package ikebana.sim;

import ikebana.auth.Identity;
import ikebana.crypto.Certificates;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.ike.Datagram;
import ikebana.ike.Wiretap;
import ikebana.kernel.Direction;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.negotiation.Selection;
import ikebana.wire.Authentication;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import ikebana.wire.CertificateRequest;
import ikebana.wire.Configuration;
import ikebana.wire.Delete;
import ikebana.wire.Eap;
import ikebana.wire.Encrypted;
import ikebana.wire.EncryptedFragment;
import ikebana.wire.Header;
import ikebana.wire.Identification;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.TrafficSelector;
import ikebana.wire.TrafficSelectors;
import ikebana.wire.Unknown;
import ikebana.wire.VendorId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// How a transcript words things, after the notation of RFC 7296.
final class Vocabulary {
    private final Map<Bytes, String> spis = new HashMap<>();

    String message(Host from, Datagram datagram, Optional<Wiretap> keys) {
        var bytes = datagram.bytes();
        int port = datagram.path().remote().port();
        var header = Header.peek(bytes).orElseThrow();
        var payloads = keys.map(known -> known.read(bytes)).orElseGet(() -> clear(bytes));
        var words = payloads.stream().map(payload -> word(payload, header)).collect(Collectors.joining(", "));
        return "%s -> %s%s  %s %s %s {%s}"
                .formatted(
                        from,
                        from.name.equals("a") ? "b" : "a",
                        port == 500 ? "" : ":" + port,
                        header.exchange(),
                        header.response() ? "response" : "request",
                        header.messageId(),
                        words.isEmpty() ? "" : " " + words + " ");
    }

    private static List<Payload> clear(Bytes bytes) {
        return Message.decode(bytes) instanceof Message.Decoded.Whole(var message) ? message.payloads() : List.of();
    }

    private String word(Payload payload, Header header) {
        return switch (payload) {
            case SecurityAssociation sa -> "SA(%s)".formatted(Selection.describe(sa));
            case KeyExchange ke -> "KE(%s)".formatted(group(ke.group()));
            case Nonce _ -> header.response() ? "Nr" : "Ni";
            case Identification id ->
                "%s(%s)".formatted(id.ofInitiator() ? "IDi" : "IDr", new Identity(id.idType(), id.data()));
            case Authentication _ -> "AUTH";
            case Notify notify -> "N(%s)".formatted(notify(notify));
            case Delete delete ->
                delete.protocolId() == Proposal.IKE
                        ? "D(IKE)"
                        : "D(ESP %s)"
                                .formatted(
                                        delete.spis().stream().map(this::name).collect(Collectors.joining(", ")));
            case TrafficSelectors ts ->
                "%s(%s)"
                        .formatted(
                                ts.ofInitiator() ? "TSi" : "TSr",
                                ts.selectors().stream()
                                        .map(Vocabulary::selector)
                                        .collect(Collectors.joining(", ")));
            case VendorId vendor -> "V(%s)".formatted(new String(vendor.data().toArray(), StandardCharsets.US_ASCII));
            case Unknown unknown -> "payload %d%s".formatted(unknown.code(), unknown.critical() ? ", critical" : "");
            case Encrypted _ -> "SK";
            case EncryptedFragment fragment -> "SKF(%d of %d)".formatted(fragment.number(), fragment.total());
            case Certificate certificate ->
                certificate.encoding() == Certificate.RAW_PUBLIC_KEY
                        ? "CERT(a key)"
                        : "CERT(%s)".formatted(subject(certificate));
            case CertificateRequest request ->
                request.encoding() == Certificate.RAW_PUBLIC_KEY
                        ? "CERTREQ(a key)"
                        : "CERTREQ(%d)".formatted(request.data().length() / 20);
            case Configuration _ -> "CP";
            case Eap _ -> "EAP";
        };
    }

    private static Identity subject(Certificate certificate) {
        var name = Certificates.certificate(certificate.data()).getSubjectX500Principal();
        return new Identity(Identity.DISTINGUISHED_NAME, Bytes.of(name.getEncoded()));
    }

    private static String notify(Notify notify) {
        var name = NotifyType.describe(notify.notifyType());
        if (!notify.is(NotifyType.INVALID_KE_PAYLOAD)) return name;
        return "%s: %s"
                .formatted(name, group(notify.data().at(0) << 8 | notify.data().at(1)));
    }

    private static String group(int number) {
        return Arrays.stream(KeyExchangeMethod.values())
                .filter(method -> method.transformId() == number)
                .map(KeyExchangeMethod::keyword)
                .findFirst()
                .orElse("group " + number);
    }

    private static String selector(TrafficSelector selector) {
        var addresses = selector.start().equals(selector.end())
                ? selector.start().toString()
                : selector.start() + "-" + selector.end();
        return "%s proto %d ports %d-%d"
                .formatted(addresses, selector.protocol(), selector.startPort(), selector.endPort());
    }

    String request(Request request) {
        return switch (request) {
            case Request.InstallState(var state) ->
                "installs %s, %s, %s%s"
                        .formatted(
                                name(state.id()),
                                state.direction() == Direction.IN ? "in" : "out",
                                state.suite(),
                                state.encapsulation()
                                        .map(udp -> ", " + ports(udp))
                                        .orElse(""));
            case Request.ChangePorts(var state) ->
                "changes the ports of %s: %s"
                        .formatted(name(state.id()), ports(state.encapsulation().orElseThrow()));
            case Request.RemoveState(var id) -> "removes %s".formatted(name(id));
            case Request.DropLarval _ -> "drops the larval state";
            case Request.FindState(var id) -> "says what %s has carried".formatted(name(id));
            case Request.InstallPolicy _, Request.RemovePolicy _, Request.DumpPolicies _, Request.DumpStates _ ->
                request.toString();
        };
    }

    private static String ports(UdpEncapsulation udp) {
        return "UDP %d -> %d".formatted(udp.sourcePort(), udp.destinationPort());
    }

    private String name(StateId id) {
        return name(id.spi().toBytes());
    }

    /// The first SPI of a transcript is `spi-1`.
    private String name(Bytes spi) {
        var known = spis.get(spi);
        if (known != null) return known;
        var name = "spi-" + (spis.size() + 1);
        spis.put(spi, name);
        return name;
    }
}
