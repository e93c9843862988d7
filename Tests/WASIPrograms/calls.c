// Random calls of preview 1, from a seed, with what each of them answered: two engines that behave alike print the same.
// usage: calls SEED COUNT, with an empty directory as descriptor 3.
//
// Left out are unknown flags and enumerators, which are traps in wasmtime, and what docs/WASI.md lists as different on purpose: rights
// given up, several buffers, fd_allocate, synchronous files, syncing and dating directories. Where two things are wrong at once, engines
// may name either.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WASI(name, ...) \
  __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) int32_t wasi_##name(__VA_ARGS__)
typedef int32_t i32;
typedef int64_t i64;

WASI(fd_advise, i32, i64, i64, i32);
WASI(fd_close, i32);
WASI(fd_datasync, i32);
WASI(fd_fdstat_get, i32, void *);
WASI(fd_fdstat_set_flags, i32, i32);
WASI(fd_filestat_get, i32, void *);
WASI(fd_filestat_set_size, i32, i64);
WASI(fd_filestat_set_times, i32, i64, i64, i32);
WASI(fd_pread, i32, void *, i32, i64, void *);
WASI(fd_prestat_get, i32, void *);
WASI(fd_pwrite, i32, void *, i32, i64, void *);
WASI(fd_read, i32, void *, i32, void *);
WASI(fd_readdir, i32, void *, i32, i64, void *);
WASI(fd_renumber, i32, i32);
WASI(fd_seek, i32, i64, i32, void *);
WASI(fd_sync, i32);
WASI(fd_tell, i32, void *);
WASI(fd_write, i32, void *, i32, void *);
WASI(path_create_directory, i32, const char *, i32);
WASI(path_filestat_get, i32, i32, const char *, i32, void *);
WASI(path_filestat_set_times, i32, i32, const char *, i32, i64, i64, i32);
WASI(path_link, i32, i32, const char *, i32, i32, const char *, i32);
WASI(path_open, i32, i32, const char *, i32, i32, i64, i64, i32, void *);
WASI(path_readlink, i32, const char *, i32, void *, i32, void *);
WASI(path_remove_directory, i32, const char *, i32);
WASI(path_rename, i32, const char *, i32, i32, const char *, i32);
WASI(path_symlink, const char *, i32, i32, const char *, i32);
WASI(path_unlink_file, i32, const char *, i32);
WASI(clock_res_get, i32, void *);
WASI(clock_time_get, i32, i64, void *);

static uint64_t state;
static uint32_t below(uint32_t limit) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t)(state >> 33) % limit;
}

// Descriptors by the order in which they were opened: their numbers are the engine's own choice.
enum { slots = 12 };
static int open_files[slots] = {3};
static int is_directory[slots] = {1};
static int directory(int slot) { return open_files[slot] && is_directory[slot] ? slot : 0; }
static int slot(void) { return below(3) ? 0 : below(slots); }
static int fd(int slot) { return open_files[slot] ? open_files[slot] : 77; }

static const char *const names[] = {
    "a", "b", "dir", "dir/x", "dir/sub", "dir/sub/y", "link", "dir/link", "loop", "..", ".", "dir/..", "dir/../a",
    "absent/x", "a/x", "/a", "dir/sub/../x", "link/x", "./dir//x", "up", "up/x", "dir/./x", "\xff", "caf\xc3\xa9", "../dir"};
enum { common = 9 };  // of them name nothing unusual
static const char *const targets[] = {"a", "dir", "../dir/x", "loop", "absent", "..", "../..", "dir/sub", "x", "/etc", "a/"};

static char buffer[4096];
static uint32_t result[2];
static struct { uint32_t address, size; } vector;
static void piece(uint32_t size) { vector.address = (uint32_t)(uintptr_t)buffer, vector.size = size; }

struct filestat { uint64_t device, inode; uint8_t type; uint64_t links, size, accessed, modified, changed; };
static void show(const struct filestat *status) {
  // Times of writing are now; those that were set are small. How large a directory is is the file system's matter.
  printf(" type %d links %d size %lld m %lld", status->type, status->type == 3 ? 0 : (int)status->links,
         status->type == 3 ? 0 : (long long)status->size, status->modified < 1000000 ? (long long)status->modified : -1);
}

static int order(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

// All names, in parts as small as the buffer.
static int list(int directory, uint32_t size) {
  char *found[64];
  int count = 0;
  uint64_t cookie = 0;
  for (;;) {
    int error = wasi_fd_readdir(directory, buffer, size, cookie, result);
    if (error) return error;
    uint32_t used = result[0], start = 0;
    while (start + 24 <= used) {
      uint32_t length;
      memcpy(&length, buffer + start + 16, 4);
      if (start + 24 + length > used) break;
      memcpy(&cookie, buffer + start, 8);
      if (count < 64) found[count++] = strndup(buffer + start + 24, length);
      printf(" %d", buffer[start + 20] ? 1 : 0);
      start += 24 + length;
    }
    if (used < size || start == 0) break;
  }
  qsort(found, count, sizeof *found, order);
  for (int i = 0; i < count; i++) printf(" %s", found[i]);
  return 0;
}

static const i32 time_flags[] = {1, 2, 4, 8, 5, 10, 6, 9};
static i64 small_time(void) { return below(1000000); }

int main(int argc, char **argv) {
  state = strtoull(argv[1], NULL, 10) * 77;
  int count = atoi(argv[2]);
  struct filestat status;
  for (int i = 0; i < count; i++) {
    int s = slot(), t = slot(), error = 0;
    int usual = below(3);
    const char *p = names[below(usual ? common : sizeof names / sizeof *names)], *q = usual ? names[below(common)] : "fresh";
    i32 flag = below(4) == 0 ? 0 : 1, choice = below(34);
    if (choice <= 5 || choice >= 23) {
      // One thing wrong at a time: a descriptor, or the path.
      if (!usual) s = directory(s), t = directory(t);
      else if (!is_directory[s]) p = "a", t = directory(t);
    }
    i32 n = strlen(p), m = strlen(q);
    printf("%d: ", i);
    switch (choice) {
      case 0: case 1: case 2: case 3: case 4: case 5: {
        static const i32 open_flags[] = {0, 0, 1, 1, 1, 2, 4, 5, 8, 9, 13, 0};
        static const i32 fd_flags[] = {0, 0, 0, 1, 4};
        // All, but for reading (2) or writing (0x40): these decide how the file is opened.
        static const i64 rights[] = {0x1fffffff, 0x1fffffff & ~0x40, 0x1fffffff & ~2};
        i32 o = open_flags[below(12)], f = fd_flags[below(5)];
        i64 r = rights[below(3)], all = 0x1fffffff;
        // wasmtime opens what it creates or cuts off for writing, whatever was asked for.
        if (o & 9) r |= 0x40;
        // A directory opened for writing is refused in words of each engine's own.
        int to = 1 + below(slots - 1);
        error = wasi_path_open(fd(s), flag, p, n, o, r, all, f, result);
        printf("path_open %d %d %s %d %llx %d = %d", s, flag, p, o, (long long)r, f, error);
        if (!error) {
          if (open_files[to]) wasi_fd_close(open_files[to]);
          open_files[to] = result[0];
          wasi_fd_filestat_get(result[0], &status);
          is_directory[to] = status.type == 3;
          printf(" -> %d", to);
        }
        break;
      }
      case 6: printf("fd_close %d = ", s); if (s) { printf("%d", wasi_fd_close(fd(s))); open_files[s] = is_directory[s] = 0; } break;
      case 7: case 8: piece(below(200)); error = wasi_fd_read(fd(s), &vector, 1, result); printf("fd_read %d %d = %d", s, vector.size, error); if (!error) printf(" %d", result[0]); break;
      case 9: case 10: memset(buffer, 'a' + below(26), 200); piece(1 + below(199)); error = wasi_fd_write(fd(s), &vector, 1, result); printf("fd_write %d %d = %d", s, vector.size, error); if (!error) printf(" %d", result[0]); break;
      case 11: piece(below(200)); { i64 at = below(4) ? (i64)below(500) : 1LL << (30 + below(33)); error = wasi_fd_pread(fd(s), &vector, 1, at, result); printf("fd_pread %d %d %lld = %d", s, vector.size, (long long)at, error); if (!error) printf(" %d", result[0]); } break;
      case 12: memset(buffer, 'A' + below(26), 200); piece(below(200)); { i64 at = below(500); error = wasi_fd_pwrite(fd(s), &vector, 1, at, result); printf("fd_pwrite %d %d %lld = %d", s, vector.size, (long long)at, error); if (!error) printf(" %d", result[0]); } break;
      case 13: { i64 by = (i64)below(600) - 100; i32 whence = below(3); error = wasi_fd_seek(fd(s), by, whence, result); printf("fd_seek %d %lld %d = %d", s, (long long)by, whence, error); if (!error) printf(" %d", result[0]); } break;
      case 14: error = wasi_fd_tell(fd(s), result); printf("fd_tell %d = %d", s, error); if (!error) printf(" %d", result[0]); break;
      case 15: error = wasi_fd_filestat_get(fd(s), &status); printf("fd_filestat_get %d = %d", s, error); if (!error) show(&status); break;
      case 16: { i64 size = below(5) ? (i64)below(3000) : -1; printf("fd_filestat_set_size %d %lld = %d", s, (long long)size, wasi_fd_filestat_set_size(fd(s), size)); } break;
      case 17: if (!is_directory[s]) { i32 f = time_flags[below(8)]; printf("fd_filestat_set_times %d %d = %d", s, f, wasi_fd_filestat_set_times(fd(s), small_time(), small_time(), f)); } break;
      case 18: error = wasi_fd_fdstat_get(fd(s), buffer); printf("fd_fdstat_get %d = %d", s, error); if (!error) printf(" %d %d", buffer[0], buffer[2]); break;
      case 19: { i32 f = below(6); printf("fd_fdstat_set_flags %d %d = %d", s, f & 5, wasi_fd_fdstat_set_flags(fd(s), f & 5)); } break;
      case 20: { uint32_t size = 300 + below(3000); printf("fd_readdir %d", s); error = list(fd(s), size); printf(" = %d", error); } break;
      case 21: { i32 a = below(6); printf("fd_advise %d %d = %d", s, a, wasi_fd_advise(fd(s), below(100), below(100), a)); } break;
      case 22: if (!is_directory[s]) printf("fd_sync %d = %d, %d", s, wasi_fd_sync(fd(s)), wasi_fd_datasync(fd(s))); break;
      case 23: case 24: printf("path_create_directory %d %s = %d", s, p, wasi_path_create_directory(fd(s), p, n)); break;
      case 25: error = wasi_path_filestat_get(fd(s), flag, p, n, &status); printf("path_filestat_get %d %d %s = %d", s, flag, p, error); if (!error) show(&status); break;
      case 26: { i32 f = time_flags[below(8)]; printf("path_filestat_set_times %d %d %s %d = %d", s, flag, p, f, wasi_path_filestat_set_times(fd(s), flag, p, n, small_time(), small_time(), f)); } break;
      case 27: if (!usual) p = "b", n = 1; printf("path_link %d %s %d %s = %d", s, p, t, q, wasi_path_link(fd(s), 0, p, n, fd(t), q, m)); break;
      case 28: error = wasi_path_readlink(fd(s), p, n, buffer, 64, result); printf("path_readlink %d %s = %d", s, p, error); if (!error) printf(" %.*s", (int)result[0], buffer); break;
      case 29: printf("path_remove_directory %d %s = %d", s, p, wasi_path_remove_directory(fd(s), p, n)); break;
      case 30: printf("path_rename %d %s %d %s = %d", s, p, t, q, wasi_path_rename(fd(s), p, n, fd(t), q, m)); break;
      case 31: { const char *target = is_directory[s] ? targets[below(11)] : "a"; printf("path_symlink %s %d %s = %d", target, s, p, wasi_path_symlink(target, strlen(target), fd(s), p, n)); } break;
      case 32: printf("path_unlink_file %d %s = %d", s, p, wasi_path_unlink_file(fd(s), p, n)); break;
      default: { i32 c = below(2); printf("clock %d = %d, %d", c, wasi_clock_res_get(c, result), wasi_clock_time_get(c, 0, result)); }
    }
    printf("\n");
  }
  return 0;
}
