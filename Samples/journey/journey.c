// A program with a bit of everything that a sandbox has to confine: loads and stores in a growing heap, indirect calls
// through a table of function pointers, floats, recursion, arguments and standard output.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct city {
  char name[16];
  double x, y;
};

static struct city *cities;
static int count;

static uint32_t random_state = 2463534242u;
static uint32_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

static double distance(const struct city *a, const struct city *b) {
  double dx = a->x - b->x, dy = a->y - b->y;
  return __builtin_sqrt(dx * dx + dy * dy);
}

static double length(const int *tour) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += distance(&cities[tour[i]], &cities[tour[(i + 1) % count]]);
  return sum;
}

typedef void (*strategy)(int *tour);

static void as_given(int *tour) { (void)tour; }

static int by_x(const void *a, const void *b) {
  double d = cities[*(const int *)a].x - cities[*(const int *)b].x;
  return (d > 0) - (d < 0);
}
static void west_to_east(int *tour) { qsort(tour, count, sizeof *tour, by_x); }

static void nearest(int *tour) {
  for (int i = 1; i < count; i++) {
    int best = i;
    for (int j = i + 1; j < count; j++)
      if (distance(&cities[tour[i - 1]], &cities[tour[j]]) < distance(&cities[tour[i - 1]], &cities[tour[best]])) best = j;
    int swap = tour[i];
    tour[i] = tour[best];
    tour[best] = swap;
  }
}

static void reverse(int *tour, int from, int to) {
  if (from >= to) return;
  int swap = tour[from];
  tour[from] = tour[to];
  tour[to] = swap;
  reverse(tour, from + 1, to - 1);
}

static void two_opt(int *tour) {
  nearest(tour);
  for (int improved = 1; improved;) {
    improved = 0;
    for (int i = 1; i < count - 1; i++)
      for (int j = i + 1; j < count; j++) {
        const struct city *a = &cities[tour[i - 1]], *b = &cities[tour[i]];
        const struct city *c = &cities[tour[j]], *d = &cities[tour[(j + 1) % count]];
        if (distance(a, c) + distance(b, d) + 1e-9 < distance(a, b) + distance(c, d)) {
          reverse(tour, i, j);
          improved = 1;
        }
      }
  }
}

static const struct {
  const char *name;
  strategy run;
} strategies[] = {{"as given", as_given}, {"west to east", west_to_east}, {"nearest first", nearest}, {"two-opt", two_opt}};

int main(int argc, char **argv) {
  count = argc > 1 ? atoi(argv[1]) : 200;
  if (count < 3 || count > 100000) {
    fprintf(stderr, "usage: journey [CITIES], 3 to 100000\n");
    return 2;
  }
  cities = malloc(count * sizeof *cities);
  int *tour = malloc(count * sizeof *tour);
  if (!cities || !tour) return 1;
  for (int i = 0; i < count; i++) {
    snprintf(cities[i].name, sizeof cities[i].name, "city-%d", i);
    cities[i].x = next_random() % 10000;
    cities[i].y = next_random() % 10000;
  }
  printf("a journey through %d cities\n", count);
  for (unsigned i = 0; i < sizeof strategies / sizeof *strategies; i++) {
    for (int j = 0; j < count; j++) tour[j] = j;
    strategies[i].run(tour);
    printf("%-14s %12.3f  starts with %s, %s\n", strategies[i].name, length(tour), cities[tour[0]].name, cities[tour[1]].name);
  }
  return 0;
}
