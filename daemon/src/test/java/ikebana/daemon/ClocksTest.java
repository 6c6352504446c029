package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Somebody may set the machine's clock at any time (a router that comes up without a battery does, when
/// NTP answers). Nothing but certificates may go by it: timers, cookies and lifetimes would hang for years,
/// or run out at once.
class ClocksTest {
    private static final Set<String> THE_TIME_OF_DAY = Set.of(
            Instant.class.getName(),
            Clock.class.getName(),
            InstantSource.class.getName(),
            LocalDateTime.class.getName());

    private static final JavaClasses PRODUCT =
            new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests())).importPackages("ikebana");

    private static Stream<JavaMethodCall> calls() {
        return PRODUCT.stream().flatMap(type -> type.getMethodCallsFromSelf().stream());
    }

    private static boolean asksForTheTimeOfDay(JavaMethodCall call) {
        var owner = call.getTargetOwner().getName();
        return call.getName().equals("currentTimeMillis")
                || (THE_TIME_OF_DAY.contains(owner)
                        && Set.of("now", "system", "systemUTC", "systemDefaultZone")
                                .contains(call.getName()))
                || (owner.equals("java.util.Date") && call.getName().equals("<init>"));
    }

    private static List<String> origins(Stream<JavaMethodCall> calls) {
        return calls.filter(call -> !call.getOriginOwner().getPackageName().startsWith("ikebana.lab"))
                .map(call -> call.getOrigin().getFullName().replaceAll("\\(.*", ""))
                .sorted()
                .toList();
    }

    @Test
    void onlyCertificatesGoByTheTimeOfDay() {
        var guardian = Guardian.class.getName();
        // the keeper of certificates, and whoever asks others about them; and where the steady clock begins
        assertThat(origins(calls().filter(ClocksTest::asksForTheTimeOfDay)))
                .containsExactly(guardian + ".<init>", guardian + ".<init>", guardian + ".steady");
    }

    @Test
    void timePassesByTheSteadyClockAlone() {
        var guardian = PRODUCT.get(Guardian.class);
        var ofSteady = guardian.getMethodCallsFromSelf().stream()
                .filter(call -> call.getOrigin().getName().contains("steady"))
                .map(JavaMethodCall::getName)
                .collect(Collectors.toSet());
        assertThat(ofSteady).contains("nanoTime");
        // the registry's, and that of the kernel in memory
        assertThat(origins(guardian.getMethodCallsFromSelf().stream()
                        .filter(call -> call.getName().equals("steady"))))
                .containsExactly(Guardian.class.getName() + ".<init>", Guardian.class.getName() + ".kernel");
    }
}
