package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What a peer says with certificates, and what is in a file of them. The first byte says which: a certificate, a
/// distinguished name, a signature with its label, a file.
public final class CertificateFuzz {
    private static final Authority ROOT = Authority.root("O=Example, CN=Root", Authority.edwards(1));
    private static final Trust TRUST =
            new Trust(List.of(ROOT.certificate()), List.of(), Trust.Revocation.HARD, 6, 32_768);
    private static final PublicKey KEY = Authority.pair("EC", 256, 1).getPublic();
    private static final Optional<Secret> PASSPHRASE = Optional.of(Secret.copyOf(new byte[] {'x'}));

    private CertificateFuzz() {}

    /// Fails only by throwing.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) return;
        var content = Arrays.copyOfRange(input, 1, input.length);
        switch (input[0] & 3) {
            case 0 -> certificate(Bytes.of(content));
            case 1 -> name(new Identity(Identity.DISTINGUISHED_NAME, Bytes.of(content)));
            case 2 -> Signatures.refusal(KEY, 14, Bytes.of(content), Signatures.Choice.DEFAULT, Bytes.EMPTY);
            default -> file(content);
        }
    }

    private static void certificate(Bytes der) {
        var judged = CertificatePath.judge(TRUST, List.of(der), Authority.NOW);
        if (judged instanceof CertificatePath.Judged.Trusted) throw new IllegalStateException("nobody signed " + der);
        try {
            var certificate = Certificates.certificate(der);
            CertificateNames.of(certificate).forEach(CertificateFuzz::name);
            var itself = new Trust(List.of(certificate), List.of(), Trust.Revocation.SOFT, 6, 1 << 20);
            CertificatePath.judge(itself, List.of(der), Authority.NOW);
        } catch (IllegalArgumentException foreseen) {
            // a sentence, which is what a reader owes to a bad certificate
        }
    }

    private static void name(Identity identity) {
        if (identity.toString().isEmpty()) throw new IllegalStateException("a name without a word for it");
        IdentityPattern.of("O=Example, CN=*").matches(identity);
        new IdentityPattern.Exactly(identity).matches(Identity.of("O=Example, CN=x"));
    }

    private static void file(byte[] content) {
        try {
            var file = KeyFile.of(content);
            CertificateKey.of(file, Optional.empty(), PASSPHRASE);
        } catch (IllegalArgumentException foreseen) {
            // a sentence
        }
    }
}
