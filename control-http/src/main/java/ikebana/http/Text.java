package ikebana.http;

import ikebana.http.api.Document;
import ikebana.http.api.OutcomeDocument;
import ikebana.http.api.ProblemDocument;
import ikebana.http.api.TunnelDocument;
import ikebana.http.api.TunnelDocument.IkeSaDocument;
import ikebana.http.api.TunnelsDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The documents as people read them: a table, a few lines, a sentence. Programs ask for JSON; this may change.
final class Text {
    private static final List<String> COLUMNS = List.of("PROFILE", "LOCAL", "REMOTE", "PHASE", "SINCE", "PEER", "NOTE");
    private static final String NOTHING = "-";

    private Text() {}

    static String of(Document document) {
        return switch (document) {
            case TunnelsDocument(var tunnels) -> table(tunnels);
            case TunnelDocument tunnel -> lines(tunnel);
            case OutcomeDocument(var tunnel, var note) ->
                tunnel == null ? Objects.requireNonNullElse(note, "done") + "\n" : lines(tunnel);
            case ProblemDocument problem -> problem.detail() + "\n";
        };
    }

    private static String table(List<TunnelDocument> tunnels) {
        var rows = new ArrayList<List<String>>();
        rows.add(COLUMNS);
        tunnels.forEach(tunnel -> rows.add(List.of(
                tunnel.profile(),
                tunnel.local(),
                tunnel.remote(),
                tunnel.phase(),
                tunnel.since(),
                tunnel.ikeSas().stream()
                        .map(sa -> shown(sa.remoteIdentity()))
                        .distinct()
                        .collect(Collectors.collectingAndThen(
                                Collectors.joining(","), peers -> peers.isEmpty() ? NOTHING : peers)),
                Objects.requireNonNullElse(tunnel.trouble(), ""))));
        int[] widths = IntStream.range(0, COLUMNS.size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        var text = new StringBuilder();
        for (var row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                var cell = row.get(column);
                line.append(cell).repeat(' ', widths[column] - cell.length() + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String lines(TunnelDocument tunnel) {
        var text = new StringBuilder();
        text.append("%s %s -> %s%n".formatted(tunnel.profile(), tunnel.local(), tunnel.remote()));
        line(text, 2, "phase", "%s since %s".formatted(tunnel.phase(), tunnel.since()));
        if (tunnel.trouble() != null) line(text, 2, "note", tunnel.trouble());
        for (var sa : tunnel.ikeSas()) {
            line(text, 2, "IKE SA", "%s %s".formatted(sa.initiatorSpi(), sa.responderSpi()));
            line(text, 4, "began", sa.initiator() ? "here" : "there");
            line(text, 4, "we", shown(sa.localIdentity()) + " at " + sa.local());
            line(text, 4, "peer", shown(sa.remoteIdentity()) + " at " + sa.remote());
            var certificate = sa.remoteCertificate();
            if (certificate != null) {
                line(text, 4, "cert", "%s, until %s".formatted(shown(certificate.subject()), certificate.notAfter()));
            }
            line(text, 4, "suite", shown(sa.suite()));
            children(text, sa);
        }
        return text.toString();
    }

    private static void children(StringBuilder text, IkeSaDocument sa) {
        for (var child : sa.children()) {
            line(
                    text,
                    4,
                    "ESP",
                    "in %s, out %s, reqid %d, %s"
                            .formatted(child.inboundSpi(), child.outboundSpi(), child.reqid(), child.suite()));
        }
    }

    private static void line(StringBuilder text, int indent, String name, String value) {
        text.repeat(' ', indent)
                .append(name)
                .repeat(' ', 10 - indent - name.length() + 2)
                .append(value)
                .append('\n');
    }

    private static String shown(@Nullable String value) {
        return value == null ? NOTHING : value;
    }
}
