package ikebana.auth;

import ikebana.crypto.SeededEntropy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V2TBSCertListGenerator;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/// A certificate authority for tests. Its time begins with the epoch, as that of the simulator; a seed gives a key.
public final class Authority {
    public static final Instant NOW = Instant.EPOCH.plus(Duration.ofDays(100));

    private final X509Certificate certificate;
    private final KeyPair pair;
    private long serial = 1;

    private Authority(X509Certificate certificate, KeyPair pair) {
        this.certificate = certificate;
        this.pair = pair;
    }

    /// What a certificate is to say.
    public static final class Wish {
        final String subject;
        KeyPair pair;
        Instant from = Instant.EPOCH;
        Instant until = Instant.EPOCH.plus(Duration.ofDays(365));
        Optional<BasicConstraints> authority = Optional.empty();
        Optional<Integer> usage = Optional.of(KeyUsage.digitalSignature);
        Optional<NameConstraints> constraints = Optional.empty();
        boolean unknownCriticalExtension;
        boolean sha1;
        final List<GeneralName> names = new ArrayList<>();
        final List<GeneralName> lists = new ArrayList<>();
        final List<AccessDescription> responders = new ArrayList<>();
        boolean responder;

        public Wish(String subject, KeyPair pair) {
            this.subject = subject;
            this.pair = pair;
        }

        public Wish named(int tag, String name) {
            names.add(new GeneralName(tag, name));
            return this;
        }

        public Wish valid(Instant begin, Instant end) {
            from = begin;
            until = end;
            return this;
        }

        /// Its issuer's list is there.
        public Wish listAt(String address) {
            lists.add(new GeneralName(GeneralName.uniformResourceIdentifier, address));
            return this;
        }

        /// Whoever answers for it is there.
        public Wish responderAt(String address) {
            var name = new GeneralName(GeneralName.uniformResourceIdentifier, address);
            responders.add(new AccessDescription(AccessDescription.id_ad_ocsp, name));
            return this;
        }

        /// May answer for its issuer (RFC 6960 4.2.2.2).
        public Wish responder() {
            responder = true;
            return this;
        }

        public PrivateKey key() {
            return pair.getPrivate();
        }

        Wish authority(BasicConstraints basic) {
            authority = Optional.of(basic);
            usage = Optional.of(KeyUsage.keyCertSign | KeyUsage.cRLSign);
            return this;
        }
    }

    public static Authority root(String subject, KeyPair pair) {
        return root(new Wish(subject, pair).authority(new BasicConstraints(true)));
    }

    static Authority root(Wish wish) {
        return new Authority(made(wish, wish.subject, wish.pair, 1), wish.pair);
    }

    public Authority authority(String subject, KeyPair under) {
        return authority(new Wish(subject, under).authority(new BasicConstraints(true)));
    }

    Authority authority(Wish wish) {
        return new Authority(issue(wish), wish.pair);
    }

    public X509Certificate issue(Wish wish) {
        return issue(wish, ++serial);
    }

    public X509Certificate issue(Wish wish, long number) {
        return made(wish, name(), pair, number);
    }

    private String name() {
        return DistinguishedName.of(certificate.getSubjectX500Principal()).toString();
    }

    public X509Certificate certificate() {
        return certificate;
    }

    private static X509Certificate made(Wish wish, String issuer, KeyPair signer, long serial) {
        try {
            var algorithm = algorithm(signer, wish.sha1);
            var generator = new V3TBSCertificateGenerator();
            generator.setSerialNumber(new ASN1Integer(BigInteger.valueOf(serial)));
            generator.setIssuer(new X500Name(issuer));
            generator.setSubject(new X500Name(wish.subject));
            generator.setStartDate(new Time(Date.from(wish.from)));
            generator.setEndDate(new Time(Date.from(wish.until)));
            generator.setSignature(algorithm);
            generator.setSubjectPublicKeyInfo(
                    SubjectPublicKeyInfo.getInstance(wish.pair.getPublic().getEncoded()));
            var extensions = extensions(wish);
            if (extensions.length > 0) generator.setExtensions(new Extensions(extensions));
            var der = signed(generator.generateTBSCertificate(), algorithm, signer, wish.sha1);
            return (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(der));
        } catch (IOException | GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static Extension[] extensions(Wish wish) throws IOException {
        var extensions = new ArrayList<Extension>();
        if (wish.authority.isPresent()) {
            extensions.add(extension(Extension.basicConstraints, true, wish.authority.get()));
        }
        if (wish.usage.isPresent()) extensions.add(extension(Extension.keyUsage, true, new KeyUsage(wish.usage.get())));
        if (wish.constraints.isPresent()) {
            extensions.add(extension(Extension.nameConstraints, true, wish.constraints.get()));
        }
        if (!wish.names.isEmpty()) {
            extensions.add(extension(
                    Extension.subjectAlternativeName, false, new GeneralNames(wish.names.toArray(GeneralName[]::new))));
        }
        if (!wish.lists.isEmpty()) {
            var name = new DistributionPointName(new GeneralNames(wish.lists.toArray(GeneralName[]::new)));
            var point = new DistributionPoint(name, null, null);
            extensions.add(extension(
                    Extension.cRLDistributionPoints, false, new CRLDistPoint(new DistributionPoint[] {point})));
        }
        if (!wish.responders.isEmpty()) {
            var access = new AuthorityInformationAccess(wish.responders.toArray(AccessDescription[]::new));
            extensions.add(extension(Extension.authorityInfoAccess, false, access));
        }
        if (wish.responder) {
            var purpose = new ExtendedKeyUsage(KeyPurposeId.id_kp_OCSPSigning);
            extensions.add(extension(Extension.extendedKeyUsage, false, purpose));
        }
        if (wish.unknownCriticalExtension) {
            extensions.add(extension(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"), true, new ASN1Integer(1)));
        }
        return extensions.toArray(Extension[]::new);
    }

    private static Extension extension(ASN1ObjectIdentifier id, boolean critical, ASN1Object value) throws IOException {
        return new Extension(id, critical, value.getEncoded(ASN1Encoding.DER));
    }

    /// A list that takes these back.
    public X509CRL list(Instant from, Instant until, X509Certificate... revoked) {
        try {
            var algorithm = algorithm(pair, false);
            var generator = new V2TBSCertListGenerator();
            generator.setIssuer(new X500Name(name()));
            generator.setSignature(algorithm);
            generator.setThisUpdate(new Time(Date.from(from)));
            generator.setNextUpdate(new Time(Date.from(until)));
            for (var certificate : revoked) {
                generator.addCRLEntry(new ASN1Integer(certificate.getSerialNumber()), new Time(Date.from(from)), 1);
            }
            var der = signed(generator.generateTBSCertList(), algorithm, pair, false);
            return (X509CRL) factory().generateCRL(new ByteArrayInputStream(der));
        } catch (IOException | GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    static byte[] signed(ASN1Object body, AlgorithmIdentifier algorithm, KeyPair signer, boolean sha1)
            throws IOException, GeneralSecurityException {
        var signature = Signature.getInstance(
                switch (signer.getPublic().getAlgorithm()) {
                    case "RSA" -> sha1 ? "SHA1withRSA" : "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> "Ed25519";
                });
        signature.initSign(signer.getPrivate());
        signature.update(body.getEncoded(ASN1Encoding.DER));
        var parts = new ASN1EncodableVector();
        parts.add(body);
        parts.add(algorithm);
        parts.add(new DERBitString(signature.sign()));
        return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
    }

    static AlgorithmIdentifier algorithm(KeyPair signer, boolean sha1) {
        return switch (signer.getPublic().getAlgorithm()) {
            case "RSA" ->
                new AlgorithmIdentifier(
                        new ASN1ObjectIdentifier("1.2.840.113549.1.1." + (sha1 ? 5 : 11)), DERNull.INSTANCE);
            case "EC" -> new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.10045.4.3.2"));
            default -> new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.101.112"));
        };
    }

    private static CertificateFactory factory() throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509");
    }

    // ---- keys

    /// An Ed25519 key; its signatures have no dice, so that a simulation replays.
    public static KeyPair edwards(long seed) {
        return pair("Ed25519", 255, seed);
    }

    public static KeyPair pair(String algorithm, int bits, long seed) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits, new Seeded(seed));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static final class Seeded extends SecureRandom {
        private final transient SeededEntropy entropy;

        Seeded(long seed) {
            this.entropy = new SeededEntropy(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(entropy.bytes(bytes.length), 0, bytes, 0, bytes.length);
        }
    }
}
