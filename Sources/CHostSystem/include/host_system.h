// The few Linux system calls that glibc's headers do not give to Swift: those without a wrapper, and variadic ones.
#ifndef HALITE_HOST_SYSTEM_H
#define HALITE_HOST_SYSTEM_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// openat2(2): number and structure as in the kernel's uapi, written out so that old kernel headers do.
#define HALITE_SYS_OPENAT2 437
#define HALITE_RESOLVE_NO_MAGICLINKS 0x02
#define HALITE_RESOLVE_BENEATH 0x08

struct halite_open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

static inline int halite_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct halite_open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return (int)syscall(HALITE_SYS_OPENAT2, directory, path, &how, sizeof how);
}

static inline int halite_openat(int directory, const char *path, int flags, mode_t mode) {
  return openat(directory, path, flags | O_CLOEXEC, mode);
}

// getdents64(2): records of u64 inode, s64 next offset, u16 record length, u8 type, name with its zero.
static inline long halite_getdents64(int directory, void *buffer, size_t size) {
  return syscall(SYS_getdents64, directory, buffer, size);
}

static inline int halite_fallocate(int file, off_t offset, off_t count) { return fallocate(file, 0, offset, count); }

static inline int halite_ppoll(struct pollfd *files, size_t count, const struct timespec *timeout) {
  return ppoll(files, count, timeout, NULL);
}

static inline ssize_t halite_getrandom(void *buffer, size_t count) { return getrandom(buffer, count, 0); }

// The new descriptor neither blocks nor survives exec.
static inline int halite_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

static inline int halite_get_status_flags(int file) { return fcntl(file, F_GETFL); }

static inline int halite_set_status_flags(int file, int flags) { return fcntl(file, F_SETFL, flags); }

#endif
