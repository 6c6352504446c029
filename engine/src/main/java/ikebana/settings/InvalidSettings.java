package ikebana.settings;

import java.util.List;

/// The settings cannot be used. Each problem is one line, with file and line number where there is one; no problem
/// shows a secret.
public final class InvalidSettings extends Exception {
    private final List<String> problems;

    InvalidSettings(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
