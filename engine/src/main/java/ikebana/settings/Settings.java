package ikebana.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import ikebana.auth.CertificateAuthentication;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.PublicKeyAuthentication;
import ikebana.wire.Secret;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Everything that an operator can set, read once. Nobody behind this package sees a file.
///
/// @param preSharedKeys by profile's name, kept apart from the profiles so that these may be shown; only
/// `CredentialsActor` gets them
/// @param certificates, `publicKeys` and `ppks`: likewise
/// @param keyFiles where all of these were read from, apart from the settings file itself
/// @param runDirectory where the lock and the socket are
/// @param stateDirectory where what outlives a run is kept
/// @param quickCrashDetection whether peers are told how to know for certain that we have crashed
/// @param warnings what is allowed and risky, one line each, to be said at start
public record Settings(
        List<Profile> profiles,
        Map<String, List<PreSharedKey>> preSharedKeys,
        Map<String, CertificateAuthentication> certificates,
        Map<String, PublicKeyAuthentication> publicKeys,
        Map<String, Secret> ppks,
        List<Path> keyFiles,
        CertificateWatch certificateWatch,
        InquirySettings inquiries,
        IkeSettings ike,
        Ports ports,
        NetworkSettings network,
        HookSettings hooks,
        ControlSettings control,
        KernelSettings kernel,
        Path runDirectory,
        Path stateDirectory,
        boolean quickCrashDetection,
        LogLevel logLevel,
        List<String> warnings) {
    public static final Path DEFAULT_FILE = Path.of("/etc/ikebana/ikebana.conf");

    public Settings {
        profiles = List.copyOf(profiles);
        preSharedKeys = Map.copyOf(preSharedKeys);
        certificates = Map.copyOf(certificates);
        publicKeys = Map.copyOf(publicKeys);
        ppks = Map.copyOf(ppks);
        keyFiles = List.copyOf(keyFiles);
        warnings = List.copyOf(warnings);
    }

    public static Settings load(Path file) throws InvalidSettings {
        return load(file, Surroundings.ofThisProcess());
    }

    /// Reads `file` over reference.conf.
    ///
    /// @throws InvalidSettings with everything that is wrong with it
    public static Settings load(Path file, Surroundings surroundings) throws InvalidSettings {
        var findings = new Findings();
        var reference = reference();
        var written = new Vocabulary(reference.root(), findings)
                .understood(parsed(file).root())
                .toConfig();
        var root = new Section(
                "ikebana",
                written.root().origin(),
                written.hasPath("ikebana") ? written.getConfig("ikebana") : ConfigFactory.empty(),
                reference.getConfig("ikebana"),
                Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("/")),
                findings);
        var settings = from(root, surroundings);
        var problems = findings.problems();
        if (!problems.isEmpty()) throw new InvalidSettings(problems);
        return settings;
    }

    private static Settings from(Section root, Surroundings surroundings) {
        var profiles = new Profiles(root);
        var run = root.optional("run-dir", Conversion.path(root.folder())).orElseGet(surroundings::runDirectory);
        var ike = IkeSettings.from(root);
        var ports = Ports.from(root.block("ports"));
        var network = NetworkSettings.from(root.block("network"));
        var hooks = HookSettings.from(root.block("hooks"));
        var control = ControlSettings.from(root.block("control"), run);
        var kernel = KernelSettings.from(root);
        var state = root.optional("state-dir", Conversion.path(root.folder()))
                .orElseGet(() -> surroundings.stateDirectory(run));
        var logLevel = root.block("logging").get("level", Conversion.oneOf(LogLevel.class));
        if (kernel.kind() == KernelSettings.Kind.EMBEDDED
                && (kernel.embedded().espPort() == ports.ike()
                        || kernel.embedded().espPort() == ports.nat())) {
            root.block("embedded").problem("esp-port", "must be another port than those of ikebana.ports");
        }
        if (profiles.profiles().isEmpty()) {
            root.findings()
                    .warning(root.origin(), "there is no profile in ikebana.profiles, so there is nothing to do");
        }
        return new Settings(
                profiles.profiles(),
                profiles.preSharedKeys(),
                profiles.certificates(),
                profiles.publicKeys(),
                profiles.ppks(),
                root.findings().keyFiles(),
                CertificateWatch.from(root.block("certificates")),
                InquirySettings.from(root.block("certificates").block("inquiries")),
                ike,
                ports,
                network,
                hooks,
                control,
                kernel,
                run,
                state,
                root.get("quick-crash-detection", Conversion::flag),
                logLevel,
                root.findings().warnings());
    }

    /// Every setting with its default; without the name of a file, so that nobody is sent to one that they do not
    /// have.
    static Config reference() {
        var stream = Objects.requireNonNull(
                Settings.class.getResourceAsStream("/reference.conf"), "reference.conf is not on the class path");
        try (var reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            return ConfigFactory.parseReader(
                            reader, ConfigParseOptions.defaults().setOriginDescription("reference.conf"))
                    .resolve();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Config parsed(Path file) throws InvalidSettings {
        if (!Files.isRegularFile(file)) throw new InvalidSettings(List.of(file + ": there is no such file"));
        if (!Files.isReadable(file)) throw new InvalidSettings(List.of(file + ": we may not read it"));
        var options = ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);
        try {
            return ConfigFactory.parseFile(file.toFile(), options).resolve();
        } catch (ConfigException notHocon) {
            throw new InvalidSettings(List.of(SyntaxError.sentence(file, notHocon)));
        }
    }
}
