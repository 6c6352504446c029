package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.wire.Bytes;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// What people and programs want to know of a peer's certificate.
///
/// @param subject empty where it has none
/// @param names the alternative ones
/// @param serial in hexadecimal digits, as `openssl x509 -serial` shows it
public record CertificateFacts(
        Optional<Identity> subject, List<Identity> names, String serial, Instant notAfter, Bytes der) {
    private static final int PEM_LINE = 64;
    private static final HexFormat DIGITS = HexFormat.of().withUpperCase();

    public CertificateFacts {
        names = List.copyOf(names);
    }

    /// @param der of a certificate that has been believed
    public static CertificateFacts of(Bytes der) {
        var certificate = Certificates.certificate(der);
        var subject = CertificateNames.subject(certificate);
        var all = CertificateNames.of(certificate);
        boolean named = !subject.toString().isEmpty();
        return new CertificateFacts(
                named ? all.stream().findFirst() : Optional.empty(),
                named ? all.subList(1, all.size()) : all,
                DIGITS.formatHex(unsigned(certificate.getSerialNumber().toByteArray())),
                certificate.getNotAfter().toInstant(),
                der);
    }

    private static byte[] unsigned(byte[] number) {
        return number.length > 1 && number[0] == 0 ? Arrays.copyOfRange(number, 1, number.length) : number;
    }

    /// RFC 7468.
    public String pem() {
        var base64 = Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'}).encodeToString(der.toArray());
        return "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n".formatted(base64);
    }
}
