package ikebana.auth;

/// How the packets of one endpoint are shared among ESP SAs.
///
/// @param perSelector each GRE key has an ESP SA of its own; else one carries them all
public record ChildRules(boolean perSelector) {
    public static final ChildRules ONE_FOR_ALL = new ChildRules(false);
}
