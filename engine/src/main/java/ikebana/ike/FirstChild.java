package ikebana.ike;

import ikebana.auth.Childless;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.negotiation.GreSelectors;
import ikebana.negotiation.Refusal;
import ikebana.negotiation.Selection;
import ikebana.settings.Ports;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import java.util.List;
import java.util.Set;

/// The child that IKE_AUTH is about, in both roles: what is offered, and what is agreed on.
final class FirstChild {
    sealed interface Planned {}

    /// @param selectors by their roles in this exchange
    /// @param answer the payloads that agree
    record Plan(Child child, GreSelectors selectors, List<Payload> answer) implements Planned {}

    record NoChild(Refusal refusal) implements Planned {}

    /// IKE_AUTH was about none (RFC 6023): CREATE_CHILD_SA makes the first.
    record ChildLater() implements Planned {}

    private final Desk desk;
    private final Ports ports;

    FirstChild(Desk desk, Ports ports) {
        this.desk = desk;
        this.ports = ports;
    }

    /// RFC 6023 2: IKE_AUTH is about no child.
    static boolean isChildless(Dial dial, Negotiated negotiated) {
        return dial.profile().children().childless() == Childless.PREFER && negotiated.mayBeChildless();
    }

    static GreSelectors offered(Dial dial) {
        return GreSelectors.between(
                dial.endpoint().local(), dial.endpoint().remote(), dial.flow().key());
    }

    /// Initiator: what the responder has made of our offer.
    Planned agreed(Path path, Phase.AwaitResponderProof waiting) {
        var payloads = waiting.answer();
        var profile = waiting.dial().profile();
        var endpoint = waiting.dial().endpoint();
        if (isChildless(waiting.dial(), waiting.negotiated())) return new ChildLater();
        var nat = waiting.negotiated().nat();
        var offered = offered(waiting.dial());
        if (Message.has(payloads, NotifyType.TS_UNACCEPTABLE)) {
            return new NoChild(new Refusal.TrafficSelectorsUnacceptable(offered.toString(), "the peer's secret"));
        }
        var sa = Message.first(payloads, SecurityAssociation.class);
        if (sa.isEmpty()) {
            boolean proposals = Message.has(payloads, NotifyType.NO_PROPOSAL_CHOSEN);
            return new NoChild(
                    proposals
                            ? new Refusal.NoProposalChosen(
                                    "ESP", profile.espProposals().toString(), "the peer's secret")
                            : new Refusal.ByPeer(Desk.error(payloads).orElse("no reason given")));
        }
        if (!Message.has(payloads, NotifyType.USE_TRANSPORT_MODE)) {
            return new NoChild(new Refusal.NotTransportMode());
        }
        var tsi = Narrowed.selectors(payloads, true, nat.here(), endpoint.local());
        var tsr = Narrowed.selectors(payloads, false, nat.there(), endpoint.remote());
        if (tsi.isEmpty() || tsr.isEmpty() || !offered.accepts(tsi.get(), tsr.get())) {
            return new NoChild(new Refusal.TrafficSelectorsUnacceptable(
                    offered.toString(),
                    tsi.isPresent() && tsr.isPresent() ? GreSelectors.describe(tsi.get(), tsr.get()) : "nothing"));
        }
        var chosen = Selection.acceptEsp(profile.espProposals(), sa.get());
        if (chosen.isEmpty()) {
            return new NoChild(new Refusal.NoProposalChosen(
                    "ESP", profile.espProposals().toString(), Selection.describe(sa.get())));
        }
        return new Plan(
                Children.make(
                        Children.Source.ofFirst(waiting.negotiated()),
                        profile,
                        waiting.dial().flow().reqid(),
                        endpoint,
                        path,
                        waiting.inbound(),
                        chosen.get(),
                        waiting.dial().acquireSequence(),
                        desk.entropy().fraction()),
                offered,
                List.of());
    }

    /// Responder: what we make of the initiator's offer.
    Planned planned(Negotiated negotiated, Profile profile, Endpoint endpoint, Phase.AuthRequest request) {
        var nat = negotiated.nat();
        int port = request.path().local().port();
        if (nat.isBetween() && port != ports.nat()) {
            return new NoChild(new Refusal.NotOnNatPort(port));
        }
        var payloads = request.payloads();
        var sa = Message.first(payloads, SecurityAssociation.class);
        var tsi = Narrowed.selectors(payloads, true, nat.there(), endpoint.remote());
        var tsr = Narrowed.selectors(payloads, false, nat.here(), endpoint.local());
        if (sa.isEmpty() && tsi.isEmpty() && tsr.isEmpty() && profile.children().mayBeChildless())
            return new ChildLater();
        if (sa.isEmpty() || tsi.isEmpty() || tsr.isEmpty()) {
            return new NoChild(new Refusal.InvalidSyntax("an IKE_AUTH request without SA, TSi or TSr"));
        }
        if (!Message.has(payloads, NotifyType.USE_TRANSPORT_MODE)) {
            return new NoChild(new Refusal.NotTransportMode());
        }
        var chosen = Selection.chooseEsp(profile.espProposals(), sa.get());
        if (chosen.isEmpty()) {
            return new NoChild(new Refusal.NoProposalChosen(
                    "ESP", Selection.describe(sa.get()), profile.espProposals().toString()));
        }
        var narrowed = Narrowed.of(profile, tsi.get(), tsr.get(), endpoint.remote(), endpoint.local(), Set.of());
        if (narrowed.isEmpty()) {
            return new NoChild(new Refusal.TrafficSelectorsUnacceptable(
                    GreSelectors.describe(tsi.get(), tsr.get()),
                    GreSelectors.between(endpoint.remote(), endpoint.local()).toString()));
        }
        var selectors = narrowed.get().selectors();
        var inbound = desk.entropy().espSpi();
        return new Plan(
                Children.make(
                        Children.Source.ofFirst(negotiated),
                        profile,
                        narrowed.get().flow().reqid(),
                        endpoint,
                        request.path(),
                        inbound,
                        chosen.get(),
                        0,
                        desk.entropy().fraction()),
                selectors,
                List.of(
                        Notify.of(NotifyType.USE_TRANSPORT_MODE),
                        chosen.get().answer(inbound),
                        selectors.initiators(),
                        selectors.responders()));
    }
}
