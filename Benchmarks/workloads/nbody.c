// Doubles, square roots and divisions over a small structure: five planets, symplectic Euler steps.
#include <math.h>
#include "workload.h"

struct body {
  double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[5] = {
    {0, 0, 0, 0, 0, 0, 39.47841760435743},
    {4.84143144246472090, -1.16032004402742839, -0.10362204447112311, 0.60632639299583202, 2.81198684491626016, -0.02521836165988763, 0.03769367487038949},
    {8.34336671824457987, 4.12479856412430479, -0.40352341711432138, -1.01077434617879236, 1.82566237123041186, 0.00841576137658415, 0.01128632613196877},
    {12.8943695621391310, -15.1111514016986312, -0.22330757889265573, 1.08279100644153536, 0.86871301816960822, -0.01083263740136364, 0.00172372405705971},
    {15.3796971148509165, -25.9193146099879641, 0.17925877295037118, 0.97909073224389798, 0.59469899864767617, -0.03475595555078104, 0.00203368686992463}};

static void advance(double step) {
  for (int i = 0; i < 5; i++) {
    struct body *a = &bodies[i];
    for (int j = i + 1; j < 5; j++) {
      struct body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double square = dx * dx + dy * dy + dz * dz;
      double force = step / (square * sqrt(square));
      a->vx -= dx * b->mass * force, a->vy -= dy * b->mass * force, a->vz -= dz * b->mass * force;
      b->vx += dx * a->mass * force, b->vy += dy * a->mass * force, b->vz += dz * a->mass * force;
    }
  }
  for (int i = 0; i < 5; i++) {
    struct body *a = &bodies[i];
    a->x += step * a->vx, a->y += step * a->vy, a->z += step * a->vz;
  }
}

int main(int argc, char **argv) {
  for (int round = rounds(argc, argv); round > 0; round--)
    for (int i = 0; i < 100000; i++) advance(0.01);
  printf("%.17g %.17g %.17g\n", bodies[0].x, bodies[1].y, bodies[4].vz);
}
