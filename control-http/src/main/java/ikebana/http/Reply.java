package ikebana.http;

import ikebana.auth.CertificateFacts;
import ikebana.auth.Identity;
import ikebana.control.Answer;
import ikebana.control.Order;
import ikebana.control.Tunnel;
import ikebana.http.api.Document;
import ikebana.http.api.OutcomeDocument;
import ikebana.http.api.TunnelDocument;
import ikebana.http.api.TunnelsDocument;
import ikebana.wire.Bytes;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// What a client hears: the document that an answer becomes.
record Reply(int status, Document document) {
    private static final int OK = 200;

    static Reply of(Problem problem) {
        return new Reply(problem.kind().status(), problem.document());
    }

    static Reply of(Order order, Answer answer) {
        return switch (answer) {
            case Answer.Done(var tunnel) ->
                order instanceof Order.DescribeTunnel
                        ? new Reply(OK, document(tunnel, true))
                        : new Reply(OK, new OutcomeDocument(document(tunnel, true), null));
            case Answer.NoTunnel(var sentence) ->
                switch (order) {
                    case Order.Down _ -> new Reply(OK, new OutcomeDocument(null, sentence)); // as was asked
                    case Order.Up _, Order.DescribeTunnel _, Order.ListTunnels _ ->
                        of(new Problem(Problem.Kind.NO_SUCH_TUNNEL, sentence));
                };
            case Answer.Tunnels(var tunnels) ->
                new Reply(
                        OK,
                        new TunnelsDocument(tunnels.stream()
                                .map(tunnel -> document(tunnel, false))
                                .toList()));
            case Answer.Failed(var why, var sentence) -> of(new Problem(kind(why), sentence));
        };
    }

    boolean isProblem() {
        return status != OK;
    }

    private static Problem.Kind kind(Answer.Why why) {
        return switch (why) {
            case NO_SUCH_PROFILE -> Problem.Kind.NO_SUCH_PROFILE;
            case NO_ANSWER -> Problem.Kind.NO_ANSWER;
            case REFUSED -> Problem.Kind.REFUSED;
            case OUT_OF_PATIENCE -> Problem.Kind.OUT_OF_PATIENCE;
            case KERNEL -> Problem.Kind.KERNEL;
            case BUSY -> Problem.Kind.BUSY;
        };
    }

    /// @param whole with the peer's certificate, which takes time to read: a list of thousands goes without
    private static TunnelDocument document(Tunnel tunnel, boolean whole) {
        return new TunnelDocument(
                tunnel.endpoint().profile(),
                tunnel.endpoint().local().toString(),
                tunnel.endpoint().remote().toString(),
                tunnel.phase().name().toLowerCase(Locale.ROOT),
                tunnel.since().truncatedTo(ChronoUnit.SECONDS).toString(),
                tunnel.trouble().orElse(null),
                tunnel.ikeSas().stream().map(sa -> document(sa, whole)).toList());
    }

    private static TunnelDocument.IkeSaDocument document(Tunnel.IkeSaView sa, boolean whole) {
        return new TunnelDocument.IkeSaDocument(
                sa.initiatorSpi().toString(),
                sa.responderSpi().toString(),
                sa.initiator(),
                sa.local().toString(),
                sa.remote().toString(),
                sa.localIdentity().map(Identity::toString).orElse(null),
                sa.remoteIdentity().map(Identity::toString).orElse(null),
                sa.remoteCertificate()
                        .filter(_ -> whole)
                        .map(Reply::certificate)
                        .orElse(null),
                sa.suite().orElse(null),
                sa.children().stream()
                        .map(child -> new TunnelDocument.ChildDocument(
                                child.inbound().toString(), child.outbound().toString(), child.reqid(), child.suite()))
                        .toList());
    }

    private static TunnelDocument.CertificateDocument certificate(Bytes der) {
        var facts = CertificateFacts.of(der);
        return new TunnelDocument.CertificateDocument(
                facts.subject().map(Identity::toString).orElse(null),
                facts.names().stream().map(Identity::toString).toList(),
                facts.serial(),
                facts.notAfter().toString());
    }
}
