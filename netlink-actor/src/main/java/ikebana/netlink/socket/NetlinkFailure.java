package ikebana.netlink.socket;

/// A system call on a netlink socket failed.
public final class NetlinkFailure extends RuntimeException {
    private static final int EPERM = 1;
    private static final int EPROTONOSUPPORT = 93;

    private final int errno;

    NetlinkFailure(String call, int errno) {
        super(
                switch (errno) {
                    case EPERM -> call + ": not permitted; Ikebana needs CAP_NET_ADMIN";
                    case EPROTONOSUPPORT -> call + ": this kernel has no XFRM; load the module xfrm_user";
                    default -> "%s: error %d".formatted(call, errno);
                });
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}
