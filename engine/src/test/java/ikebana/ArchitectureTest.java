package ikebana;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import ikebana.crypto.KeyExchanges;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The arrows of docs/architecture.md, as far as they are in this module.
@AnalyzeClasses(packages = "ikebana", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /// As in docs/architecture.md: each may use those before it.
    private static final List<String> PACKAGES =
            List.of("wire", "crypto", "kernel", "negotiation", "auth", "settings", "control", "ike", "port", "tunnel");

    @ArchTest
    static final ArchRule thePackagesKeepTheirOrder = inOrder();

    private static ArchRule inOrder() {
        var all = PACKAGES.stream().map(name -> "ikebana." + name + "..").toList();
        var rule = CompositeArchRule.of(classes().should().resideInAnyPackage(all.toArray(String[]::new)));
        for (int i = 0; i < all.size() - 1; i++) {
            var later = all.subList(i + 1, all.size()).toArray(String[]::new);
            rule = rule.and(noClasses()
                    .that()
                    .resideInAPackage(all.get(i))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(later));
        }
        return rule;
    }

    @ArchTest
    static final ArchRule theWireKnowsNobody = classes()
            .that()
            .resideInAPackage("ikebana.wire")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("ikebana.wire", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule theMachinesAreFunctions = classes()
            .that()
            .resideInAPackage("ikebana.ike")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "ikebana.ike",
                    "ikebana.wire",
                    "ikebana.crypto",
                    "ikebana.negotiation",
                    "ikebana.auth",
                    "ikebana.kernel",
                    "ikebana.control",
                    "ikebana.settings",
                    "java.lang..",
                    "java.util..",
                    "java.time..",
                    "java.nio",
                    "org.pcollections..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule theMachinesHaveNoClockAndNoDice = noClasses()
            .that()
            .resideInAnyPackage(
                    "ikebana.ike", "ikebana.wire", "ikebana.negotiation", "ikebana.auth", "ikebana.kernel..")
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.(security\\.SecureRandom|time\\.(Clock|InstantSource)"
                    + "|util\\.(Random|SplittableRandom|UUID|random\\..*|concurrent\\.ThreadLocalRandom))")
            .orShould()
            .callMethod(Math.class, "random");

    /// Sets and maps of the JDK that cannot be changed have another sequence in each JVM: a seed would not be one
    /// story.
    @ArchTest
    static final ArchRule theMachinesCopyIntoNothingThatHasAnotherSequenceInEachRun = noClasses()
            .that()
            .resideInAPackage("ikebana.ike")
            .should()
            .callMethod(Set.class, "copyOf", Collection.class)
            .orShould()
            .callMethod(Map.class, "copyOf", Map.class);

    @ArchTest
    static final ArchRule akkaStaysInTheShell = noClasses()
            .that()
            .resideOutsideOfPackages("ikebana.port", "ikebana.tunnel")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("akka..");

    @ArchTest
    static final ArchRule onlySettingsSeeTheConfigurationFile = noClasses()
            .that()
            .resideOutsideOfPackage("ikebana.settings")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.typesafe.config..");

    /// A simulation may bring key exchanges that are cheap and worth nothing; the product has none but the real ones.
    @ArchTest
    static final ArchRule onlyTheRealKeyExchangesAreInTheProduct = classes()
            .that()
            .implement(KeyExchanges.class)
            .should()
            .haveSimpleName("")
            .andShould()
            .haveNameMatching(".*\\.KeyExchanges\\$1")
            .andShould()
            .onlyBeAccessed()
            .byClassesThat()
            .belongToAnyOf(KeyExchanges.class);
}
