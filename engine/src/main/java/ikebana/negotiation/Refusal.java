package ikebana.negotiation;

/// Why there is no tunnel with an authenticated peer, by our word or by its: a value, mapped to its notify in one place
/// (RFC 7296 2.21, 3.10.1).
public sealed interface Refusal {

    /// One sentence for the log and for whoever asked for the tunnel.
    String sentence();

    record NoProposalChosen(String what, String offered, String accepted) implements Refusal {
        @Override
        public String sentence() {
            return "no common %s proposal: offered was %s, accepted is %s".formatted(what, offered, accepted);
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

    /// @param error the notify that the peer answered with
    record ByPeer(String error) implements Refusal {
        @Override
        public String sentence() {
            return "the peer makes no child: " + error;
        }
    }

    /// RFC 7296 2.23: with a NAT between, whoever begins goes on from and to the second port; ESP cannot follow
    /// elsewhere.
    record NotOnNatPort(int port) implements Refusal {
        @Override
        public String sentence() {
            return "there is a NAT between us, and the peer has stayed on port %d".formatted(port);
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
}
