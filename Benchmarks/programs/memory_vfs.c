// A file system in memory for SQLite built with SQLITE_OS_OTHER: the same one natively and in wasm, so that both do the same work.
// Its clock stands still, which keeps times out of speedtest1's output.
#include <stdlib.h>
#include <string.h>
#include "sqlite3.h"

enum { file_limit = 16 };

struct content {
  char name[64];
  unsigned char *bytes;
  sqlite3_int64 size, capacity;
};
static struct content contents[file_limit];

struct file {
  sqlite3_file base;
  struct content *content;
};

static struct content *content_of(sqlite3_file *file) { return ((struct file *)file)->content; }

static int reserve(struct content *content, sqlite3_int64 size) {
  if (size <= content->capacity) return SQLITE_OK;
  sqlite3_int64 capacity = content->capacity ? content->capacity : 65536;
  while (capacity < size) capacity *= 2;
  unsigned char *bytes = realloc(content->bytes, (size_t)capacity);
  if (!bytes) return SQLITE_IOERR_NOMEM;
  memset(bytes + content->capacity, 0, (size_t)(capacity - content->capacity));
  content->bytes = bytes;
  content->capacity = capacity;
  return SQLITE_OK;
}

static int file_close(sqlite3_file *file) { return (void)file, SQLITE_OK; }

static int file_read(sqlite3_file *file, void *to, int count, sqlite3_int64 offset) {
  struct content *content = content_of(file);
  sqlite3_int64 there = content->size - offset;
  if (there >= count) return memcpy(to, content->bytes + offset, (size_t)count), SQLITE_OK;
  memset(to, 0, (size_t)count);
  if (there > 0) memcpy(to, content->bytes + offset, (size_t)there);
  return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *from, int count, sqlite3_int64 offset) {
  struct content *content = content_of(file);
  if (reserve(content, offset + count) != SQLITE_OK) return SQLITE_FULL;
  memcpy(content->bytes + offset, from, (size_t)count);
  if (offset + count > content->size) content->size = offset + count;
  return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  struct content *content = content_of(file);
  if (size < content->size) {
    memset(content->bytes + size, 0, (size_t)(content->size - size));
    content->size = size;
  }
  return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags) { return (void)file, (void)flags, SQLITE_OK; }
static int file_size(sqlite3_file *file, sqlite3_int64 *size) { return *size = content_of(file)->size, SQLITE_OK; }
static int file_lock(sqlite3_file *file, int level) { return (void)file, (void)level, SQLITE_OK; }
static int file_reserved(sqlite3_file *file, int *reserved) { return (void)file, *reserved = 0, SQLITE_OK; }
static int file_control(sqlite3_file *file, int op, void *argument) {
  return (void)file, (void)op, (void)argument, SQLITE_NOTFOUND;
}
static int file_sector(sqlite3_file *file) { return (void)file, 4096; }
static int file_characteristics(sqlite3_file *file) { return (void)file, 0; }

static const sqlite3_io_methods methods = {
    .iVersion = 1, .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate,
    .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved, .xFileControl = file_control, .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_characteristics};

static struct content *find(const char *name) {
  for (int i = 0; i < file_limit; i++)
    if (contents[i].name[0] && strcmp(contents[i].name, name) == 0) return &contents[i];
  return NULL;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *opened, int flags, int *flags_out) {
  (void)vfs;
  struct file *file = (struct file *)opened;
  file->base.pMethods = NULL;
  if (!name) name = "unnamed";
  struct content *content = find(name);
  for (int i = 0; !content && i < file_limit; i++)
    if (!contents[i].name[0] && strlen(name) < sizeof contents[i].name) {
      content = &contents[i];
      strcpy(content->name, name);
    }
  if (!content) return SQLITE_CANTOPEN;
  file->content = content;
  file->base.pMethods = &methods;
  if (flags_out) *flags_out = flags;
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)sync;
  struct content *content = find(name);
  if (!content) return SQLITE_IOERR_DELETE_NOENT;
  free(content->bytes);
  *content = (struct content){0};
  return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  return (void)vfs, (void)flags, *result = find(name) != NULL, SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *full) {
  return (void)vfs, sqlite3_snprintf(size, full, "%s", name), SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
  (void)vfs;
  for (int i = 0; i < count; i++) bytes[i] = (char)(i * 37 + 11);
  return count;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) { return (void)vfs, microseconds; }
static int vfs_time(sqlite3_vfs *vfs, double *days) { return (void)vfs, *days = 2460000.5, SQLITE_OK; }
static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text) { return (void)vfs, (void)size, (void)text, 0; }

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {
      .iVersion = 1, .szOsFile = sizeof(struct file), .mxPathname = 63, .zName = "memory", .xOpen = vfs_open,
      .xDelete = vfs_delete, .xAccess = vfs_access, .xFullPathname = vfs_full_path, .xRandomness = vfs_randomness,
      .xSleep = vfs_sleep, .xCurrentTime = vfs_time, .xGetLastError = vfs_last_error};
  return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }
