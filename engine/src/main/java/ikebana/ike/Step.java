package ikebana.ike;

import java.util.List;

/// What a step yields: the next state, and what the world should do, in this order.
public record Step<S, E>(S next, List<E> effects) {
    public Step {
        effects = List.copyOf(effects);
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // List.of copies, and tells nobody
    public static <S, E> Step<S, E> to(S next, E... effects) {
        return new Step<>(next, List.of(effects));
    }
}
