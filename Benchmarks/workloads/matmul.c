// The textbook triple loop over doubles; the inner loop is contiguous in two of the three matrices.
#include "workload.h"

enum { size = 320 };
static double a[size][size], b[size][size], c[size][size];

int main(int argc, char **argv) {
  uint64_t random = 3;
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) {
      a[i][j] = (double)(next_random(&random) >> 40) / 16777216.0;
      b[i][j] = (double)(next_random(&random) >> 40) / 16777216.0;
    }
  for (int round = rounds(argc, argv); round > 0; round--)
    for (int i = 0; i < size; i++)
      for (int k = 0; k < size; k++)
        for (int j = 0; j < size; j++) c[i][j] += a[i][k] * b[k][j];
  double trace = 0;
  for (int i = 0; i < size; i++) trace += c[i][i];
  printf("%.17g %.17g\n", trace, c[7][size - 3]);
}
