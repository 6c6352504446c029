package ikebana.wire;

import java.util.ArrayList;
import java.util.List;

/// Traffic Selector payload of either side, RFC 7296 3.13.
///
/// ```text
/// | number of TSs (1) | reserved (3) | selectors |
/// ```
///
/// @param selectors those of a type that we know
/// @param strange those of other types, as they came; on the wire they stand behind the others
public record TrafficSelectors(boolean ofInitiator, List<TrafficSelector> selectors, List<Strange> strange)
        implements Payload {

    /// A selector of a type that we do not know.
    public record Strange(int tsType, int protocol, Bytes data) {}

    public TrafficSelectors {
        selectors = List.copyOf(selectors);
        strange = List.copyOf(strange);
        if (selectors.size() + strange.size() > 255) throw new MalformedMessage("TS: more than 255 selectors");
    }

    public TrafficSelectors(boolean ofInitiator, List<TrafficSelector> selectors) {
        this(ofInitiator, selectors, List.of());
    }

    static TrafficSelectors decode(boolean ofInitiator, Reader in) {
        int count = in.u8("TS: number of TSs");
        in.u24("TS: reserved"); // must be ignored on receipt
        var selectors = new ArrayList<TrafficSelector>();
        var strange = new ArrayList<Strange>();
        for (int i = 0; i < count; i++) {
            int tsType = in.u8("TS: type");
            int protocol = in.u8("TS: protocol");
            var rest = in.sub(in.u16("TS: length") - 4, "TS");
            if (tsType == TrafficSelector.IPV4_RANGE || tsType == TrafficSelector.IPV6_RANGE) {
                selectors.add(TrafficSelector.decode(tsType, protocol, rest));
            } else {
                strange.add(new Strange(tsType, protocol, rest.rest()));
            }
        }
        return new TrafficSelectors(ofInitiator, selectors, strange);
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(selectors.size() + strange.size()).u24(0);
        selectors.forEach(selector -> selector.encode(out));
        for (var other : strange) {
            out.u8(other.tsType()).u8(other.protocol()).lengthPrefixed16(2, () -> out.bytes(other.data()));
        }
    }

    @Override
    public PayloadType type() {
        return ofInitiator
                ? PayloadType.Known.TRAFFIC_SELECTORS_INITIATOR
                : PayloadType.Known.TRAFFIC_SELECTORS_RESPONDER;
    }
}
