// Lets User-Mode Linux 6.1 run on processors whose registers are larger than it knows.
//
// It keeps a guest process's registers in 2696 bytes, and the host takes them back (PTRACE_SETREGSET of NT_X86_XSTATE)
// only whole: with the tiles of AMX they are 11,008 bytes, and each guest process dies at its first instruction. What is
// missing at the end is zero here, which says "unused" to the host; nothing in the lab uses tiles.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum { WHOLE = 16384 }; // more than the host has is cut off by the host

typedef long Ptrace(enum __ptrace_request, pid_t, void *, void *);

long ptrace(enum __ptrace_request request, ...) {
    va_list arguments;
    va_start(arguments, request);
    pid_t pid = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);

    static Ptrace *next;
    if (!next) next = (Ptrace *)dlsym(RTLD_NEXT, "ptrace");

    const struct iovec *known = data;
    if (request != PTRACE_SETREGSET || (long)address != NT_X86_XSTATE || known->iov_len >= WHOLE) {
        return next(request, pid, address, data);
    }
    static char registers[WHOLE]; // one thread calls, and its stack is small
    memcpy(registers, known->iov_base, known->iov_len);
    struct iovec whole = {registers, WHOLE};
    return next(request, pid, address, &whole);
}
