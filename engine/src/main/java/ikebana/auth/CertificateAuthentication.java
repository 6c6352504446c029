package ikebana.auth;

import ikebana.crypto.Signatures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;

/// How the peers of one profile and we prove ourselves with certificates.
public record CertificateAuthentication(CertificateKey own, Trust trust, Signatures.Choice choice) {

    /// What has ended, or will soon.
    List<String> warnings(Instant at, Duration notice) {
        var warnings = new ArrayList<String>();
        ending("our certificate of " + own.names(), own.expiresAt(), at, notice).ifPresent(warnings::add);
        for (var anchor : trust.anchors()) {
            var name = "the authority " + CertificateNames.subject(anchor);
            ending(name, anchor.getNotAfter().toInstant(), at, notice).ifPresent(warnings::add);
        }
        for (var list : trust.lists()) {
            Date next = list.getNextUpdate();
            if (next == null || !next.toInstant().isBefore(at)) continue; // a list is made anew shortly before its end
            warnings.add("the revocation list of %s has ended, at %s"
                    .formatted(DistinguishedName.of(list.getIssuerX500Principal()), next.toInstant()));
        }
        return warnings;
    }

    private static Optional<String> ending(String name, Instant end, Instant at, Duration notice) {
        if (end.isBefore(at)) return Optional.of("%s has expired, at %s".formatted(name, end));
        if (end.isAfter(at.plus(notice))) return Optional.empty();
        return Optional.of("%s expires at %s, in %d days"
                .formatted(name, end, Duration.between(at, end).toDays()));
    }
}
