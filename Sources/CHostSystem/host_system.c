#define _GNU_SOURCE
#include "host_system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(HALITE_O_PATH == O_PATH, "O_PATH");
_Static_assert(HALITE_AT_EMPTY_PATH == AT_EMPTY_PATH, "AT_EMPTY_PATH");

// Number and structure as in the kernel's uapi, written out so that old kernel headers do.
#define HALITE_SYS_OPENAT2 437

struct halite_open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

int halite_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct halite_open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return (int)syscall(HALITE_SYS_OPENAT2, directory, path, &how, sizeof how);
}

int halite_openat(int directory, const char *path, int flags, mode_t mode) {
  return openat(directory, path, flags | O_CLOEXEC, mode);
}

ssize_t halite_getdents64(int directory, void *buffer, size_t size) {
  return syscall(SYS_getdents64, directory, buffer, size);
}

int halite_fallocate(int file, off_t offset, off_t count) { return fallocate(file, 0, offset, count); }

int halite_ppoll(struct pollfd *files, size_t count, const struct timespec *timeout) {
  return ppoll(files, count, timeout, NULL);
}

ssize_t halite_read(int file, void *buffer, size_t count, bool nowait) {
  struct iovec piece = {.iov_base = buffer, .iov_len = count};
  if (nowait) {
    ssize_t moved = preadv2(file, &piece, 1, -1, RWF_NOWAIT);
    if (moved >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return moved;
  }
  return read(file, buffer, count);
}

ssize_t halite_write(int file, const void *buffer, size_t count, bool nowait) {
  struct iovec piece = {.iov_base = (void *)buffer, .iov_len = count};
  if (nowait) {
    ssize_t moved = pwritev2(file, &piece, 1, -1, RWF_NOWAIT);
    if (moved >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return moved;
  }
  return write(file, buffer, count);
}

bool halite_file_size_is_limited(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

ssize_t halite_getrandom(void *buffer, size_t count) { return getrandom(buffer, count, 0); }

int halite_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int halite_get_status_flags(int file) { return fcntl(file, F_GETFL); }

int halite_set_status_flags(int file, int flags) { return fcntl(file, F_SETFL, flags); }
