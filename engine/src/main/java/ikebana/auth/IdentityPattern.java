package ikebana.auth;

import ikebana.kernel.Prefix;
import ikebana.wire.IpAddress;
import java.util.Locale;

/// Which identities a profile accepts.
public sealed interface IdentityPattern {

    boolean matches(Identity identity);

    /// Whether some identity could match both.
    boolean overlaps(IdentityPattern other);

    /// Parses `*`, `*.example`, `*@example`, `192.0.2.0/24`, or anything that [Identity#of] parses.
    ///
    /// @throws IllegalArgumentException with a sentence
    static IdentityPattern of(String text) {
        if (text.equals("*")) return new Any();
        if (text.startsWith("*."))
            return new EndsWith(Identity.FQDN, text.substring(1).toLowerCase(Locale.ROOT));
        if (text.startsWith("*@"))
            return new EndsWith(Identity.EMAIL, text.substring(1).toLowerCase(Locale.ROOT));
        int slash = text.indexOf('/');
        if (slash > 0 && Identity.looksLikeAnAddress(text.substring(0, slash))) {
            try {
                return new Within(new Prefix(
                        IpAddress.of(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1))));
            } catch (NumberFormatException noNumber) {
                throw new IllegalArgumentException("'%s' is no address prefix".formatted(text), noNumber);
            }
        }
        if (text.contains("*")) {
            throw new IllegalArgumentException(
                    "'%s' is no identity pattern: write *, *.example, *@example or 192.0.2.0/24".formatted(text));
        }
        return new Exactly(Identity.of(text));
    }

    record Any() implements IdentityPattern {
        @Override
        public boolean matches(Identity identity) {
            return true;
        }

        @Override
        public boolean overlaps(IdentityPattern other) {
            return true;
        }

        @Override
        public String toString() {
            return "*";
        }
    }

    /// Names are compared without regard to case (RFC 4343, RFC 7296 3.5).
    record Exactly(Identity identity) implements IdentityPattern {
        @Override
        public boolean matches(Identity other) {
            if (identity.type() != other.type()) return false;
            return switch (identity.type()) {
                case Identity.FQDN, Identity.EMAIL -> identity.name().equals(other.name());
                default -> identity.data().equals(other.data());
            };
        }

        @Override
        public boolean overlaps(IdentityPattern other) {
            return other.matches(identity);
        }

        @Override
        public String toString() {
            return identity.toString();
        }
    }

    /// Names of one type with this ending, and something before it.
    record EndsWith(int type, String ending) implements IdentityPattern {
        @Override
        public boolean matches(Identity identity) {
            return identity.type() == type
                    && identity.name().endsWith(ending)
                    && identity.name().length() > ending.length();
        }

        @Override
        public boolean overlaps(IdentityPattern other) {
            return switch (other) {
                case EndsWith(var otherType, var otherEnding) ->
                    type == otherType && (ending.endsWith(otherEnding) || otherEnding.endsWith(ending));
                case Any any -> any.overlaps(this);
                case Exactly exactly -> exactly.overlaps(this);
                case Within _ -> false;
            };
        }

        @Override
        public String toString() {
            return "*" + ending;
        }
    }

    /// Addresses of one prefix.
    record Within(Prefix prefix) implements IdentityPattern {
        @Override
        public boolean matches(Identity identity) {
            return switch (identity.type()) {
                case Identity.IPV4 -> identity.data().length() == 4 && prefix.contains(new IpAddress(identity.data()));
                case Identity.IPV6 -> identity.data().length() == 16 && prefix.contains(new IpAddress(identity.data()));
                default -> false;
            };
        }

        @Override
        public boolean overlaps(IdentityPattern other) {
            return switch (other) {
                case Within(var their) ->
                    their.length() < prefix.length() ? their.contains(prefix.base()) : prefix.contains(their.base());
                case Any any -> any.overlaps(this);
                case Exactly exactly -> exactly.overlaps(this);
                case EndsWith _ -> false;
            };
        }

        @Override
        public String toString() {
            return prefix.toString();
        }
    }
}
