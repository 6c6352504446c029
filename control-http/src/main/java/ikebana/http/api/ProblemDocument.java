package ikebana.http.api;

/// Why an order was not done (RFC 9457, `application/problem+json`).
///
/// @param type `urn:ikebana:problem:` and a word for programs
/// @param title the same for everything of this type
/// @param detail a sentence about this one
public record ProblemDocument(String type, String title, int status, String detail) implements Document {}
