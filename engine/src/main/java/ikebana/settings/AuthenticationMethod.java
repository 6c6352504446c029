package ikebana.settings;

/// How both ends of a profile's tunnels prove who they are.
enum AuthenticationMethod {
    PSK,
    CERTIFICATE,
    PUBLIC_KEY
}
