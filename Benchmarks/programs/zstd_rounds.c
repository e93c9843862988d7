// Compresses and decompresses 2 MiB of text-like data at three levels, once a round.
#include "../workloads/workload.h"
#include "zstd.h"

enum { size = 2 << 20 };
static unsigned char text[size], back[size];

// Words drawn from a small vocabulary with a skewed distribution, and a number now and then.
static void write_text(void) {
  uint64_t random = 17;
  char words[256][12];
  for (int i = 0; i < 256; i++) {
    int length = 2 + (int)(next_random(&random) >> 61);
    for (int j = 0; j < length; j++) words[i][j] = (char)('a' + (next_random(&random) >> 33) % 26);
    words[i][length] = 0;
  }
  for (size_t i = 0; i < size;) {
    uint64_t draw = next_random(&random) >> 20;
    char word[24];
    int length = draw % 16 == 0 ? snprintf(word, sizeof word, "%u ", (unsigned)(draw >> 12) & 0xffff)
                                : snprintf(word, sizeof word, "%s ", words[(draw >> 8 & 0xff) & (draw >> 16 & 0xff)]);
    for (int j = 0; j < length && i < size; j++) text[i++] = (unsigned char)word[j];
  }
}

int main(int argc, char **argv) {
  static const int levels[] = {1, 3, 9};
  int count = rounds(argc, argv);
  if (count > 0) write_text();
  size_t bound = ZSTD_compressBound(size);
  unsigned char *packed = malloc(bound);
  uint32_t hash = 0;
  for (; count > 0; count--)
    for (int i = 0; i < 3; i++) {
      size_t length = ZSTD_compress(packed, bound, text, size, levels[i]);
      if (ZSTD_isError(length) || ZSTD_decompress(back, size, packed, length) != size || memcmp(text, back, size)) return 1;
      hash = mix(hash, (uint32_t)length);
      text[count] ^= 1;
    }
  printf("%08x %08x\n", hash, mix_bytes(0, packed, 65536));
}
