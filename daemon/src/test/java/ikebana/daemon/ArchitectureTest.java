package ikebana.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows of docs/architecture.md, as far as they are in this module: it may use everything, and puts it together.
@AnalyzeClasses(packages = "ikebana", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule nobodyKnowsTheDaemon = noClasses()
            .that()
            .resideOutsideOfPackage("ikebana.daemon")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ikebana.daemon");

    @ArchTest
    static final ArchRule theDaemonPutsTogetherAndDecidesNothing = noClasses()
            .that()
            .resideInAPackage("ikebana.daemon")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ikebana.ike", "ikebana.negotiation", "ikebana.netlink.xfrm", "ikebana.netlink.socket");

    @ArchTest
    static final ArchRule theEdgesDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage("ikebana.http..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ikebana.netlink..");
}
