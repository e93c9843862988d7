#define _GNU_SOURCE
#include "CSandbox.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

// PAGEMAP_SCAN (Linux 6.7, Documentation/admin-guide/mm/pagemap.rst); older headers do not have it.
struct page_region {
  uint64_t start, end, categories;
};
struct pm_scan_arg {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
static const unsigned long pagemap_scan = _IOWR('f', 16, struct pm_scan_arg);
static const uint64_t page_is_present = 1 << 3, page_is_swapped = 1 << 4;

// A few dirty pages are cheaper to clear than to give back and fault in again; beyond this many bytes they are given
// back. Touching and wiping 16 pages of a slot of 1.2 MiB: 3.6 us, with MADV_DONTNEED 5.5 us. In a range of 4 GiB the
// scan itself costs 8 us more than it saves.
enum { largest_clear = 256 * 1024, largest_scan = 1 << 30, largest_region_count = 64 };

static int pagemap = -1;
static pthread_once_t pagemap_once = PTHREAD_ONCE_INIT;

// In a forked child the parent's descriptor would show the parent's pages.
static void forget_pagemap(void) {
  if (pagemap >= 0) close(pagemap);
  pagemap = -1;
}

static void open_pagemap(void) {
  pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (pagemap >= 0 && pthread_atfork(NULL, NULL, forget_pagemap) != 0) forget_pagemap();
}

// Clears what the kernel says is dirty. False if that is unknown or too much: nothing may be concluded then.
static bool clear_dirty_pages(char *base, size_t size) {
  if (size > largest_scan) return false;
  pthread_once(&pagemap_once, open_pagemap);
  if (pagemap < 0) return false;
  struct page_region regions[largest_region_count];
  struct pm_scan_arg scan = {
      .size = sizeof scan,
      .start = (uint64_t)base,
      .end = (uint64_t)base + size,
      .vec = (uint64_t)regions,
      .vec_len = largest_region_count,
      .category_anyof_mask = page_is_present | page_is_swapped,
      .return_mask = page_is_present | page_is_swapped,
  };
  long count = ioctl(pagemap, pagemap_scan, &scan);
  if (count < 0 || scan.walk_end != scan.end) return false;
  uint64_t bytes = 0;
  for (long index = 0; index < count; index++) bytes += regions[index].end - regions[index].start;
  if (bytes > largest_clear) return false;
  for (long index = 0; index < count; index++)
    memset((void *)regions[index].start, 0, regions[index].end - regions[index].start);
  return true;
}

bool halite_wipe(void *base, size_t size) {
  // Never by the sandbox's own sizes, and never by mincore, which answers for the page cache (docs/ABI.md, R6).
  return clear_dirty_pages(base, size) || madvise(base, size, MADV_DONTNEED) == 0;
}
