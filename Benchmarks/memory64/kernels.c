// Loops whose time is memory accesses, for both widths of addresses: the data hold no pointers, so that both do the same
// work. Each returns a number that depends on all of it.
typedef unsigned int u32;
typedef unsigned char u8;
#define EXPORT(name) __attribute__((export_name(#name))) u32 name(u32 rounds)

enum { WORDS = 1 << 18, SIDE = 384, MATRIX = 160 };
static u32 words[WORDS];
static double grid[SIDE][SIDE], next[SIDE][SIDE];
static float left[MATRIX][MATRIX], right[MATRIX][MATRIX], product[MATRIX][MATRIX];

static void scatter(void) {
  for (u32 i = 0; i < WORDS; i++) words[i] = i * 2654435761u + 12345u;
}

// Each load's address depends on the load before.
EXPORT(chase) {
  scatter();
  u32 at = 1, sum = 0;
  for (u32 round = 0; round < rounds; round++)
    for (u32 i = 0; i < WORDS; i++) {
      at = words[at % WORDS] ^ i;
      sum += at;
    }
  return sum;
}

// Independent loads at random places, and stores.
EXPORT(histogram) {
  scatter();
  for (u32 round = 0; round < rounds; round++)
    for (u32 i = 0; i + 1 < WORDS; i++) words[(words[i] >> 7) % WORDS] += i ^ round;
  u32 sum = 0;
  for (u32 i = 0; i < WORDS; i++) sum = sum * 31 + words[i];
  return sum;
}

// Neighbours at constant distances.
EXPORT(stencil) {
  for (u32 y = 0; y < SIDE; y++)
    for (u32 x = 0; x < SIDE; x++) grid[y][x] = (double)(x * y % 17);
  for (u32 round = 0; round < rounds; round++) {
    for (u32 y = 1; y < SIDE - 1; y++)
      for (u32 x = 1; x < SIDE - 1; x++)
        next[y][x] = 0.25 * (grid[y - 1][x] + grid[y + 1][x] + grid[y][x - 1] + grid[y][x + 1]);
    for (u32 y = 1; y < SIDE - 1; y++)
      for (u32 x = 1; x < SIDE - 1; x++) grid[y][x] = next[y][x];
  }
  return (u32)(grid[SIDE / 2][SIDE / 3] * 1e6);
}

EXPORT(matrix) {
  for (u32 y = 0; y < MATRIX; y++)
    for (u32 x = 0; x < MATRIX; x++) {
      left[y][x] = (float)(x + y);
      right[y][x] = (float)(x ^ y);
      product[y][x] = 0;
    }
  for (u32 round = 0; round < rounds; round++)
    for (u32 y = 0; y < MATRIX; y++)
      for (u32 x = 0; x < MATRIX; x++) {
        float sum = 0;
        for (u32 i = 0; i < MATRIX; i++) sum += left[y][i] * right[i][x];
        product[y][x] += sum;
      }
  return (u32)product[MATRIX / 2][MATRIX / 3];
}

// Bytes, one after the other.
EXPORT(bytes) {
  scatter();
  u8 *start = (u8 *)words;
  u32 hash = 2166136261u;
  for (u32 round = 0; round < rounds; round++)
    for (u32 i = 0; i < WORDS * 4; i++) hash = (hash ^ start[i]) * 16777619u;
  return hash;
}

// Heap sort.
EXPORT(sort) {
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    scatter();
    u32 count = WORDS, start = WORDS / 2;
    while (count > 1) {
      if (start > 0) {
        start--;
      } else {
        count--;
        u32 top = words[count];
        words[count] = words[0];
        words[0] = top;
      }
      u32 root = start;
      for (u32 child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && words[child + 1] > words[child]) child++;
        if (words[root] >= words[child]) break;
        u32 value = words[root];
        words[root] = words[child];
        words[child] = value;
      }
    }
    sum += words[round % WORDS];
  }
  return sum;
}
