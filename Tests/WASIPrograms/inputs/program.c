struct point { int x, y; };
static const char names[][4] = {"ab", "cd"};
volatile unsigned char port;
long sum(const struct point *points, int count) {
  long total = 0;
  for (int i = 0; i < count; i++) total += points[i].x * 3 + points[i].y / 7;
  return total;
}
int main(void) {
  struct point p[4] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
  switch (port) {
    case 1: port = names[0][1]; break;
    case 9: port = sum(p, 4); break;
    default: port ^= 0x55;
  }
  return port;
}
