package ikebana.http;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows of docs/architecture.md, as far as they are in this module.
@AnalyzeClasses(packages = "ikebana.http", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule theEdgeTranslatesAndDecidesNothing = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "ikebana.ike..", "ikebana.tunnel..", "ikebana.kernel..", "ikebana.netlink..", "ikebana.crypto..");

    @ArchTest
    static final ArchRule theContractKnowsNothingOfTheEngine = noClasses()
            .that()
            .resideInAPackage("ikebana.http.api")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "ikebana.http",
                    "ikebana.control..",
                    "ikebana.auth..",
                    "ikebana.wire..",
                    "ikebana.port..",
                    "akka..",
                    "reactor..",
                    "io.netty..");
}
