package ikebana.auth;

import ikebana.kernel.Prefix;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.util.Locale;

/// Which identities a profile accepts.
public sealed interface IdentityPattern {

    boolean matches(Identity identity);

    /// Whether some identity could match both.
    boolean overlaps(IdentityPattern other);

    /// Parses `*`, `*.example`, `*@example`, `192.0.2.0/24`, `O=Example, CN=*`, or anything that [Identity#of] parses.
    ///
    /// @throws IllegalArgumentException with a sentence
    static IdentityPattern of(String text) {
        if (text.equals("*")) return new Any();
        if (DistinguishedName.isMeantBy(text)) {
            var name = DistinguishedName.of(text);
            return name.hasWildcards() ? new Named(name) : new Exactly(Identity.of(name));
        }
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
                    "'%s' is no identity pattern: write *, *.example, *@example, 192.0.2.0/24 or O=Example, CN=*"
                            .formatted(text));
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
                case Identity.DISTINGUISHED_NAME ->
                    identity.data().equals(other.data()) || sameName(identity.data(), other.data());
                default -> identity.data().equals(other.data());
            };
        }

        private static boolean sameName(Bytes one, Bytes other) {
            var name = DistinguishedName.of(one);
            return name.isPresent() && name.equals(DistinguishedName.of(other));
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
                case Within _, Named _ -> false;
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
                case EndsWith _, Named _ -> false;
            };
        }

        @Override
        public String toString() {
            return prefix.toString();
        }
    }

    /// Distinguished names with these parts in this order; a part with the value `*` stands for any of its kind.
    record Named(DistinguishedName name) implements IdentityPattern {
        @Override
        public boolean matches(Identity identity) {
            return identity.type() == Identity.DISTINGUISHED_NAME
                    && DistinguishedName.of(identity.data())
                            .filter(name::matches)
                            .isPresent();
        }

        @Override
        public boolean overlaps(IdentityPattern other) {
            return switch (other) {
                case Named(var their) -> name.overlaps(their);
                case Any any -> any.overlaps(this);
                case Exactly exactly -> exactly.overlaps(this);
                case EndsWith _, Within _ -> false;
            };
        }

        @Override
        public String toString() {
            return name.toString();
        }
    }
}
