package ikebana.kernel.embedded;

import java.util.List;

/// What a step yields: the next state, and what the world should do, in this order.
public record Step(KernelState next, List<Effect> effects) {
    public Step {
        effects = List.copyOf(effects);
    }
}
