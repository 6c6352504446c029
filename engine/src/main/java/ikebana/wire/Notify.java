package ikebana.wire;

/// Notify payload, RFC 7296 3.10.
///
/// ```text
/// | protocol (1) | SPI size (1) | type (2) | SPI | data |
/// ```
///
/// @param protocolId of the SA that `spi` names; 0 where there is none
/// @param notifyType as a number, because the set is open; see [NotifyType]
public record Notify(int protocolId, Bytes spi, int notifyType, Bytes data) implements Payload {
    public static Notify of(NotifyType type) {
        return of(type, Bytes.EMPTY);
    }

    public static Notify of(NotifyType type, Bytes data) {
        return new Notify(0, Bytes.EMPTY, type.code(), data);
    }

    public boolean is(NotifyType type) {
        return notifyType == type.code();
    }

    /// Errors are below 16384 (RFC 7296 3.10.1), also those that we have never heard of.
    public boolean isError() {
        return notifyType < NotifyType.FIRST_STATUS;
    }

    static Notify decode(Reader in) {
        int protocolId = in.u8("N: protocol");
        int spiSize = in.u8("N: SPI size");
        int notifyType = in.u16("N: type");
        return new Notify(protocolId, in.bytes(spiSize, "N: SPI"), notifyType, in.rest());
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(protocolId).u8(spi.length()).u16(notifyType).bytes(spi).bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.NOTIFY;
    }
}
