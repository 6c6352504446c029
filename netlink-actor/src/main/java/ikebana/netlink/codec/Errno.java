package ikebana.netlink.codec;

/// The error numbers we act on or name, as Linux has them on x86 and ARM (include/uapi/asm-generic/errno.h).
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EEXIST = 17;
    public static final int ENOSYS = 38;
    public static final int EPROTONOSUPPORT = 93;
    public static final int EAFNOSUPPORT = 97;
    public static final int ENOBUFS = 105;

    private Errno() {}

    /// For people.
    public static String name(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM, not permitted";
            case ENOENT -> "ENOENT, not found";
            case ESRCH -> "ESRCH, no such entry";
            case EINTR -> "EINTR, interrupted";
            case EAGAIN -> "EAGAIN, not now";
            case 12 -> "ENOMEM, no memory";
            case EACCES -> "EACCES, not permitted";
            case 16 -> "EBUSY, busy";
            case EEXIST -> "EEXIST, there already";
            case 22 -> "EINVAL, the kernel calls the request invalid";
            case ENOSYS -> "ENOSYS, this kernel cannot do that";
            case 90 -> "EMSGSIZE, wrong size";
            case EPROTONOSUPPORT -> "EPROTONOSUPPORT, this kernel lacks the protocol";
            case 95 -> "EOPNOTSUPP, this kernel cannot do that";
            case EAFNOSUPPORT -> "EAFNOSUPPORT, this kernel lacks the address family";
            case ENOBUFS -> "ENOBUFS, the socket's buffer overran";
            default -> "error " + errno;
        };
    }
}
