package ikebana.netlink;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows of docs/architecture.md, as far as they are in this module.
@AnalyzeClasses(packages = "ikebana.netlink", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule theStructsKnowOnlyRecords = classes()
            .that()
            .resideInAnyPackage("ikebana.netlink.codec", "ikebana.netlink.xfrm")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "ikebana.netlink.codec",
                    "ikebana.netlink.xfrm",
                    "ikebana.kernel",
                    "ikebana.crypto",
                    "ikebana.wire",
                    "java.lang..",
                    "java.util..",
                    "java.nio..",
                    "java.time..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule nativeCallsAreInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("ikebana.netlink.socket")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign");

    @ArchTest
    static final ArchRule onlyTheActorKnowsAkka = noClasses()
            .that()
            .resideOutsideOfPackage("ikebana.netlink.actor")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("akka..");

    @ArchTest
    static final ArchRule nobodyKnowsTheMachinesOfIke = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ikebana.ike..", "ikebana.tunnel..", "ikebana.settings..");
}
