import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

public class Crash_97a1ea44c56196cab5b90132bf454033d881eff6 {
    static final String base64Bytes = String.join("", "ADCCAXkwggEroAMCAQICFDB1prfnC/jLHpAMZna+z7HP/Dt/MAUGAytlcDAxMQswCQYDVQQGEwJDSDEQMA4GA1UECgwHRXhhbXBsZTEQMA4GA1UEAwwHZWQyNTUxOTAgFw0yNjExMjYxNzIyNTBaGA8yMTI2MTEwMjE3MjI1MVowMTELMAkGA1kEBhMCQ0gxEDAOBgNVBAoMB0V4YW1wbGUxEDAOBgNVBAMMB2VkMjU1MTkwKjAFBgMrZXADAQCb1f8AbvN+3XD4FozF0+ESdlP4a1S7Jwms4yCOJp5wKKNTMFEwHQYDVR0OBBYEFHINCfUcxNKThpPhV8lcXKyprLFdMB8GA1UdIwQYMBaAFHINCfUcxNKThpPhV8lcXKyprLFdMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAy4Fzyfno54kPDhaxIBiBHlH9sKwZranN6WoejP+Qmb7PaAz3AYdMOvJtRjadQyTV/af4KRKjayirTat2ylLKDA==");

    public static void main(String[] args) throws Throwable {
        Crash_97a1ea44c56196cab5b90132bf454033d881eff6.class.getClassLoader().setDefaultAssertionStatus(true);
        try {
            Method fuzzerInitialize = ikebana.auth.CertificateFuzz.class.getMethod("fuzzerInitialize");
            fuzzerInitialize.invoke(null);
        } catch (NoSuchMethodException ignored) {
            try {
                Method fuzzerInitialize = ikebana.auth.CertificateFuzz.class.getMethod("fuzzerInitialize", String[].class);
                fuzzerInitialize.invoke(null, (Object) args);
            } catch (NoSuchMethodException ignored1) {
            } catch (IllegalAccessException | InvocationTargetException e) {
                e.printStackTrace();
                System.exit(1);
            }
        } catch (IllegalAccessException | InvocationTargetException e) {
            e.printStackTrace();
            System.exit(1);
        }
        byte[] input = java.util.Base64.getDecoder().decode(base64Bytes);
        ikebana.auth.CertificateFuzz.fuzzerTestOneInput(input);
    }
}