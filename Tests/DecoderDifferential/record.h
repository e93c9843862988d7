// What the validator claims of one encoding it accepts, as DecoderDifferentialTests writes it and the oracles read it. All
// little-endian; a stream is a names header, then records up to its end.
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum place { PLACE_GPR, PLACE_XMM, PLACE_MEMORY, PLACE_ADDRESS, PLACE_IMMEDIATE, PLACE_DISTANCE, PLACE_ONE };
enum { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_ZERO_EXTENDS = 4, ACCESS_IMPLICIT = 8 };
enum { HAS_MEMORY = 1, IS_RIP_RELATIVE = 2, IS_SEGMENT_FORM = 4, NEEDS_ALIGNMENT = 8 };
enum { NO_REGISTER = 255 };

struct operand {
  uint8_t place, reg, size, access;
};

struct record {
  uint8_t bytes[15];
  uint8_t length;
  uint16_t name;  // Capstone's mnemonic, an index of the header's list
  uint8_t flags, operand_count;
  uint8_t base, index, scale, immediate_size;
  int64_t displacement, immediate;
  struct operand operands[4];
};
_Static_assert(sizeof(struct record) == 56, "DecoderDifferentialTests writes 56 bytes");

struct names {
  uint32_t count;
  char (*list)[24];
};

// The header: u32 count, then names of 24 bytes, zero-filled.
static inline struct names read_names(FILE *stream) {
  struct names names = {0};
  if (fread(&names.count, 4, 1, stream) != 1 || names.count > 65535) return names;
  names.list = calloc(names.count, sizeof *names.list);
  if (!names.list || fread(names.list, sizeof *names.list, names.count, stream) != names.count) names.count = 0;
  return names;
}

static inline void print_bytes(const struct record *record) {
  for (int index = 0; index < record->length; index++) printf("%02x", record->bytes[index]);
}

// Disagreements by kind and mnemonic, with an example each.
struct disagreement {
  const char *kind;
  uint16_t name;
  uint64_t count;
  struct record example;
  char detail[96];
};

struct tally {
  uint64_t records, skipped, total;
  struct disagreement list[512];
  int count;
};

static inline void disagree(struct tally *tally, const struct record *record, const char *kind, const char *detail) {
  tally->total++;
  for (int index = 0; index < tally->count; index++) {
    struct disagreement *known = &tally->list[index];
    if (known->name == record->name && strcmp(known->kind, kind) == 0) {
      known->count++;
      return;
    }
  }
  if (tally->count == 512) return;
  struct disagreement *added = &tally->list[tally->count++];
  *added = (struct disagreement){.kind = kind, .name = record->name, .count = 1, .example = *record};
  snprintf(added->detail, sizeof added->detail, "%s", detail);
}

// Prints "NAME: RECORDS records, SKIPPED skipped, TOTAL disagreements" and what they are. The exit code.
static inline int report(const struct tally *tally, const struct names *names, const char *oracle) {
  printf("%s: %lu records, %lu skipped, %lu disagreements\n", oracle, tally->records, tally->skipped, tally->total);
  for (int index = 0; index < tally->count; index++) {
    const struct disagreement *found = &tally->list[index];
    printf("  %s of %s, %lu times, such as ", found->kind, names->list[found->name], found->count);
    print_bytes(&found->example);
    printf(": %s\n", found->detail);
  }
  return tally->total ? 1 : 0;
}

#endif
