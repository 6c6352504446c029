package ikebana.sim;

/// What a test breaks on purpose, to see that the simulator notices: one for each class of rule. The core stays as it
/// is; what surrounds it here goes wrong.
enum PlantedBug {
    NONE,
    /// The doorman forgets who is in already: a repeated first message begins another IKE SA.
    DUPLICATE_BEGINS_ANEW,
    /// The answer to a repeated request is thrown away.
    LOST_REPLY,
    /// A request that is sent again is sealed again.
    RESEALED_RETRANSMISSION,
    /// One IV seals two messages.
    IV_TWICE,
    /// An SA's timer is forgotten once it is established.
    FORGOTTEN_TIMER,
    /// A forged message ends an IKE SA.
    FORGERY_BELIEVED,
    /// The two kernels get different keys.
    UNEQUAL_KEYS,
    /// What an SA had in the kernel stays when it ends.
    LEAKED_STATE,
    /// ESP goes on to the port that a NAT has forgotten.
    PORTS_KEPT,
    /// The larval state of a dial that failed stays.
    LARVAL_KEPT,
    /// A kernel without the trap for what leaves.
    NO_TRAP,
    /// Inbound states take packets of anybody's.
    WIDE_SELECTOR,
    /// An SA passes the gate before the hooks have heard of `gone`.
    EARLY_GONE,
    /// `gone` is never announced.
    MISSING_GONE,
    /// One acquire is dialled twice.
    TWO_DIALS,
    /// A newcomer without a cookie is let in where one is demanded.
    COOKIE_NOT_CHECKED,
    /// An IKE SA's place at the door stays taken when it has retired.
    DOOR_KEPT,
    /// INITIAL_CONTACT goes unheard.
    INITIAL_CONTACT_IGNORED,
    /// Of two IKE SAs that were made at once, the two ends choose different ones.
    WRONG_WINNER,
    /// An order that fails is never answered.
    FORGOTTEN_ANSWER,
    /// What sends goes before its successor comes.
    BARE_FOR_A_MOMENT,
    /// A member that has gone bad has no limits.
    MEMBER_WITHOUT_LIMITS,
    /// What a member that has gone bad says ends the tunnels of others, too.
    MEMBER_ENDS_OTHERS,
    /// A machine throws at an exchange that it does not know.
    THROWS_AT_THE_UNKNOWN,
    /// Nothing is kept of tunnels for the daemon's next life.
    FORGETFUL,
    /// A request is sent twice at most.
    IMPATIENT,
    /// A kernel does not see that a packet is damaged.
    DAMAGE_UNSEEN,
    /// A timer that is a second late is passed over.
    LATE_TIMER_LOST,
    /// What a socket had no room for is never asked for.
    NOTHING_TOLD_AFTER_AN_OVERFLOW,
    /// The machines are told the time of day.
    TIME_OF_DAY_FOR_ALL,
    /// Certificates are judged by the steady clock.
    CERTIFICATES_BY_THE_STEADY_CLOCK
}
