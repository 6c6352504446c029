package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.crypto.OcspQuestion;
import ikebana.crypto.PublicKeys;
import ikebana.crypto.Revocation;
import ikebana.crypto.Revocation.Status;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;

/// What others say about certificates, and where a certificate says that they are. The first byte says which: an OCSP
/// response, a revocation list, a public key, a certificate.
public final class RevocationFuzz {
    private static final KeyPair PAIR = Authority.pair("EC", 256, 1);
    private static final Authority ROOT = Authority.root("CN=Root", PAIR);
    private static final X509Certificate END = ROOT.issue(new Authority.Wish("CN=spoke", Authority.edwards(2)));
    private static final OcspQuestion QUESTION = OcspQuestion.about(END, ROOT.certificate(), new SeededEntropy(1));

    private RevocationFuzz() {}

    /// Fails only by throwing.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) return;
        var content = Bytes.of(Arrays.copyOfRange(input, 1, input.length));
        try {
            switch (input[0] & 3) {
                case 0 -> QUESTION.status(content, Authority.NOW);
                case 1 -> list(content);
                case 2 -> PublicKeys.publicKey(content);
                default -> {
                    var certificate = Certificates.certificate(content);
                    Revocation.listAddresses(certificate);
                    Revocation.responders(certificate);
                }
            }
        } catch (IllegalArgumentException foreseen) {
            // a sentence
        }
    }

    private static void list(Bytes der) {
        var lists = List.of(Certificates.revocationList(der));
        var status = Revocation.byLists(END, ROOT.certificate(), lists, Authority.NOW);
        if (status instanceof Status.Revoked) throw new IllegalStateException("the authority revokes nothing: " + der);
    }
}
