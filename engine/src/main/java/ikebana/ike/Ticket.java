package ikebana.ike;

/// Ties an answer from elsewhere to its question. An answer with a ticket that nobody waits for is dropped.
public record Ticket(long number) {}
