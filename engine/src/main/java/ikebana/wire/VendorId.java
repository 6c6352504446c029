package ikebana.wire;

/// Vendor ID payload, RFC 7296 3.12.
public record VendorId(Bytes data) implements Payload {
    @Override
    public void encodeBody(Writer out) {
        out.bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.VENDOR_ID;
    }
}
