package ikebana.sim;

/// What a test breaks on purpose, to see that the simulator notices: one for each class of rule. The core stays as it
/// is; what surrounds it here goes wrong.
enum PlantedBug {
    NONE("nothing is wrong"),
    /// The doorman forgets who is in already: a repeated first message begins another IKE SA.
    DUPLICATE_BEGINS_ANEW("a repeated request began anew"),
    /// The answer to a repeated request is thrown away.
    LOST_REPLY("gone, and nobody knows why: the peer is dead"),
    /// A request that is sent again is sealed again.
    RESEALED_RETRANSMISSION("two messages under one IV"),
    /// One IV seals two messages.
    IV_TWICE("two messages under one IV"),
    /// An SA's timer is forgotten once it is established.
    FORGOTTEN_TIMER("an IKE SA is left over"),
    /// A forged message ends an IKE SA.
    FORGERY_BELIEVED("a forged message changed an IKE SA"),
    /// What an IKE SA has taken is taken again when it comes again.
    REPLAY_BELIEVED("a repeated message changed an IKE SA"),
    /// An IKE SA asks on before it has its answer.
    TWO_IN_FLIGHT("a request before the answer to the one before"),
    /// The two kernels get different keys.
    UNEQUAL_KEYS("unequal keys"),
    /// What an SA had in the kernel stays when it ends.
    LEAKED_STATE("states are left over"),
    /// ESP goes on to the port that a NAT has forgotten.
    PORTS_KEPT("no packet from"),
    /// The larval state of a dial that failed stays.
    LARVAL_KEPT("a packet acquires, and nobody dials"),
    /// A kernel without the trap for what leaves.
    NO_TRAP("a packet left in the clear"),
    /// Inbound states take packets of anybody's.
    WIDE_SELECTOR("a packet was taken under another's address"),
    /// An SA passes the gate before the hooks have heard of `gone`.
    EARLY_GONE("while the hooks of `gone` run"),
    /// `gone` is announced when the first of two IKE SAs with a peer ends.
    GONE_WITH_THE_FIRST("`gone` while another IKE SA with that peer stands"),
    /// `gone` is never announced.
    MISSING_GONE("`up` twice without `gone` between"),
    /// One acquire is dialled twice.
    TWO_DIALS("two dials for one endpoint"),
    /// A newcomer without a cookie is let in where one is demanded.
    COOKIE_NOT_CHECKED("let in without a cookie of ours"),
    /// An IKE SA's place at the door stays taken when it has retired.
    DOOR_KEPT("a place at the door stays taken"),
    /// INITIAL_CONTACT goes unheard.
    INITIAL_CONTACT_IGNORED("a peer that has lost its memory was let in without `gone`"),
    /// Of two IKE SAs that were made at once, the two ends choose different ones.
    WRONG_WINNER("gone, and nobody knows why: the peer deleted the IKE SA"),
    /// An order that fails is never answered.
    FORGOTTEN_ANSWER("an order that nobody answers"),
    /// What sends goes before its successor comes.
    BARE_FOR_A_MOMENT("nothing could be sent to"),
    /// Of a pair of ESP states that goes, what is received goes at once, while the peer still sends.
    RECEIVES_NO_LONGER("a packet is lost where a tunnel stands, in the storm"),
    /// What is to be received is not there yet when the peer is told that it is.
    RECEIVES_TOO_LATE("a packet is lost where a tunnel stands, in the storm"),
    /// A member that has gone bad has no limits.
    MEMBER_WITHOUT_LIMITS("an IKE SA with 33 ESP states"),
    /// What a member that has gone bad says ends the tunnels of others, too.
    MEMBER_ENDS_OTHERS("gone, and nobody knows why: a member said so"),
    /// A machine throws at an exchange that it does not know.
    THROWS_AT_THE_UNKNOWN("never heard of it"),
    /// Nothing is kept of tunnels for the daemon's next life.
    FORGETFUL("`up` twice without `gone` between"),
    /// A request is sent twice at most.
    IMPATIENT("gone, and nobody knows why: the peer is dead"),
    /// A kernel does not see that a packet is damaged.
    DAMAGE_UNSEEN("a damaged packet was taken"),
    /// A timer that is a second late is passed over.
    LATE_TIMER_LOST("an IKE SA is left over"),
    /// What a socket had no room for is never asked for.
    NOTHING_TOLD_AFTER_AN_OVERFLOW("a packet acquires, and nobody dials"),
    /// The steady clock does not tell that a child is old.
    OLD_BY_THE_KERNEL_ONLY("nobody has noticed"),
    /// The machines are told the time of day.
    TIME_OF_DAY_FOR_ALL("wants to be woken in the past"),
    /// Certificates are judged by the steady clock.
    CERTIFICATES_BY_THE_STEADY_CLOCK("a certificate was believed that is not valid now"),
    /// What an IKE SA had in the kernel stays when its machine throws.
    FAULT_LEAVES_STATES("an IKE SA has failed, and its states stay"),
    /// Nobody hears that a machine has thrown.
    FAULT_UNTOLD("an IKE SA has failed, and nobody has heard that it is gone"),
    /// A machine that throws takes the others of its host with it.
    FAULT_ENDS_OTHERS("gone, and nobody knows why: a member said so");

    /// What the rule that it breaks says, or the beginning of that. Other rules may be broken along with it.
    final String complaint;

    PlantedBug(String complaint) {
        this.complaint = complaint;
    }
}
