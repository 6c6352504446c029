package ikebana.crypto;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProvidersTest {

    @Test
    void theTableNamesAProviderForEachPrimitive() {
        assertThat(Providers.describe())
                .contains(
                        "x25519: ",
                        "ecp256: ",
                        "ecp384, ecp521: Bouncy Castle",
                        "AES-GCM",
                        "HMAC: SunJCE",
                        "randomness: ");
    }

    /// The jar is optional, and its native library may not load.
    @Test
    void withoutConscryptBouncyCastleServesTheCurves() throws Exception {
        var withoutConscrypt = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("conscrypt"))
                .map(entry -> url(Path.of(entry).toUri()))
                .toArray(URL[]::new);
        try (var loader = new URLClassLoader(withoutConscrypt, ClassLoader.getPlatformClassLoader())) {
            var description = loader.loadClass(Providers.class.getName())
                    .getMethod("describe")
                    .invoke(null);
            assertThat(String.valueOf(description)).contains("x25519: Bouncy Castle; ecp256: Bouncy Castle;");
            loader.loadClass(SelfTest.class.getName()).getMethod("run").invoke(null);
        }
    }

    @Test
    void nobodyElseNamesAProviderOrThrowsDice() {
        var production = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("ikebana");
        noClasses()
                .that(DescribedPredicate.not(belongToAnyOf(
                        Providers.class,
                        PublicKeys.class,
                        KeyFormats.class,
                        Certificates.class,
                        Revocation.class,
                        OcspQuestion.class)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bouncycastle..", "org.conscrypt..")
                .orShould()
                .dependOnClassesThat(belongToAnyOf(Provider.class, Security.class, SecureRandom.class))
                .check(production);
    }

    private static URL url(URI uri) {
        try {
            return uri.toURL();
        } catch (MalformedURLException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
