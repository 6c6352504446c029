package ikebana.sim;

import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.kernel.embedded.EspPacket;
import ikebana.wire.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Bits of ESP packets that arrive otherwise than they were sent. A kernel drops and counts such a packet, and does not
/// take it for a sign of life; the same one undamaged may still come.
final class Damage {
    private final RandomGenerator dice;
    private final boolean unseen;
    private final double share;

    /// @param unseen a planted bug: kernels do not see it
    Damage(RandomGenerator dice, boolean unseen) {
        this.dice = dice;
        this.unseen = unseen;
        this.share = dice.nextDouble(0.05, 0.6);
    }

    /// A packet reaches a host, as it is or otherwise, and then perhaps once more as it is.
    void arrives(EspPacket packet, Host at) {
        if (dice.nextDouble() < share) {
            damaged(packet, at);
            if (dice.nextBoolean()) return;
        }
        at.arrived(packet);
    }

    private void damaged(EspPacket packet, Host at) {
        var bytes = packet.esp().toArray();
        int first = dice.nextInt(bytes.length);
        int octets = dice.nextInt(1, 4);
        for (int i = 0; i < octets; i++) bytes[(first + i) % bytes.length] ^= (byte) dice.nextInt(1, 256);
        var changed = new EspPacket(packet.source(), packet.destination(), packet.encapsulation(), Bytes.of(bytes));
        at.arrivedDamaged(unseen ? packet : changed);
    }

    /// What the kernel makes of one.
    static void mustBeDropped(EspPacket packet, SimKernel kernel) {
        var before = carried(kernel);
        long dropped = kernel.dropped();
        kernel.espArrived(packet);
        Rules.check(kernel.dropped() == dropped + 1, "a damaged packet is not counted");
        var after = carried(kernel);
        // one that has carried all that it may goes with the next packet, whatever that is
        before.keySet().retainAll(after.keySet());
        Rules.check(after.equals(before), "a damaged packet counts as one that came through");
    }

    private static Map<StateId, Long> carried(SimKernel kernel) {
        var all = new HashMap<StateId, Long>();
        if (kernel.ask(new Request.DumpStates()) instanceof Reply.States(var seen)) {
            for (var one : seen) if (one instanceof Reply.Mature mature) all.put(mature.id(), mature.packets());
        }
        return all;
    }
}
