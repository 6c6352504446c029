package ikebana.http.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One tunnel.
///
/// @param phase connecting, up, going, orphan or down
/// @param since when it came into that phase, in UTC (RFC 3339)
/// @param trouble the last sentence about it that an operator should read
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TunnelDocument(
        String profile,
        String local,
        String remote,
        String phase,
        String since,
        @Nullable String trouble,
        List<IkeSaDocument> ikeSas)
        implements Document {
    public TunnelDocument {
        ikeSas = List.copyOf(ikeSas);
    }

    /// @param initiatorSpi and `responderSpi`: 16 hexadecimal digits
    /// @param initiator whether we began it
    /// @param local and `remote`: address and UDP port
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record IkeSaDocument(
            String initiatorSpi,
            String responderSpi,
            boolean initiator,
            String local,
            String remote,
            @Nullable String localIdentity,
            @Nullable String remoteIdentity,
            @Nullable CertificateDocument remoteCertificate,
            @Nullable String suite,
            List<ChildDocument> children) {
        public IkeSaDocument {
            children = List.copyOf(children);
        }
    }

    /// Of a peer that has proven itself with one.
    ///
    /// @param names the alternative ones
    /// @param serial in hexadecimal digits
    /// @param notAfter when it ends, in UTC (RFC 3339)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record CertificateDocument(@Nullable String subject, List<String> names, String serial, String notAfter) {
        public CertificateDocument {
            names = List.copyOf(names);
        }
    }

    /// @param inboundSpi and `outboundSpi`: 8 hexadecimal digits
    public record ChildDocument(String inboundSpi, String outboundSpi, int reqid, String suite) {}
}
