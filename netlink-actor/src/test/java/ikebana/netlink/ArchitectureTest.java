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
            .resideInAnyPackage("ikebana.netlink.codec", "ikebana.netlink.xfrm", "ikebana.netlink.route")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "ikebana.netlink.codec",
                    "ikebana.netlink.xfrm",
                    "ikebana.netlink.route",
                    "ikebana.kernel",
                    "ikebana.crypto",
                    "ikebana.wire",
                    "java.lang..",
                    "java.util..",
                    "java.nio..",
                    "java.time..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule socketsKnowOnlyMessages = classes()
            .that()
            .resideInAPackage("ikebana.netlink.socket")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "ikebana.netlink.socket", "ikebana.netlink.codec", "ikebana.wire", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule nativeCallsAreInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("ikebana.netlink.socket")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign");

    @ArchTest
    static final ArchRule oneClassMakesSystemCalls = noClasses()
            .that()
            .doNotHaveSimpleName("Libc")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.foreign.Linker");

    @ArchTest
    static final ArchRule onlyTheActorKnowsAkkaAndSettings = noClasses()
            .that()
            .resideOutsideOfPackage("ikebana.netlink.actor")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("akka..", "ikebana.port", "ikebana.settings", "org.slf4j..");

    @ArchTest
    static final ArchRule nobodyKnowsTheMachinesOfIke =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("ikebana.ike..", "ikebana.tunnel..");
}
