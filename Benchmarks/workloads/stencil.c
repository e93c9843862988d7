// A five-point stencil over floats, two grids of 512 KiB each.
#include "workload.h"

enum { rows = 256, columns = 512 };
static float grids[2][rows][columns];

static void sweep(float to[rows][columns], float from[rows][columns]) {
  for (int i = 1; i < rows - 1; i++)
    for (int j = 1; j < columns - 1; j++)
      to[i][j] = 0.5f * from[i][j] + 0.125f * (from[i - 1][j] + from[i + 1][j] + from[i][j - 1] + from[i][j + 1]);
}

int main(int argc, char **argv) {
  uint64_t random = 5;
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) grids[0][i][j] = grids[1][i][j] = (float)(next_random(&random) >> 54);
  for (int round = 2 * rounds(argc, argv); round > 0; round--) sweep(grids[round & 1 ? 0 : 1], grids[round & 1]);
  printf("%08x\n", mix_bytes(0, grids[0], sizeof grids[0]));
}
