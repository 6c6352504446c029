package ikebana.ike;

import ikebana.crypto.IkeSuite;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.negotiation.Selection.ChosenEsp;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.util.Optional;

/// What CREATE_CHILD_SA has agreed on. Where that was a second key exchange, too, it is only half of an SA, and
/// waits for IKE_FOLLOWUP_KE (RFC 9370 2.2.4): neither end has anything of it in use, and there is nothing to delete.
sealed interface HalfMade {

    /// The second key exchange; empty where the first one is all.
    Optional<KeyExchangeMethod> further();

    /// What the first one came to: to be wiped when nothing comes of it.
    Optional<Secret> first();

    /// For the rules of RFC 7296 2.8.1 and 2.8.2 between what both ends make at once.
    Bytes lowestNonce();

    /// Wiped, because nothing comes of it.
    default void forget() {
        first().ifPresent(Secret::close);
    }

    /// The IKE SA that follows one.
    ///
    /// @param begun whether we have asked for it
    /// @param result of the first key exchange
    /// @param crashToken see [Negotiated]; what the peer has told along with it
    record OfIke(
            boolean begun,
            IkeSuite suite,
            IkeSpi spiI,
            IkeSpi spiR,
            Bytes nonceI,
            Bytes nonceR,
            Secret result,
            Optional<Secret> crashToken)
            implements HalfMade {

        @Override
        public Optional<KeyExchangeMethod> further() {
            return suite.additional();
        }

        @Override
        public Optional<Secret> first() {
            return Optional.of(result);
        }

        @Override
        public Bytes lowestNonce() {
            return nonceI.compareTo(nonceR) <= 0 ? nonceI : nonceR;
        }

        /// With keys.
        ///
        /// @param second the result of the second key exchange, where there was one; it is wiped
        Negotiated after(Negotiated before, Secret second) {
            try (result;
                    second) {
                var keys = before.keys().successor(suite, result, nonceI, nonceR, second, spiI, spiR);
                return before.successor(begun, spiI, spiR, keys, nonceI, nonceR).knowing(crashToken);
            }
        }
    }

    /// A child.
    ///
    /// @param inbound the SPI that we chose
    record OfChild(Phase.Wish wish, ChosenEsp chosen, Spi inbound, Children.Source source) implements HalfMade {

        @Override
        public Optional<KeyExchangeMethod> further() {
            return chosen.additional();
        }

        @Override
        public Optional<Secret> first() {
            return source.fresh();
        }

        @Override
        public Bytes lowestNonce() {
            return source.lowestNonce();
        }

        OfChild with(Phase.Wish changed) {
            return new OfChild(changed, chosen, inbound, source);
        }

        /// The same, to be made of the results of both key exchanges.
        OfChild with(Secret second) {
            return new OfChild(wish, chosen, inbound, source.with(second));
        }

        /// With keys; what they come from is wiped.
        ///
        /// @param fraction see [Children#make]
        Child made(Phase.Agreed agreed, Path path, double fraction) {
            var pair = Children.make(
                    source,
                    agreed.profile(),
                    wish.reqid(),
                    agreed.endpoint(),
                    path,
                    inbound,
                    chosen,
                    wish.acquireSequence(),
                    fraction);
            forget();
            source.further().ifPresent(Secret::close);
            return pair;
        }
    }
}
