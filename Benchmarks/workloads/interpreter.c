// A bytecode loop with one switch: jump tables, a stack in memory, unpredictable indirect branches. The program counts primes.
#include "workload.h"

enum op { push, load, store, add, multiply, remainder_of, less, jump, branch, branch_if_zero, halt };
enum local { candidate, divisor, found, locals };
enum label { outer = 4, inner = 15, prime = 41, next = 48, end = 57 };

static const int32_t program[] = {
    push, 2, store, candidate,
    [outer] = load, candidate, push, 30000, less, branch_if_zero, end, push, 2, store, divisor,
    [inner] = load, candidate, load, divisor, load, divisor, multiply, less, branch, prime,
    load, candidate, load, divisor, remainder_of, branch_if_zero, next,
    load, divisor, push, 1, add, store, divisor, jump, inner,
    [prime] = load, found, push, 1, add, store, found,
    [next] = load, candidate, push, 1, add, store, candidate, jump, outer,
    [end] = halt};

__attribute__((noinline)) static uint32_t run(const int32_t *code, int32_t *stack, int32_t *local) {
  uint32_t steps = 0;
  for (const int32_t *pc = code;;) {
    steps++;
    switch ((enum op)*pc++) {
      case push: *stack++ = *pc++; break;
      case load: *stack++ = local[*pc++]; break;
      case store: local[*pc++] = *--stack; break;
      case add: stack--, stack[-1] += stack[0]; break;
      case multiply: stack--, stack[-1] *= stack[0]; break;
      case remainder_of: stack--, stack[-1] %= stack[0]; break;
      case less: stack--, stack[-1] = stack[-1] < stack[0]; break;
      case jump: pc = code + *pc; break;
      case branch: pc = *--stack ? code + *pc : pc + 1; break;
      case branch_if_zero: pc = *--stack ? pc + 1 : code + *pc; break;
      case halt: return mix(steps, (uint32_t)local[found]);
    }
  }
}

int main(int argc, char **argv) {
  uint32_t hash = 0;
  for (int round = rounds(argc, argv); round > 0; round--) {
    int32_t stack[16], local[locals] = {0};
    hash = mix(hash, run(program, stack, local));
  }
  printf("%u\n", hash);
}
