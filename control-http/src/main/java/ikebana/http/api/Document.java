package ikebana.http.api;

/// What an answer consists of.
public sealed interface Document permits OutcomeDocument, ProblemDocument, TunnelDocument, TunnelsDocument {}
