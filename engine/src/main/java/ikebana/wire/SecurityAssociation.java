package ikebana.wire;

import java.util.ArrayList;
import java.util.List;

/// Security Association payload, RFC 7296 3.3: proposals, the sender's favourite first.
public record SecurityAssociation(List<Proposal> proposals) implements Payload {
    /// More than any peer sends; a bound on what one payload can make us keep.
    public static final int MOST_PROPOSALS = 64;

    public SecurityAssociation {
        proposals = List.copyOf(proposals);
        if (proposals.size() > MOST_PROPOSALS) {
            throw new MalformedMessage("SA: %d proposals, at most %d".formatted(proposals.size(), MOST_PROPOSALS));
        }
    }

    static SecurityAssociation decode(Reader in) {
        var proposals = new ArrayList<Proposal>();
        boolean more = in.remaining() > 0;
        while (more) {
            if (proposals.size() == MOST_PROPOSALS) throw new MalformedMessage("SA: more than 64 proposals");
            int last = in.u8("proposal: last");
            if (last != Proposal.LAST && last != Proposal.MORE) {
                throw new MalformedMessage("proposal: %d is neither 'last' nor 'more'".formatted(last));
            }
            in.u8("proposal: reserved"); // must be ignored on receipt
            proposals.add(Proposal.decode(in.sub(in.u16("proposal: length") - 4, "proposal")));
            more = last == Proposal.MORE;
        }
        return new SecurityAssociation(proposals);
    }

    @Override
    public void encodeBody(Writer out) {
        for (int i = 0; i < proposals.size(); i++) {
            var proposal = proposals.get(i);
            out.u8(i == proposals.size() - 1 ? Proposal.LAST : Proposal.MORE).u8(0);
            out.lengthPrefixed16(2, () -> proposal.encode(out));
        }
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.SECURITY_ASSOCIATION;
    }
}
