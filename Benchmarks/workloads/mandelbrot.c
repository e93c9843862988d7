// Doubles in registers, a loop whose trip count differs from point to point; hardly any memory.
#include "workload.h"

int main(int argc, char **argv) {
  uint32_t hash = 0;
  for (int round = rounds(argc, argv); round > 0; round--)
    for (int y = 0; y < 200; y++)
      for (int x = 0; x < 300; x++) {
        double cx = x / 100.0 - 2.0 - round * 1e-6, cy = y / 100.0 - 1.0, zx = 0, zy = 0;
        int count = 0;
        while (count < 500 && zx * zx + zy * zy < 4.0) {
          double next = zx * zx - zy * zy + cx;
          zy = 2 * zx * zy + cy;
          zx = next;
          count++;
        }
        hash = mix(hash, (uint32_t)count);
      }
  printf("%08x\n", hash);
}
