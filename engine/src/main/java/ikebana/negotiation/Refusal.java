package ikebana.negotiation;

/// Why we say no to a peer, or it to us: a value, mapped to its notify in one place (RFC 7296 2.21, 3.10.1).
public sealed interface Refusal {

    /// One sentence for the log and for whoever asked for the tunnel.
    String sentence();

    record NoProposalChosen(String what, String offered, String accepted) implements Refusal {
        @Override
        public String sentence() {
            return "no common %s proposal: offered was %s, accepted is %s".formatted(what, offered, accepted);
        }
    }

    /// @param wanted the transform ID of the key exchange method that would do
    record WrongKeyExchange(int wanted) implements Refusal {
        @Override
        public String sentence() {
            return "the key exchange method must be number " + wanted;
        }
    }

    record TrafficSelectorsUnacceptable(String offered, String accepted) implements Refusal {
        @Override
        public String sentence() {
            return "no common traffic selectors: offered was %s, accepted is %s".formatted(offered, accepted);
        }
    }

    /// RFC 7296 1.3.1 lets a responder ignore USE_TRANSPORT_MODE; then there is no tunnel that we could use.
    record NotTransportMode() implements Refusal {
        @Override
        public String sentence() {
            return "the peer does not agree to transport mode: set its child to transport mode";
        }
    }

    record BehindNat(String where) implements Refusal {
        @Override
        public String sentence() {
            return "there is a NAT %s, and tunnels through a NAT are not supported yet".formatted(where);
        }
    }

    /// A wrong key and an unknown identity look alike from outside.
    record AuthenticationFailed(String why) implements Refusal {
        @Override
        public String sentence() {
            return "authentication failed: " + why;
        }
    }

    record InvalidSyntax(String why) implements Refusal {
        @Override
        public String sentence() {
            return "the peer's message is malformed: " + why;
        }
    }

    record UnsupportedCriticalPayload(int code) implements Refusal {
        @Override
        public String sentence() {
            return "the peer insists on payload type %d, which we do not know".formatted(code);
        }
    }

    /// Something is in the way that will pass, such as the kernel's refusal of a state.
    record TemporaryFailure(String why) implements Refusal {
        @Override
        public String sentence() {
            return why;
        }
    }

    /// We serve no further children on this IKE SA.
    record NoAdditionalSas() implements Refusal {
        @Override
        public String sentence() {
            return "this IKE SA has its child already";
        }
    }
}
