package ikebana.http;

import ikebana.http.api.ProblemDocument;
import java.util.Locale;

/// A failure on its way to a client.
record Problem(Kind kind, String detail) {

    /// The words that a program can act on, each with its HTTP status.
    enum Kind {
        INVALID_REQUEST(400, "The request cannot be understood"),
        NO_SUCH_RESOURCE(404, "There is nothing at this path"),
        NO_SUCH_PROFILE(404, "There is no such profile here"),
        NO_SUCH_TUNNEL(404, "There is no such tunnel"),
        METHOD_NOT_ALLOWED(405, "This path takes another method"),
        REQUEST_TOO_SLOW(408, "The request took too long to arrive"),
        REFUSED(409, "The tunnel was refused"),
        REQUEST_TOO_LARGE(413, "The request is too large"),
        NOT_JSON(415, "The request is not JSON"),
        DEFECT(500, "Ikebana has made a mistake"),
        KERNEL(502, "The kernel did not take the tunnel"),
        BUSY(503, "There are too many orders at once"),
        NO_ANSWER(504, "The peer did not answer"),
        OUT_OF_PATIENCE(504, "It takes longer than you wanted to wait");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        int status() {
            return status;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    ProblemDocument document() {
        return new ProblemDocument("urn:ikebana:problem:" + kind.word(), kind.title, kind.status, detail);
    }
}
