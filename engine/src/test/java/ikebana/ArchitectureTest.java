package ikebana;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.List;

/// The arrows of docs/architecture.md, as far as they are in this module.
@AnalyzeClasses(packages = "ikebana", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /// As in docs/architecture.md: each may use those before it.
    private static final List<String> PACKAGES =
            List.of("wire", "crypto", "kernel", "negotiation", "auth", "settings", "control", "ike", "port", "tunnel");

    @ArchTest
    static final ArchRule thePackagesKeepTheirOrder = inOrder();

    private static ArchRule inOrder() {
        var rule = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (var name : PACKAGES) rule = rule.layer(name).definedBy("ikebana." + name + "..");
        rule = rule.whereLayer(PACKAGES.getFirst()).mayNotAccessAnyLayer();
        for (int i = 1; i < PACKAGES.size(); i++) {
            rule = rule.whereLayer(PACKAGES.get(i))
                    .mayOnlyAccessLayers(PACKAGES.subList(0, i).toArray(String[]::new));
        }
        return rule.ensureAllClassesAreContainedInArchitecture();
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
}
