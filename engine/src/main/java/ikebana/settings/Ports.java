package ikebana.settings;

/// The UDP ports of IKE, here and at every peer.
///
/// @param ike where negotiations begin
/// @param nat where they go on behind a NAT; messages there always carry the non-ESP marker (RFC 3948 2.2)
public record Ports(int ike, int nat) {
    public Ports {
        checkPort("ike", ike);
        checkPort("nat", nat);
        if (ike == nat) throw new IllegalArgumentException("nat must be another port than ike");
    }

    static void checkPort(String name, int port) {
        if (port < 1 || port > 65535) throw new IllegalArgumentException(name + " must be a port from 1 to 65535");
    }

    static Ports from(Section section) {
        return section.make(
                it -> new Ports(it.get("ike", Conversion::wholeNumber), it.get("nat", Conversion::wholeNumber)));
    }
}
