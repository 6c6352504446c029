package ikebana.auth;

import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Who a peer says it is, or who we say we are: the ID payload's type and data (RFC 7296 3.5).
///
/// Two identities are equal when their bytes are; names are compared in lower case by [IdentityPattern].
///
/// @param type an ID type: 1 IPv4, 2 FQDN, 3 e-mail, 5 IPv6, 9 distinguished name, 11 key ID, or any other that a peer
/// sent
public record Identity(int type, Bytes data) {
    public static final int IPV4 = 1;
    public static final int FQDN = 2;
    public static final int EMAIL = 3;
    public static final int IPV6 = 5;
    public static final int DISTINGUISHED_NAME = 9;
    public static final int KEY_ID = 11;

    private static final String KEY_ID_PREFIX = "keyid:";

    /// Parses `192.0.2.1`, `2001:db8::1`, `hub.example`, `hub@example`, `keyid:text`, `keyid:0x00ff` or
    /// `C=CH, O=Example, CN=hub`.
    ///
    /// @throws IllegalArgumentException with a sentence
    public static Identity of(String text) {
        if (text.isBlank()) throw new IllegalArgumentException("an identity is empty");
        if (text.startsWith(KEY_ID_PREFIX + "0x")) {
            return new Identity(KEY_ID, Bytes.ofHex(text.substring(KEY_ID_PREFIX.length() + 2)));
        }
        if (text.startsWith(KEY_ID_PREFIX)) return named(KEY_ID, text.substring(KEY_ID_PREFIX.length()));
        if (DistinguishedName.isMeantBy(text)) return of(DistinguishedName.of(text));
        if (text.contains("@")) return named(EMAIL, text);
        if (looksLikeAnAddress(text)) return of(IpAddress.of(text));
        return named(FQDN, text);
    }

    public static Identity of(IpAddress address) {
        return new Identity(address.isV4() ? IPV4 : IPV6, address.raw());
    }

    static Identity of(DistinguishedName name) {
        return new Identity(DISTINGUISHED_NAME, name.encoded());
    }

    static boolean looksLikeAnAddress(String text) {
        return text.contains(":") || text.matches("[0-9.]+");
    }

    static Identity named(int type, String name) {
        return new Identity(type, Bytes.of(name.getBytes(StandardCharsets.UTF_8)));
    }

    /// The name in lower case, for comparing names.
    String name() {
        return new String(data.toArray(), StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
    }

    /// As an operator would write it; unprintable bytes appear as hexadecimal digits.
    @Override
    public String toString() {
        return switch (type) {
            case IPV4, IPV6 -> data.length() == 4 || data.length() == 16 ? new IpAddress(data).toString() : hex();
            case FQDN, EMAIL -> printable() ? text() : hex();
            case KEY_ID -> printable() ? KEY_ID_PREFIX + text() : KEY_ID_PREFIX + "0x" + data;
            case DISTINGUISHED_NAME ->
                DistinguishedName.of(data).map(DistinguishedName::toString).orElseGet(this::hex);
            default -> hex(); // the peer's own number
        };
    }

    private boolean printable() {
        return text().chars().allMatch(c -> c > ' ' && c < 127) && !data.isEmpty();
    }

    private String text() {
        return new String(data.toArray(), StandardCharsets.UTF_8);
    }

    private String hex() {
        return "type %d 0x%s".formatted(type, data);
    }
}
