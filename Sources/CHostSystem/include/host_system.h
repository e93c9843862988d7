// The few Linux system calls that glibc's headers do not give to Swift: those without a wrapper, variadic ones, and those behind
// _GNU_SOURCE. No glibc header that this setting changes is included here: Swift sees them in their default form elsewhere.
#ifndef HALITE_HOST_SYSTEM_H
#define HALITE_HOST_SYSTEM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// The kernel's numbers for x86-64; host_system.c compares them with the system's headers.
#define HALITE_O_PATH 0x200000
#define HALITE_AT_EMPTY_PATH 0x1000
#define HALITE_RESOLVE_NO_MAGICLINKS 0x02
#define HALITE_RESOLVE_BENEATH 0x08

// openat2(2).
int halite_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

// openat(2) with O_CLOEXEC.
int halite_openat(int directory, const char *path, int flags, mode_t mode);

// getdents64(2): records of u64 inode, s64 next offset, u16 record length, u8 type, name with its zero.
ssize_t halite_getdents64(int directory, void *buffer, size_t size);

// fallocate(2) without flags.
int halite_fallocate(int file, off_t offset, off_t count);

// ppoll(2) without a signal mask.
int halite_ppoll(struct pollfd *files, size_t count, const struct timespec *timeout);

// read(2) and write(2). With `nowait` they fail with EAGAIN instead of waiting, if the kernel can do that for the file (pipes,
// sockets); other files wait.
ssize_t halite_read(int file, void *buffer, size_t count, bool nowait);
ssize_t halite_write(int file, const void *buffer, size_t count, bool nowait);

// Whether a write can go beyond RLIMIT_FSIZE, and raise SIGXFSZ.
bool halite_file_size_is_limited(void);

// getrandom(2) without flags.
ssize_t halite_getrandom(void *buffer, size_t count);

// accept4(2): the new descriptor neither blocks nor survives exec.
int halite_accept(int listener);

// fcntl(2) with F_GETFL and F_SETFL.
int halite_get_status_flags(int file);
int halite_set_status_flags(int file, int flags);

#endif
