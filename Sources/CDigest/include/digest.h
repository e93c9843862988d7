// SHA-256 (FIPS 180-4), with the processor's own instructions where it has them: files of tens of megabytes are hashed on every start.
#ifndef HALITE_DIGEST_H
#define HALITE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct halite_sha256 {
  uint32_t state[8];
  // Bytes so far; the last count % 64 of them wait in `block`.
  uint64_t count;
  uint8_t block[64];
  bool uses_instructions;
};

// `allows_instructions` false: libmd's portable code even where SHA-NI is there.
void halite_sha256_init(struct halite_sha256 *hash, bool allows_instructions);
void halite_sha256_update(struct halite_sha256 *hash, const void *bytes, size_t count);
// Writes 32 bytes.
void halite_sha256_final(struct halite_sha256 *hash, uint8_t *digest);

#endif
