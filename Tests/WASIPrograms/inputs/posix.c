// What C programs do with files through wasi-libc, checked by output.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SHOW(call) do { errno = 0; long long r = (long long)(call); printf("%s = %lld %s\n", #call, r, r < 0 ? strerror(errno) : ""); } while (0)

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) { printf("%s: %s\n", path, strerror(errno)); return; }
  char *names[600];
  int count = 0;
  long middle = -1;
  for (struct dirent *entry; (entry = readdir(directory)) && count < 600; count++) {
    names[count] = strdup(entry->d_name);
    if (count == 4) middle = telldir(directory);
  }
  int rest = 0;
  if (middle >= 0) { seekdir(directory, middle); while (readdir(directory)) rest++; }
  rewinddir(directory);
  int again = 0;
  while (readdir(directory)) again++;
  closedir(directory);
  qsort(names, count, sizeof *names, compare);
  printf("%s: %d entries, again %d, rest %d, first %s, last %s\n", path, count, again, rest, names[0], names[count - 1]);
}

int main(int argc, char **argv) {
  char text[200];
  struct stat status;
  SHOW(mkdir("/d", 0777));
  for (int i = 0; i < 500; i++) {
    snprintf(text, sizeof text, "/d/a-rather-long-name-so-that-buffers-fill-up-%d", i);
    close(open(text, O_CREAT | O_WRONLY, 0666));
  }
  list("/d");
  list("/absent");
  int fd = open("/f", O_CREAT | O_RDWR | O_TRUNC, 0666);
  // wasmtime writes the first piece that is not empty, Halite all of them.
  struct iovec pieces[2] = {{"", 0}, {"one two ", 8}};
  SHOW(writev(fd, pieces, 2));
  SHOW(pwrite(fd, "THREE", 5, 4));
  SHOW(lseek(fd, -2, SEEK_END));
  SHOW(lseek(fd, -100, SEEK_SET));
  SHOW(pread(fd, text, 100, 1));
  printf("%.8s\n", text);
  SHOW(lseek(fd, 5000000000LL, SEEK_SET));
  SHOW(write(fd, "far", 3));
  SHOW(fstat(fd, &status));
  printf("%lld\n", (long long)status.st_size);
  SHOW(ftruncate(fd, 6));
  SHOW(fsync(fd));
  SHOW(fdatasync(fd));
  SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
  struct timespec times[2] = {{100, 5}, {200, 7}};
  SHOW(futimens(fd, times));
  SHOW(stat("/f", &status));
  printf("%lld.%ld %lld.%ld %lld\n", (long long)status.st_atim.tv_sec, status.st_atim.tv_nsec, (long long)status.st_mtim.tv_sec,
         status.st_mtim.tv_nsec, (long long)status.st_size);
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = 300;
  SHOW(utimensat(AT_FDCWD, "/f", times, 0));
  SHOW(stat("/f", &status));
  printf("%lld %lld\n", (long long)status.st_atim.tv_sec, (long long)status.st_mtim.tv_sec);
  SHOW(close(fd));
  SHOW(close(fd));
  SHOW(write(fd, "x", 1));
  fd = open("/f", O_WRONLY | O_APPEND);
  SHOW(write(fd, "end", 3));
  SHOW(read(fd, text, 1));
  SHOW(lseek(fd, 0, SEEK_CUR));
  SHOW(close(fd));
  SHOW(symlink("f", "/s"));
  SHOW(readlink("/s", text, 2));
  SHOW(lstat("/s", &status));
  printf("%d\n", S_ISLNK(status.st_mode));
  SHOW(link("/f", "/h"));
  SHOW(unlink("/f"));
  SHOW(open("/s", O_RDONLY));
  SHOW(open("/s", O_RDONLY | O_NOFOLLOW));
  SHOW(rename("/h", "/f"));
  SHOW(access("/s", R_OK));
  SHOW(access("/absent", R_OK));
  SHOW(rmdir("/d"));
  SHOW(unlink("/d"));
  SHOW(mkdir("/d/x/y", 0777));
  SHOW(open("/d", O_WRONLY));
  SHOW(open("/f", O_DIRECTORY));
  SHOW(open("/../../etc/passwd", O_RDONLY));
  struct pollfd polled = {.fd = 0, .events = POLLIN};
  SHOW(poll(&polled, 1, 1000));
  printf("%d\n", polled.revents);
  struct timespec before, after, pause = {0, 30000000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  SHOW(nanosleep(&pause, NULL));
  clock_gettime(CLOCK_MONOTONIC, &after);
  printf("%d\n", (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec >= 30000000);
  unsigned char noise[256];
  SHOW(getentropy(noise, sizeof noise));
  SHOW(isatty(0));
  while (fgets(text, sizeof text, stdin)) printf("read: %s", text);
  for (int i = 1; i < argc; i++) printf("[%s]", argv[i]);
  printf("%s\n", getenv("SET"));
  fflush(stdout);
  fprintf(stderr, "to standard error\n");
  abort();
}
