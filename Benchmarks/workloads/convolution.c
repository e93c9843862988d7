// A 5x5 integer filter over a byte image, with clamping: narrow loads and stores, short inner loops.
#include "workload.h"

enum { height = 480, width = 640 };
static uint8_t image[height][width], filtered[height][width];
static int32_t kernel[5][5] = {{1, 4, 6, 4, 1}, {4, 16, 24, 16, 4}, {6, 24, 36, 24, 6}, {4, 16, 24, 16, 4}, {1, 4, 6, 4, 1}};

int main(int argc, char **argv) {
  uint64_t random = 9;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) image[y][x] = (uint8_t)(next_random(&random) >> 50);
  for (int round = rounds(argc, argv); round > 0; round--) {
    for (int y = 2; y < height - 2; y++)
      for (int x = 2; x < width - 2; x++) {
        int32_t sum = 128;
        for (int v = 0; v < 5; v++)
          for (int u = 0; u < 5; u++) sum += kernel[v][u] * image[y + v - 2][x + u - 2];
        sum >>= 8;
        filtered[y][x] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
      }
    image[round % height][round % width] ^= filtered[height / 2][width / 2] | 1;
  }
  printf("%08x\n", mix_bytes(0, filtered, sizeof filtered));
}
