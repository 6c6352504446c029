package ikebana.netlink.socket;

import ikebana.netlink.codec.Errno;

/// A system call returned an error that says something about this host, not about what was asked.
public final class SystemCallFailed extends Exception {
    private final int errno;

    public SystemCallFailed(String what, int errno) {
        super(sentence(what, errno));
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }

    private static String sentence(String what, int errno) {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES -> what + ": the kernel refuses it: needs CAP_NET_ADMIN";
            case Errno.EPROTONOSUPPORT -> what + ": this kernel has no XFRM: modprobe xfrm_user";
            default -> "%s: %s".formatted(what, Errno.name(errno));
        };
    }
}
