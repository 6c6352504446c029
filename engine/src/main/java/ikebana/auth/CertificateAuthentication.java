package ikebana.auth;

import ikebana.crypto.Signatures;

/// How the peers of one profile and we prove ourselves with certificates.
public record CertificateAuthentication(CertificateKey own, Trust trust, Signatures.Choice choice) {}
