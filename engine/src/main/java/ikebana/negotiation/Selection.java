package ikebana.negotiation;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.crypto.IkeSuite;
import ikebana.crypto.Integrity;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.Prf;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.Spi;
import ikebana.wire.Transform;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Proposals to and from the wire, and the choice among them (RFC 7296 2.7, 3.3).
///
/// The order of preference is ours, not the peer's. A transform type that we do not know spoils its proposal; a
/// transform that we do not know is passed over (RFC 7296 3.3.6).
public final class Selection {
    /// ESN transform IDs, RFC 7296 3.3.2.
    private static final int SHORT_SEQUENCE_NUMBERS = 0;

    private static final int EXTENDED_SEQUENCE_NUMBERS = 1;

    /// "NONE" for key exchange and integrity.
    private static final int NONE = 0;

    /// What may be in a proposal for an IKE SA.
    private static final Set<Integer> IKE_TYPES =
            andAdditional(Transform.ENCRYPTION, Transform.PRF, Transform.INTEGRITY, Transform.KEY_EXCHANGE);

    private static final Set<Integer> ESP_TYPES = andAdditional(
            Transform.ENCRYPTION, Transform.INTEGRITY, Transform.KEY_EXCHANGE, Transform.EXTENDED_SEQUENCE_NUMBERS);

    private Selection() {}

    private static Set<Integer> andAdditional(Integer... types) {
        var additional =
                IntStream.rangeClosed(Transform.ADDITIONAL_KEY_EXCHANGE_1, Transform.ADDITIONAL_KEY_EXCHANGE_7);
        return Stream.concat(Stream.of(types), additional.boxed()).collect(Collectors.toUnmodifiableSet());
    }

    /// @param answer what goes back to the peer: its proposal's number, one transform of each type
    public record ChosenIke(IkeSuite suite, SecurityAssociation answer) {}

    /// Of a rekeying (RFC 7296 1.3.2).
    ///
    /// @param theirs the SPI that the peer chose for the new IKE SA
    public record ChosenSuccessor(IkeSuite suite, IkeSpi theirs, Proposal answer) {
        /// The payload that answers with our own SPI.
        public SecurityAssociation answer(IkeSpi ours) {
            return new SecurityAssociation(
                    List.of(new Proposal(answer.number(), Proposal.IKE, ours.toBytes(), answer.transforms())));
        }
    }

    /// @param theirs the SPI that the peer chose for what we send
    /// @param keyExchange the fresh one that was agreed; never in IKE_AUTH
    /// @param additional a second one, only beside that
    public record ChosenEsp(
            EspSuite suite,
            Spi theirs,
            Optional<KeyExchangeMethod> keyExchange,
            Optional<KeyExchangeMethod> additional,
            int number,
            List<Transform> transforms) {
        /// The payload that answers with our own SPI.
        public SecurityAssociation answer(Spi ours) {
            return new SecurityAssociation(List.of(new Proposal(number, Proposal.ESP, ours.toBytes(), transforms)));
        }
    }

    /// Our proposals for IKE_SA_INIT, numbered from 1.
    public static SecurityAssociation offerIke(List<IkeProposal> ours) {
        return offerIke(ours, Bytes.EMPTY);
    }

    /// Our proposals for the IKE SA that follows an established one.
    ///
    /// @param spi ours, of the new one
    public static SecurityAssociation offerSuccessor(List<IkeProposal> ours, IkeSpi spi) {
        return offerIke(ours, spi.toBytes());
    }

    private static SecurityAssociation offerIke(List<IkeProposal> ours, Bytes spi) {
        var proposals = new ArrayList<Proposal>();
        for (var proposal : ours) {
            var transforms = new ArrayList<Transform>();
            proposal.encryptions().forEach(encryption -> transforms.add(transform(encryption)));
            proposal.integrities().forEach(i -> transforms.add(Transform.of(Transform.INTEGRITY, i.transformId())));
            proposal.prfs().forEach(prf -> transforms.add(Transform.of(Transform.PRF, prf.transformId())));
            proposal.keyExchanges()
                    .forEach(ke -> transforms.add(Transform.of(Transform.KEY_EXCHANGE, ke.transformId())));
            proposal.additional().forEach(ke -> transforms.add(additional(ke)));
            proposals.add(new Proposal(proposals.size() + 1, Proposal.IKE, spi, transforms));
        }
        return new SecurityAssociation(proposals);
    }

    private static Transform additional(KeyExchangeMethod method) {
        return Transform.of(Transform.ADDITIONAL_KEY_EXCHANGE_1, method.transformId());
    }

    /// Our proposals for a child made by IKE_AUTH, which has no key exchange of its own (RFC 7296 1.2).
    public static SecurityAssociation offerEsp(List<EspProposal> ours, Spi spi) {
        return offerEsp(ours, spi, false);
    }

    /// Our proposals for a child made by CREATE_CHILD_SA.
    public static SecurityAssociation offerFreshEsp(List<EspProposal> ours, Spi spi) {
        return offerEsp(ours, spi, true);
    }

    private static SecurityAssociation offerEsp(List<EspProposal> ours, Spi spi, boolean fresh) {
        var proposals = new ArrayList<Proposal>();
        for (var proposal : ours) {
            var transforms = new ArrayList<Transform>();
            proposal.encryptions().forEach(encryption -> transforms.add(transform(encryption)));
            proposal.integrities().forEach(i -> transforms.add(Transform.of(Transform.INTEGRITY, i.transformId())));
            if (fresh) {
                proposal.keyExchanges()
                        .forEach(ke -> transforms.add(Transform.of(Transform.KEY_EXCHANGE, ke.transformId())));
                proposal.additional().forEach(ke -> transforms.add(additional(ke)));
            }
            proposal.extendedSequenceNumbers().forEach(esn -> transforms.add(sequenceNumbers(esn)));
            proposals.add(new Proposal(proposals.size() + 1, Proposal.ESP, spi.toBytes(), transforms));
        }
        return new SecurityAssociation(proposals);
    }

    /// The first of our proposals that some proposal of the peer's satisfies. With one that asks for an additional key
    /// exchange nothing comes of a peer that has no IKE_INTERMEDIATE: leave those out for it.
    public static Optional<ChosenIke> chooseIke(List<IkeProposal> ours, SecurityAssociation theirs) {
        for (var mine : ours) {
            for (var proposal : theirs.proposals()) {
                var suite = match(mine, proposal);
                if (suite.isPresent()) {
                    return Optional.of(new ChosenIke(suite.get(), answerTo(proposal, suite.get())));
                }
            }
        }
        return Optional.empty();
    }

    /// The peer's answer to [#offerIke]: one of our proposals, narrowed to one transform of each type.
    public static Optional<IkeSuite> acceptIke(List<IkeProposal> ours, SecurityAssociation answer) {
        if (answer.proposals().size() != 1) return Optional.empty();
        var proposal = answer.proposals().getFirst();
        if (proposal.number() < 1 || proposal.number() > ours.size() || !oneOfEachType(proposal)) {
            return Optional.empty();
        }
        return match(ours.get(proposal.number() - 1), proposal);
    }

    /// A responder's choice for the IKE SA that follows an established one.
    public static Optional<ChosenSuccessor> chooseSuccessor(List<IkeProposal> ours, SecurityAssociation theirs) {
        for (var mine : ours) {
            for (var proposal : theirs.proposals()) {
                var spi = spi(proposal);
                var suite = match(mine, proposal);
                if (suite.isPresent() && spi.isPresent()) {
                    var answer = answerTo(proposal, suite.get()).proposals().getFirst();
                    return Optional.of(new ChosenSuccessor(suite.get(), spi.get(), answer));
                }
            }
        }
        return Optional.empty();
    }

    /// The peer's answer to [#offerSuccessor].
    public static Optional<ChosenSuccessor> acceptSuccessor(List<IkeProposal> ours, SecurityAssociation answer) {
        var suite = acceptIke(ours, answer);
        if (suite.isEmpty()) return Optional.empty();
        var proposal = answer.proposals().getFirst();
        return spi(proposal).map(theirs -> new ChosenSuccessor(suite.get(), theirs, proposal));
    }

    private static Optional<IkeSpi> spi(Proposal proposal) {
        if (proposal.spi().length() != IkeSpi.LENGTH) return Optional.empty();
        return Optional.of(IkeSpi.of(proposal.spi())).filter(spi -> !spi.isNone());
    }

    /// A responder's choice in IKE_AUTH.
    public static Optional<ChosenEsp> chooseEsp(List<EspProposal> ours, SecurityAssociation theirs) {
        return chooseEsp(ours, theirs, Fresh.NEVER);
    }

    /// A responder's choice in CREATE_CHILD_SA.
    ///
    /// @param welcome the key exchange methods that a peer may have where our proposal asks for none: more
    ///     than we want is no reason to refuse
    /// @param further the same for a second key exchange
    public static Optional<ChosenEsp> chooseFreshEsp(
            List<EspProposal> ours,
            List<KeyExchangeMethod> welcome,
            List<KeyExchangeMethod> further,
            SecurityAssociation theirs) {
        return chooseEsp(ours, theirs, new Fresh(true, welcome, further));
    }

    private static Optional<ChosenEsp> chooseEsp(List<EspProposal> ours, SecurityAssociation theirs, Fresh fresh) {
        for (var mine : ours) {
            for (var proposal : theirs.proposals()) {
                var chosen = match(mine, proposal, fresh);
                if (chosen.isPresent()) return chosen;
            }
        }
        return Optional.empty();
    }

    /// The peer's answer to [#offerEsp].
    public static Optional<ChosenEsp> acceptEsp(List<EspProposal> ours, SecurityAssociation answer) {
        return acceptEsp(ours, answer, Fresh.NEVER);
    }

    /// The peer's answer to [#offerFreshEsp].
    public static Optional<ChosenEsp> acceptFreshEsp(List<EspProposal> ours, SecurityAssociation answer) {
        return acceptEsp(ours, answer, new Fresh(true, List.of(), List.of()));
    }

    private static Optional<ChosenEsp> acceptEsp(List<EspProposal> ours, SecurityAssociation answer, Fresh fresh) {
        if (answer.proposals().size() != 1) return Optional.empty();
        var proposal = answer.proposals().getFirst();
        if (proposal.number() < 1 || proposal.number() > ours.size() || !oneOfEachType(proposal)) {
            return Optional.empty();
        }
        return match(ours.get(proposal.number() - 1), proposal, fresh);
    }

    /// @param possible whether the exchange can carry a key exchange
    /// @param welcome what a peer may want where we want none
    /// @param further the same of a second one
    private record Fresh(boolean possible, List<KeyExchangeMethod> welcome, List<KeyExchangeMethod> further) {
        static final Fresh NEVER = new Fresh(false, List.of(), List.of());
    }

    /// A peer's proposals as an operator reads them; unknown transforms appear as numbers.
    public static String describe(SecurityAssociation payload) {
        return String.join(
                ", ", payload.proposals().stream().map(Selection::describe).toList());
    }

    private static Optional<IkeSuite> match(IkeProposal mine, Proposal theirs) {
        if (theirs.protocolId() != Proposal.IKE || hasTypesOutside(theirs, IKE_TYPES)) return Optional.empty();
        var additional =
                first(mine.additional(), theirs, Transform.ADDITIONAL_KEY_EXCHANGE_1, KeyExchangeMethod::transformId);
        if (additional.isEmpty() != mine.additional().isEmpty() || insistsOnMore(theirs, additional.isPresent())) {
            return Optional.empty();
        }
        var encryption = firstEncryption(mine.encryptions(), theirs);
        var prf = first(mine.prfs(), theirs, Transform.PRF, p -> p.transformId());
        var keyExchange = first(mine.keyExchanges(), theirs, Transform.KEY_EXCHANGE, KeyExchangeMethod::transformId);
        if (encryption.isEmpty() || prf.isEmpty() || keyExchange.isEmpty()) return Optional.empty();
        var integrity = integrity(mine.integrities(), theirs);
        if (!encryption.get().isAead() && integrity.isEmpty()) return Optional.empty();
        if (encryption.get().isAead() && !integrityMayBeAbsent(theirs)) return Optional.empty();
        return Optional.of(new IkeSuite(encryption.get(), integrity, prf.get(), keyExchange.get(), additional));
    }

    /// RFC 9370 2.2.1: up to seven additional key exchanges, of which we make the first or none. One that may be left
    /// out has NONE among its transforms.
    private static boolean insistsOnMore(Proposal theirs, boolean first) {
        return additionalTypes(theirs)
                .anyMatch(
                        type -> !(first && type == Transform.ADDITIONAL_KEY_EXCHANGE_1) && !offers(theirs, type, NONE));
    }

    private static Stream<Integer> additionalTypes(Proposal proposal) {
        return proposal.transforms().stream()
                .map(Transform::type)
                .filter(type ->
                        type >= Transform.ADDITIONAL_KEY_EXCHANGE_1 && type <= Transform.ADDITIONAL_KEY_EXCHANGE_7)
                .distinct();
    }

    private static Optional<ChosenEsp> match(EspProposal mine, Proposal theirs, Fresh fresh) {
        if (theirs.protocolId() != Proposal.ESP || theirs.spi().length() != 4 || hasTypesOutside(theirs, ESP_TYPES)) {
            return Optional.empty();
        }
        var spi = Spi.of(theirs.spi());
        if (!spi.isUsable()) return Optional.empty(); // 0 and 1 to 255 are reserved
        // a peer that names key exchange methods, none of which we take, must also offer NONE
        boolean namesKeyExchange = theirs.transforms().stream().anyMatch(t -> t.type() == Transform.KEY_EXCHANGE);
        var takes = fresh.possible() && !mine.keyExchanges().isEmpty() ? mine.keyExchanges() : fresh.welcome();
        var keyExchange = first(takes, theirs, Transform.KEY_EXCHANGE, KeyExchangeMethod::transformId);
        if (keyExchange.isEmpty() && fresh.possible() && !mine.keyExchanges().isEmpty()) return Optional.empty();
        boolean none = namesKeyExchange && keyExchange.isEmpty();
        if (none && !offers(theirs, Transform.KEY_EXCHANGE, NONE)) return Optional.empty();
        var additional = second(mine, theirs, fresh, keyExchange);
        boolean lacksOne = fresh.possible() && !mine.additional().isEmpty() && additional.isEmpty();
        if (lacksOne || insistsOnMore(theirs, additional.isPresent())) return Optional.empty();
        var encryption = firstEncryption(mine.encryptions(), theirs);
        if (encryption.isEmpty()) return Optional.empty();
        var integrity = integrity(mine.integrities(), theirs);
        if (!encryption.get().isAead() && integrity.isEmpty()) return Optional.empty();
        if (encryption.get().isAead() && !integrityMayBeAbsent(theirs)) return Optional.empty();
        var esn = mine.extendedSequenceNumbers().stream()
                .filter(wanted -> offers(
                        theirs,
                        Transform.EXTENDED_SEQUENCE_NUMBERS,
                        wanted ? EXTENDED_SEQUENCE_NUMBERS : SHORT_SEQUENCE_NUMBERS))
                .findFirst();
        if (esn.isEmpty()) return Optional.empty();
        var transforms = new ArrayList<Transform>();
        transforms.add(transform(encryption.get()));
        integrity.ifPresent(i -> transforms.add(Transform.of(Transform.INTEGRITY, i.transformId())));
        keyExchange.ifPresent(ke -> transforms.add(Transform.of(Transform.KEY_EXCHANGE, ke.transformId())));
        if (none) transforms.add(Transform.of(Transform.KEY_EXCHANGE, NONE));
        transforms.addAll(additional(theirs, additional));
        transforms.add(sequenceNumbers(esn.get()));
        return Optional.of(new ChosenEsp(
                new EspSuite(encryption.get(), integrity, esn.get()),
                spi,
                keyExchange,
                additional,
                theirs.number(),
                List.copyOf(transforms)));
    }

    /// A second key exchange is there only beside a first one.
    private static Optional<KeyExchangeMethod> second(
            EspProposal mine, Proposal theirs, Fresh fresh, Optional<KeyExchangeMethod> first) {
        if (first.isEmpty()) return Optional.empty();
        var takes = mine.additional().isEmpty() ? fresh.further() : mine.additional();
        var others = takes.stream().filter(method -> method != first.get()).toList();
        return first(others, theirs, Transform.ADDITIONAL_KEY_EXCHANGE_1, KeyExchangeMethod::transformId);
    }

    /// What is answered of the additional key exchanges that a peer has offered: one or none, and that there are no
    /// more.
    private static List<Transform> additional(Proposal theirs, Optional<KeyExchangeMethod> chosen) {
        var declined = additionalTypes(theirs)
                .filter(type -> chosen.isEmpty() || type != Transform.ADDITIONAL_KEY_EXCHANGE_1)
                .map(type -> Transform.of(type, NONE));
        return Stream.concat(chosen.stream().map(Selection::additional), declined)
                .toList();
    }

    private static SecurityAssociation answerTo(Proposal theirs, IkeSuite suite) {
        var transforms = new ArrayList<Transform>();
        transforms.add(transform(suite.encryption()));
        suite.integrity().ifPresent(i -> transforms.add(Transform.of(Transform.INTEGRITY, i.transformId())));
        transforms.add(Transform.of(Transform.PRF, suite.prf().transformId()));
        transforms.add(Transform.of(Transform.KEY_EXCHANGE, suite.keyExchange().transformId()));
        transforms.addAll(additional(theirs, suite.additional()));
        return new SecurityAssociation(
                List.of(new Proposal(theirs.number(), Proposal.IKE, Bytes.EMPTY, List.copyOf(transforms))));
    }

    private static Transform transform(Encryption encryption) {
        return encryption.keyBits() == 0
                ? Transform.of(Transform.ENCRYPTION, encryption.transformId())
                : Transform.of(Transform.ENCRYPTION, encryption.transformId(), encryption.keyBits());
    }

    private static Transform sequenceNumbers(boolean extended) {
        return Transform.of(
                Transform.EXTENDED_SEQUENCE_NUMBERS, extended ? EXTENDED_SEQUENCE_NUMBERS : SHORT_SEQUENCE_NUMBERS);
    }

    private static boolean hasTypesOutside(Proposal proposal, Set<Integer> known) {
        return proposal.transforms().stream().anyMatch(transform -> !known.contains(transform.type()));
    }

    private static boolean oneOfEachType(Proposal proposal) {
        var seen = new HashSet<Integer>();
        return proposal.transforms().stream().allMatch(transform -> seen.add(transform.type()));
    }

    private static Optional<Encryption> firstEncryption(List<Encryption> mine, Proposal theirs) {
        return mine.stream()
                .filter(encryption -> theirs.transforms().stream()
                        .anyMatch(t -> t.type() == Transform.ENCRYPTION
                                && t.id() == encryption.transformId()
                                && t.keyBits().orElse(0) == encryption.keyBits()
                                && t.attributes().size() == (encryption.keyBits() == 0 ? 0 : 1)))
                .findFirst();
    }

    private static Optional<Integrity> integrity(List<Integrity> mine, Proposal theirs) {
        return first(mine, theirs, Transform.INTEGRITY, Integrity::transformId);
    }

    private static <T> Optional<T> first(List<T> mine, Proposal theirs, int type, Function<T, Integer> id) {
        return mine.stream()
                .filter(algorithm -> offers(theirs, type, id.apply(algorithm)))
                .findFirst();
    }

    /// A transform with attributes that we do not know is a transform that we do not know.
    private static boolean offers(Proposal theirs, int type, int id) {
        return theirs.transforms().stream()
                .anyMatch(
                        t -> t.type() == type && t.id() == id && t.attributes().isEmpty());
    }

    /// With AEAD encryption the integrity type is left out, or is NONE (RFC 7296 3.3).
    private static boolean integrityMayBeAbsent(Proposal theirs) {
        return theirs.transforms().stream().noneMatch(t -> t.type() == Transform.INTEGRITY)
                || offers(theirs, Transform.INTEGRITY, NONE);
    }

    private static String describe(Proposal proposal) {
        return String.join(
                "-", proposal.transforms().stream().map(Selection::describe).toList());
    }

    private static String describe(Transform transform) {
        return switch (transform.type()) {
            case Transform.ENCRYPTION -> {
                for (var encryption : Encryption.values()) {
                    if (transform(encryption).equals(transform)) yield encryption.keyword();
                }
                yield "encr" + transform.id()
                        + transform.keyBits().map(bits -> "/" + bits).orElse("");
            }
            case Transform.PRF -> {
                for (var prf : Prf.values()) {
                    if (prf.transformId() == transform.id()) yield prf.keyword();
                }
                yield "prf" + transform.id();
            }
            case Transform.INTEGRITY -> {
                for (var integrity : Integrity.values()) {
                    if (integrity.transformId() == transform.id()) yield integrity.keyword();
                }
                yield "integ" + transform.id();
            }
            case Transform.KEY_EXCHANGE -> describeMethod(transform.id());
            case Transform.EXTENDED_SEQUENCE_NUMBERS -> transform.id() == EXTENDED_SEQUENCE_NUMBERS ? "esn" : "noesn";
            default -> {
                int level = transform.type() - Transform.ADDITIONAL_KEY_EXCHANGE_1 + 1;
                yield level >= 1 && transform.type() <= Transform.ADDITIONAL_KEY_EXCHANGE_7
                        ? "ke%d_%s".formatted(level, describeMethod(transform.id()))
                        : "type%d/%d".formatted(transform.type(), transform.id()); // the peer's own number
            }
        };
    }

    private static String describeMethod(int id) {
        for (var method : KeyExchangeMethod.values()) {
            if (method.transformId() == id) return method.keyword();
        }
        return id == NONE ? "none" : "ke" + id;
    }
}
