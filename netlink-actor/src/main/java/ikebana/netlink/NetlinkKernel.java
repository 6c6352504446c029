package ikebana.netlink;

import ikebana.kernel.Acquire;
import ikebana.kernel.Policy;
import ikebana.kernel.Reply;
import ikebana.kernel.Reply.Refused;
import ikebana.kernel.Reply.Why;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.Errno;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.route.RouteMessage;
import ikebana.netlink.socket.Exchange;
import ikebana.netlink.socket.Exchange.Outcome;
import ikebana.netlink.socket.SystemCallFailed;
import ikebana.netlink.xfrm.FromKernel;
import ikebana.netlink.xfrm.ToKernel;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// Does what the engine asks, by netlink, and says in a sentence why not. It blocks, for as long as `xfrm` and `route`
/// wait at most, and keeps nothing.
public final class NetlinkKernel {
    private final Exchange xfrm;
    private final Exchange route;

    public NetlinkKernel(Exchange xfrm, Exchange route) {
        this.xfrm = xfrm;
        this.route = route;
    }

    public Reply perform(Request request) throws SystemCallFailed {
        return switch (request) {
            case Request.InstallPolicy(var policy) -> install(policy);
            case Request.RemovePolicy(var policy) -> remove(policy);
            case Request.DumpPolicies() ->
                listed(
                        xfrm.ask(ToKernel.dumpPolicies()),
                        FromKernel::policy,
                        Reply.Policies::new,
                        "listing the policies");
            case Request.InstallState(var state) -> install(state);
            case Request.ChangePorts(var state) ->
                done(
                        xfrm.ask(ToKernel.changePorts(state)),
                        "changing the ports of the state " + state.id(),
                        state.id().destination().isV4());
            case Request.RemoveState(var id) -> remove(id);
            case Request.FindState(var id) -> find(id);
            case Request.DumpStates() ->
                listed(xfrm.ask(ToKernel.dumpStates()), FromKernel::state, Reply.States::new, "listing the states");
            case Request.DropLarval(var acquire) -> dropLarval(acquire);
        };
    }

    /// All links, then all addresses: in this order, because an address counts only while its link is up.
    public List<RouteMessage> linksAndAddresses() throws SystemCallFailed {
        var links = answer(route.ask(RouteMessage.dumpLinks()), "listing the links");
        var addresses = answer(route.ask(RouteMessage.dumpAddresses()), "listing the addresses");
        return Stream.concat(links.stream(), addresses.stream())
                .flatMap(message -> RouteMessage.decode(message).stream())
                .toList();
    }

    private static List<NetlinkMessage> answer(Outcome outcome, String what) throws SystemCallFailed {
        return switch (outcome) {
            case Outcome.Answer(var messages) -> messages;
            case Outcome.Declined(int errno, var _) -> throw new SystemCallFailed(what, errno);
            case Outcome.Silence() -> throw new SystemCallFailed(what, Errno.EAGAIN);
        };
    }

    private Reply install(Policy policy) throws SystemCallFailed {
        var outcome = xfrm.ask(ToKernel.addPolicy(policy));
        if (!(outcome instanceof Outcome.Declined(int errno, var _) && errno == Errno.EEXIST)) {
            return done(
                    outcome,
                    "installing the policy " + name(policy),
                    policy.selector().source().base().isV4());
        }
        var there = existing(policy);
        if (there.isEmpty()) {
            // somebody removed it just now
            return done(
                    xfrm.ask(ToKernel.addPolicy(policy)),
                    "installing the policy " + name(policy),
                    policy.selector().source().base().isV4());
        }
        if (isOurs(there.get(), policy)) return new Reply.Done();
        return new Refused(
                Why.EXISTS,
                ("the policy %s is not ours: the kernel has %s for the same packets already;"
                                + " it is left alone, and this profile cannot work beside it")
                        .formatted(name(policy), FromKernel.describePolicy(there.get())));
    }

    private Reply remove(Policy policy) throws SystemCallFailed {
        var there = existing(policy);
        if (there.isPresent() && !isOurs(there.get(), policy)) {
            return new Refused(
                    Why.EXISTS,
                    "the policy %s is not removed, since it is not ours: the kernel has %s"
                            .formatted(name(policy), FromKernel.describePolicy(there.get())));
        }
        return done(
                orGone(xfrm.ask(ToKernel.deletePolicy(policy))),
                "removing the policy " + name(policy),
                policy.selector().source().base().isV4());
    }

    private static boolean isOurs(NetlinkMessage there, Policy policy) {
        return FromKernel.policy(there).filter(policy::equals).isPresent();
    }

    /// What the kernel has for that selector and direction; empty also when it does not say.
    private Optional<NetlinkMessage> existing(Policy policy) throws SystemCallFailed {
        return xfrm.ask(ToKernel.findPolicy(policy)) instanceof Outcome.Answer(var messages)
                ? messages.stream().findFirst()
                : Optional.empty();
    }

    private Reply install(State state) throws SystemCallFailed {
        if (!state.id().spi().isUsable()) {
            // Linux 6.1 takes even 0, and could then neither find nor remove the state, which carries traffic.
            return new Refused(Why.OTHER, "an ESP state cannot have the reserved SPI of " + state.id());
        }
        boolean v4 = state.id().destination().isV4();
        var outcome = xfrm.ask(ToKernel.addState(state));
        if (!(outcome instanceof Outcome.Declined(int errno, var says))) {
            return done(outcome, "installing the state " + state.id(), v4);
        }
        return switch (errno) {
            case Errno.EEXIST -> new Refused(Why.EXISTS, existing(state.id()));
            // ENOSYS: no such algorithm; ENOENT: it has the name, but cannot load it; EPROTONOSUPPORT: no ESP
            case Errno.ENOSYS, Errno.ENOENT, Errno.EPROTONOSUPPORT ->
                new Refused(
                        Why.NOT_SUPPORTED,
                        "%s%s"
                                .formatted(
                                        errno == Errno.EPROTONOSUPPORT
                                                ? noEsp(v4)
                                                : "this kernel has no %s for ESP, or no ESP: modprobe %s"
                                                        .formatted(
                                                                ToKernel.encryptionName(state.suite()), espModule(v4)),
                                        kernelSays(says)));
            default -> done(outcome, "installing the state " + state.id(), v4);
        };
    }

    private String existing(StateId id) throws SystemCallFailed {
        var sentence = "the kernel has an ESP state %s already".formatted(id);
        if (find(id) instanceof Reply.States(var states) && !states.isEmpty()) {
            var seen = states.getFirst();
            return "%s, with reqid %s%s"
                    .formatted(
                            sentence,
                            Integer.toUnsignedString(seen.reqid()),
                            switch (seen) {
                                case Reply.Mature mature -> " from " + mature.source();
                                case Reply.Larval _ -> ", not yet with keys";
                            });
        }
        return sentence;
    }

    private Reply remove(StateId id) throws SystemCallFailed {
        return done(
                orGone(xfrm.ask(ToKernel.deleteState(id))),
                "removing the state " + id,
                id.destination().isV4());
    }

    private Reply find(StateId id) throws SystemCallFailed {
        var outcome = xfrm.ask(ToKernel.findState(id));
        if (outcome instanceof Outcome.Declined(int errno, var _) && errno == Errno.ESRCH) {
            return new Reply.States(List.of());
        }
        return listed(outcome, FromKernel::state, Reply.States::new, "finding the state " + id);
    }

    private Reply dropLarval(Acquire acquire) throws SystemCallFailed {
        var what = "removing the larval state to " + acquire.destination();
        boolean v4 = acquire.destination().isV4();
        var outcome = xfrm.ask(ToKernel.nameLarval(acquire));
        if (!(outcome instanceof Outcome.Answer(var messages))) return done(outcome, what, v4);
        var named = messages.stream()
                .flatMap(message -> FromKernel.stateId(message).stream())
                .findFirst();
        return named.isPresent() ? remove(named.get()) : new Refused(Why.OTHER, what + ": the kernel gave it no SPI");
    }

    /// What is to be removed and is not there has been removed.
    private static Outcome orGone(Outcome outcome) {
        return outcome instanceof Outcome.Declined(int errno, var _) && (errno == Errno.ESRCH || errno == Errno.ENOENT)
                ? new Outcome.Answer(List.of())
                : outcome;
    }

    private static <T> Reply listed(
            Outcome outcome, Function<NetlinkMessage, Optional<T>> read, Function<List<T>, Reply> reply, String what) {
        return outcome instanceof Outcome.Answer(var messages)
                ? reply.apply(messages.stream()
                        .flatMap(message -> read.apply(message).stream())
                        .toList())
                : done(outcome, what, true);
    }

    private static Reply done(Outcome outcome, String what, boolean v4) {
        return switch (outcome) {
            case Outcome.Answer _ -> new Reply.Done();
            case Outcome.Silence() -> new Refused(Why.SILENT, what + ": the kernel did not answer in time");
            case Outcome.Declined(int errno, var says) ->
                switch (errno) {
                    case Errno.EPERM, Errno.EACCES ->
                        new Refused(Why.NOT_PERMITTED, what + ": the kernel refuses it: needs CAP_NET_ADMIN");
                    case Errno.EPROTONOSUPPORT, Errno.ENOSYS ->
                        new Refused(Why.NOT_SUPPORTED, "%s: %s%s".formatted(what, noEsp(v4), kernelSays(says)));
                    case Errno.EAFNOSUPPORT ->
                        new Refused(
                                Why.NOT_SUPPORTED,
                                "%s: this kernel has no %s%s".formatted(what, v4 ? "IPv4" : "IPv6", kernelSays(says)));
                    case Errno.EEXIST -> new Refused(Why.EXISTS, what + ": it is there already");
                    default -> new Refused(Why.OTHER, "%s: %s%s".formatted(what, Errno.name(errno), kernelSays(says)));
                };
        };
    }

    private static String noEsp(boolean v4) {
        return "this kernel has no ESP: modprobe " + espModule(v4);
    }

    private static String espModule(boolean v4) {
        return v4 ? "esp4" : "esp6";
    }

    private static String kernelSays(Optional<String> says) {
        return says.map(" (it says: %s)"::formatted).orElse("");
    }

    private static String name(Policy policy) {
        return "%s %s"
                .formatted(
                        switch (policy.direction()) {
                            case IN -> "in";
                            case OUT -> "out";
                        },
                        policy.selector());
    }
}
