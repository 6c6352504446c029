package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Known answers for each primitive, computed by each provider that may serve it. A library that computes wrong values
/// is found before it protects anything.
public final class SelfTest {
    private SelfTest() {}

    /// @param expected its first bytes, at least
    record Check(String primitive, String provider, Supplier<byte[]> computed, Bytes expected) {}

    /// @throws IllegalStateException with a sentence that names the primitive and the provider
    public static void run() {
        run(checks());
    }

    static void run(List<Check> checks) {
        for (var check : checks) {
            var computed = Bytes.of(check.computed().get());
            var expected = check.expected();
            if (computed.length() < expected.length()
                    || !computed.slice(0, expected.length()).equals(expected)) {
                throw new IllegalStateException("the self-test of %s failed: %s computes a wrong value"
                        .formatted(check.primitive(), check.provider()));
            }
        }
    }

    static List<Check> checks() {
        var checks = new ArrayList<Check>();
        checks.addAll(macs());
        checks.addAll(ciphers());
        checks.addAll(curves());
        checks.addAll(modp());
        checks.addAll(encapsulations());
        return checks;
    }

    /// RFC 4231 4.3 (test case 2), and the example of FIPS 180.
    private static List<Check> macs() {
        var key = secret("4a656665");
        var data = hex("7768617420646f2079612077616e7420666f72206e6f7468696e673f");
        return List.of(
                jdk(
                        "HMAC-SHA-256",
                        () -> Prf.HMAC_SHA2_256.apply(key, data).expose(),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
                jdk(
                        "HMAC-SHA-384",
                        () -> Prf.HMAC_SHA2_384.apply(key, data).expose(),
                        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                                + "8e2240ca5e69e2c78b3239ecfab21649"),
                jdk(
                        "HMAC-SHA-512",
                        () -> Prf.HMAC_SHA2_512.apply(key, data).expose(),
                        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"),
                jdk("SHA-1", () -> Providers.sha1(hex("616263")), "a9993e364706816aba3e25717850c26c9cd0d89d"));
    }

    /// The GCM specification's test cases 2 and 14, RFC 7634 appendix B, RFC 3602 4 and NIST SP 800-38A F.2.5.
    private static List<Check> ciphers() {
        var zeros = new byte[16];
        return List.of(
                jdk(
                        "AES-128-GCM",
                        () -> Providers.sealAead(
                                Encryption.AES_GCM_16_128, Secret.copyOf(zeros), new byte[12], Bytes.EMPTY, zeros),
                        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
                jdk(
                        "AES-256-GCM",
                        () -> Providers.sealAead(
                                Encryption.AES_GCM_16_256,
                                Secret.owning(new byte[32]),
                                new byte[12],
                                Bytes.EMPTY,
                                zeros),
                        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
                jdk(
                        "ChaCha20-Poly1305",
                        () -> Providers.sealAead(
                                Encryption.CHACHA20_POLY1305,
                                secret("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
                                hex("a0a1a2a31011121314151617").toArray(),
                                hex("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029"),
                                hex("0000000c000040010000000a00").toArray()),
                        "610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2"),
                jdk(
                        "AES-128-CBC",
                        () -> Providers.encryptCbc(
                                secret("06a9214036b8a15b512e03d534120006"),
                                hex("3dafba429d9eb430b422da802c9fac41"),
                                hex("53696e676c6520626c6f636b206d7367").toArray()),
                        "e353779c1079aeb82708942dbe77181a"),
                jdk(
                        "AES-256-CBC",
                        () -> Providers.decryptCbc(
                                secret("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
                                hex("000102030405060708090a0b0c0d0e0f"),
                                hex("f58c4c04d6e5f1ba779eabfb5f7bfbd6").toArray()),
                        "6bc1bee22e409f96e93d7e117393172a"));
    }

    /// RFC 7748 6.1 and RFC 5903 8.
    private static List<Check> curves() {
        var checks = new ArrayList<Check>();
        var alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
        checks.add(new Check(
                "x25519 public values",
                Providers.BOUNCY_CASTLE,
                () -> Providers.x25519Public(hex(alice).toArray()),
                hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")));
        for (var multiplier : Providers.X25519_MULTIPLIERS) {
            checks.add(product(
                    "x25519",
                    multiplier,
                    alice,
                    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
                    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"));
        }
        checks.addAll(primeCurve(
                "secp256r1",
                "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
                "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
                        + "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
                "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                        + "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
                "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"));
        checks.addAll(primeCurve(
                "secp384r1",
                "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
                "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa"
                        + "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
                "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571"
                        + "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
                "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"));
        checks.addAll(primeCurve(
                "secp521r1",
                "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
                        + "95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52",
                "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbe"
                        + "e1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e"
                        + "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10a"
                        + "d8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
                "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a21"
                        + "9b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f"
                        + "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87"
                        + "220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
                "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
                        + "d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea"));
        return checks;
    }

    private static List<Check> primeCurve(String name, String ours, String ourPoint, String theirs, String shared) {
        var curve = Providers.primeCurve(name);
        var checks = new ArrayList<Check>();
        checks.add(new Check(
                name + " public values",
                Providers.BOUNCY_CASTLE,
                () -> curve.publicValue(hex(ours).toArray()),
                hex(ourPoint)));
        for (var multiplier : curve.multipliers()) checks.add(product(name, multiplier, ours, theirs, shared));
        return checks;
    }

    /// No standard has known answers for these groups: 3 to a fixed power, computed from the primes' formula in
    /// RFC 3526 with another implementation of integers. Its first bytes are enough.
    private static List<Check> modp() {
        return List.of(
                power(KeyExchangeMethod.MODP_2048, "adde7bef766255b9e0156f45b55208e7"),
                power(KeyExchangeMethod.MODP_3072, "12cf14436f6d3586447923cc2d6e6500"),
                power(KeyExchangeMethod.MODP_4096, "e0de8e157904dd6ef132dac3b29b256d"));
    }

    /// The key that grows from a seed (Wycheproof, `mlkem_768_keygen_seed_test`), and a secret there and back.
    private static List<Check> encapsulations() {
        var seed = "7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d"
                + "8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f";
        var pair = KeyExchangeMethod.ML_KEM_768.generate(_ -> hex(seed).toArray());
        var answer = KeyExchangeMethod.ML_KEM_768.answer(pair.publicValue(), byte[]::new);
        return List.of(
                new Check(
                        "mlkem768 keys",
                        Providers.BOUNCY_CASTLE,
                        () -> pair.publicValue().toArray(),
                        hex("a8e651a1e685f22478a8954f007bc7711b930772c78f092e82878e3e937f3679")),
                new Check(
                        "mlkem768",
                        Providers.BOUNCY_CASTLE,
                        () -> answer.flatMap(it -> KeyExchangeMethod.ML_KEM_768.agree(pair, it.value()))
                                .map(Secret::expose)
                                .orElseThrow(),
                        hex("e71d589111a72801016cefed1d292270e9cdfdf3ff40a6317ed5e47e58a54cf1")));
    }

    private static Check power(KeyExchangeMethod method, String expected) {
        var exponent = secret("f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        var three = new byte[method.publicLength()];
        three[three.length - 1] = 3;
        return new Check(
                method.keyword(),
                "java.math",
                () -> method.agree(new KeyPair(Bytes.EMPTY, exponent), Bytes.of(three))
                        .map(Secret::expose)
                        .orElseGet(() -> new byte[0]),
                hex(expected));
    }

    private static Check product(
            String curve, Providers.Multiplier multiplier, String scalar, String point, String expected) {
        return new Check(
                curve,
                multiplier.provider(),
                () -> multiplier.by().times(hex(scalar).toArray(), hex(point).toArray()),
                hex(expected));
    }

    private static Check jdk(String primitive, Supplier<byte[]> computed, String expected) {
        return new Check(primitive, "the JDK", computed, hex(expected));
    }

    private static Bytes hex(String digits) {
        return Bytes.ofHex(digits);
    }

    private static Secret secret(String digits) {
        return Secret.owning(hex(digits).toArray());
    }
}
