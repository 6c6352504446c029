package ikebana.auth;

/// How the packets of one endpoint are shared among ESP SAs.
///
/// @param perSelector each GRE key has an ESP SA of its own; else one carries them all
/// @param childless whether an IKE SA may begin without any
public record ChildRules(boolean perSelector, Childless childless) {
    public static final ChildRules ONE_FOR_ALL = new ChildRules(false, Childless.NEVER);

    public boolean mayBeChildless() {
        return childless != Childless.NEVER;
    }
}
