package ikebana.wire;

import java.util.Optional;

/// The IKE header, RFC 7296 3.1.
///
/// ```text
/// | initiator's SPI (8) | responder's SPI (8) |
/// | next payload (1) | major, minor version (1) | exchange type (1) | flags (1) |
/// | message ID (4) | length (4) |
/// ```
///
/// @param higherVersion the sender could speak a higher major version
/// @param fromInitiator sent by the one who began the IKE SA
/// @param length of the whole message; when encoding it is computed, as is `firstPayload`
public record Header(
        IkeSpi initiator,
        IkeSpi responder,
        int firstPayload,
        int majorVersion,
        int minorVersion,
        ExchangeType exchange,
        boolean response,
        boolean higherVersion,
        boolean fromInitiator,
        MessageId messageId,
        int length) {
    /// Bytes on the wire.
    public static final int LENGTH = 28;

    private static final int RESPONSE = 0x20;
    private static final int HIGHER_VERSION = 0x10;
    private static final int INITIATOR = 0x08;

    /// The header of a message of ours.
    public static Header of(
            IkeSpi initiator,
            IkeSpi responder,
            ExchangeType exchange,
            boolean response,
            boolean fromInitiator,
            MessageId messageId) {
        return new Header(
                initiator, responder, PayloadType.NONE, 2, 0, exchange, response, false, fromInitiator, messageId, 0);
    }

    /// The header of a datagram, whatever follows it; empty when it is too short to have one.
    public static Optional<Header> peek(Bytes datagram) {
        return datagram.length() < LENGTH ? Optional.empty() : Optional.of(decode(Reader.of(datagram)));
    }

    static Header decode(Reader in) {
        var initiator = new IkeSpi(in.i64("initiator's SPI"));
        var responder = new IkeSpi(in.i64("responder's SPI"));
        int firstPayload = in.u8("next payload");
        int version = in.u8("version");
        var exchange = ExchangeType.of(in.u8("exchange type"));
        int flags = in.u8("flags"); // the rest of the bits must be ignored on receipt
        var messageId = new MessageId(in.i32("message ID"));
        long length = in.u32("length");
        return new Header(
                initiator,
                responder,
                firstPayload,
                version >>> 4,
                version & 0xf,
                exchange,
                (flags & RESPONSE) != 0,
                (flags & HIGHER_VERSION) != 0,
                (flags & INITIATOR) != 0,
                messageId,
                (int) Math.min(length, Integer.MAX_VALUE));
    }

    void encode(Writer out, int first, int total) {
        out.i64(initiator.value())
                .i64(responder.value())
                .u8(first)
                .u8(majorVersion << 4 | minorVersion)
                .u8(exchange.code())
                .u8((response ? RESPONSE : 0) | (higherVersion ? HIGHER_VERSION : 0) | (fromInitiator ? INITIATOR : 0))
                .i32(messageId.value())
                .i32(total);
    }
}
