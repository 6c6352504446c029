package ikebana.netlink.xfrm;

/// Message and attribute numbers of include/uapi/linux/xfrm.h.
final class XfrmType {
    static final int NEWSA = 16;
    static final int DELSA = 17;
    static final int GETSA = 18;
    static final int NEWPOLICY = 19;
    static final int DELPOLICY = 20;
    static final int GETPOLICY = 21;
    static final int ALLOCSPI = 22;
    static final int ACQUIRE = 23;
    static final int EXPIRE = 24;
    static final int MAPPING = 38;

    static final int ATTRIBUTE_ENCRYPTION = 2;
    static final int ATTRIBUTE_ENCAPSULATION = 4;
    static final int ATTRIBUTE_TEMPLATE = 5;
    static final int ATTRIBUTE_AEAD = 18;
    static final int ATTRIBUTE_AUTHENTICATION_TRUNCATED = 20;
    static final int ATTRIBUTE_REPLAY_ESN = 23;

    private XfrmType() {}
}
