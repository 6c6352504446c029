package ikebana.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Draws payloads and messages, of every kind and many shapes.
final class Drawn {
    private static final List<PayloadType.Known> TYPES = List.of(PayloadType.Known.values());

    private final RandomGenerator dice;

    Drawn(RandomGenerator dice) {
        this.dice = dice;
    }

    Bytes bytes(int least, int most) {
        var bytes = new byte[least + dice.nextInt(most - least + 1)];
        dice.nextBytes(bytes);
        return Bytes.of(bytes);
    }

    int u8() {
        return dice.nextInt(256);
    }

    int u16() {
        return dice.nextInt(0x10000);
    }

    <T> List<T> list(int most, Supplier<T> one) {
        var list = new ArrayList<T>();
        for (int i = dice.nextInt(most + 1); i > 0; i--) list.add(one.get());
        return list;
    }

    /// One payload of each known type, and one of a type that nobody knows. Exhaustive, so that a new type is drawn
    /// too.
    List<Payload> oneOfEach() {
        var payloads = new ArrayList<Payload>();
        for (var type : PayloadType.Known.values()) payloads.add(payload(type));
        payloads.add(new Unknown(200, dice.nextBoolean(), bytes(0, 30)));
        return payloads;
    }

    Payload payload(PayloadType.Known type) {
        return switch (type) {
            case SECURITY_ASSOCIATION -> new SecurityAssociation(list(4, this::proposal));
            case KEY_EXCHANGE -> new KeyExchange(u16(), bytes(0, 300));
            case IDENTIFICATION_INITIATOR -> new Identification(true, u8(), dice.nextInt(1 << 24), bytes(0, 40));
            case IDENTIFICATION_RESPONDER -> new Identification(false, u8(), dice.nextInt(1 << 24), bytes(0, 40));
            case CERTIFICATE -> new Certificate(u8(), bytes(0, 900));
            case CERTIFICATE_REQUEST -> new CertificateRequest(u8(), bytes(0, 60));
            case AUTHENTICATION -> new Authentication(u8(), bytes(0, 64));
            case NONCE -> new Nonce(bytes(16, 256));
            case NOTIFY -> new Notify(u8(), bytes(0, 8), u16(), bytes(0, 40));
            case DELETE -> {
                int size = dice.nextInt(1, 9);
                yield new Delete(u8(), size, list(5, () -> bytes(size, size)));
            }
            case VENDOR_ID -> new VendorId(bytes(0, 40));
            case TRAFFIC_SELECTORS_INITIATOR -> selectors(true);
            case TRAFFIC_SELECTORS_RESPONDER -> selectors(false);
            case ENCRYPTED -> new Encrypted(u8(), bytes(0, 200));
            case CONFIGURATION ->
                new Configuration(u8(), list(4, () -> new Configuration.Attribute(dice.nextInt(0x8000), bytes(0, 20))));
            case EAP -> new Eap(bytes(0, 40));
            case ENCRYPTED_FRAGMENT -> {
                int total = dice.nextInt(1, 0x10000);
                yield new EncryptedFragment(u8(), dice.nextInt(1, total + 1), total, bytes(0, 200));
            }
        };
    }

    Message message() {
        var payloads = new ArrayList<>(list(6, () -> payload(TYPES.get(dice.nextInt(TYPES.size())))));
        // nothing follows an encrypted payload
        for (int i = 0; i + 1 < payloads.size(); i++) {
            if (payloads.get(i) instanceof Encrypted || payloads.get(i) instanceof EncryptedFragment) {
                payloads.subList(i + 1, payloads.size()).clear();
            }
        }
        var header = Header.of(
                new IkeSpi(dice.nextLong()),
                new IkeSpi(dice.nextLong()),
                ExchangeType.of(u8()),
                dice.nextBoolean(),
                dice.nextBoolean(),
                new MessageId(dice.nextInt()));
        return new Message(header, payloads);
    }

    private Proposal proposal() {
        return new Proposal(u8(), u8(), bytes(0, 8), list(4, this::transform));
    }

    private Transform transform() {
        return new Transform(u8(), u16(), list(2, () -> {
            boolean fixed = dice.nextBoolean();
            return new TransformAttribute(dice.nextInt(0x8000), fixed, fixed ? bytes(2, 2) : bytes(0, 6));
        }));
    }

    private TrafficSelectors selectors(boolean ofInitiator) {
        return new TrafficSelectors(
                ofInitiator,
                list(3, this::selector),
                list(2, () -> new TrafficSelectors.Strange(dice.nextInt(9, 256), u8(), bytes(0, 12))));
    }

    private TrafficSelector selector() {
        boolean v4 = dice.nextBoolean();
        int length = v4 ? 4 : 16;
        return new TrafficSelector(
                v4 ? TrafficSelector.IPV4_RANGE : TrafficSelector.IPV6_RANGE,
                u8(),
                u16(),
                u16(),
                new IpAddress(bytes(length, length)),
                new IpAddress(bytes(length, length)));
    }
}
