package ikebana.auth;

import ikebana.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/// An X.500 name. It is written with its widest part first, as in the certificate, and as `openssl x509 -subject` and
/// strongSwan write it: `C=CH, O=Example, CN=hub`.
final class DistinguishedName {
    private static final String ANYTHING = "*";

    /// A line of a log has no room for more; the rest of a peer's name is its own business.
    private static final int LONGEST_TEXT = 200;

    /// What the JDK would write as numbers.
    private static final Map<String, String> WORDS = Map.of(
            "1.2.840.113549.1.9.1", "emailAddress",
            "2.5.4.4", "SN",
            "2.5.4.5", "serialNumber",
            "2.5.4.12", "title",
            "2.5.4.42", "GN");
    private static final Map<String, String> NUMBERS = WORDS.entrySet().stream()
            .collect(Collectors.toMap(word -> word.getValue().toUpperCase(Locale.ROOT), Map.Entry::getKey));

    private final X500Principal principal;

    private DistinguishedName(X500Principal principal) {
        this.principal = principal;
    }

    /// Whether a text means such a name: the others have no equals sign.
    static boolean isMeantBy(String text) {
        return text.matches("[A-Za-z0-9.]+ *=.*");
    }

    /// @throws IllegalArgumentException with a sentence
    static DistinguishedName of(String text) {
        try {
            // X500Principal reads names the other way round
            var reversed =
                    new LdapName(text).getRdns().stream().map(Rdn::toString).collect(Collectors.joining(","));
            return new DistinguishedName(new X500Principal(reversed, NUMBERS));
        } catch (InvalidNameException | IllegalArgumentException mistake) {
            throw new IllegalArgumentException(
                    "'%s' is no distinguished name: write C=CH, O=Example, CN=hub".formatted(text), mistake);
        }
    }

    /// The other way round, as the JDK writes names.
    static DistinguishedName ofRfc2253(String text) {
        return new DistinguishedName(new X500Principal(text));
    }

    static DistinguishedName of(X500Principal principal) {
        return new DistinguishedName(principal);
    }

    /// Empty when these bytes are no name, or one without a part.
    static Optional<DistinguishedName> of(Bytes der) {
        try {
            var name = new DistinguishedName(new X500Principal(der.toArray()));
            return name.parts().isEmpty() ? Optional.empty() : Optional.of(name);
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    Bytes encoded() {
        return Bytes.of(principal.getEncoded());
    }

    /// Whether `other` has the same parts in the same order, but for those whose value is `*` here.
    boolean matches(DistinguishedName other) {
        if (principal.equals(other.principal)) return true;
        var ours = parts();
        var theirs = other.parts();
        if (ours.isEmpty() || ours.size() != theirs.size()) return false;
        for (int index = 0; index < ours.size(); index++) {
            if (!matches(ours.get(index), theirs.get(index))) return false;
        }
        return true;
    }

    private static boolean matches(Rdn ours, Rdn theirs) {
        if (ours.equals(theirs)) return true;
        return ours.size() == 1
                && theirs.size() == 1
                && ours.getValue().equals(ANYTHING)
                && ours.getType().equalsIgnoreCase(theirs.getType());
    }

    boolean hasWildcards() {
        return parts().stream().anyMatch(part -> part.getValue().equals(ANYTHING));
    }

    /// Whether some name could match both.
    boolean overlaps(DistinguishedName other) {
        var ours = parts();
        var theirs = other.parts();
        if (ours.size() != theirs.size()) return false;
        for (int index = 0; index < ours.size(); index++) {
            var one = ours.get(index);
            var another = theirs.get(index);
            if (!matches(one, another) && !matches(another, one)) return false;
        }
        return true;
    }

    private List<Rdn> parts() {
        try {
            return new ArrayList<>(new LdapName(principal.getName(X500Principal.RFC2253, WORDS)).getRdns());
        } catch (InvalidNameException | IllegalArgumentException odd) {
            return List.of(); // in a way that has no text: only its bytes can be compared
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DistinguishedName that && principal.equals(that.principal);
    }

    @Override
    public int hashCode() {
        return principal.hashCode();
    }

    /// A peer may have chosen every letter of it: nothing in it moves a cursor or fills a screen.
    @Override
    public String toString() {
        var text = parts().stream().map(Rdn::toString).collect(Collectors.joining(", "));
        var shown = text.isEmpty() ? "a name without text" : text.replaceAll("[^\\x20-\\x7e]", "?");
        return shown.length() <= LONGEST_TEXT ? shown : shown.substring(0, LONGEST_TEXT) + "...";
    }
}
