package ikebana.settings;

/// Limits of the sockets that IKE is spoken on.
///
/// @param receiveBuffer of each socket in the kernel, in bytes
/// @param waiting how much may wait in this process, each way, in bytes
public record NetworkSettings(int receiveBuffer, int waiting) {
    /// Four of the longest datagrams.
    private static final int LEAST = 256 * 1024;

    public NetworkSettings {
        if (receiveBuffer < LEAST) throw new IllegalArgumentException("receive-buffer must be 256 KiB or more");
        if (waiting < LEAST) throw new IllegalArgumentException("waiting must be 256 KiB or more");
    }

    static NetworkSettings from(Section section) {
        return section.make(it -> new NetworkSettings(
                it.get("receive-buffer", Conversion::smallSize), it.get("waiting", Conversion::smallSize)));
    }
}
