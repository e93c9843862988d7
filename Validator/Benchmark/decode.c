// Plain decoding of a file's text by Capstone and by Zydis, for comparison with naclv: one pass each, in CPU time.
// usage: decode FILE OFFSET SIZE
#define _POSIX_C_SOURCE 199309L
#include <Zydis/Zydis.h>
#include <capstone/capstone.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void report(const char *name, double start, size_t size, size_t count) {
  double seconds = now() - start;
  printf("%s %.3f s %.1f MB/s %zu instructions\n", name, seconds, size / seconds / 1e6, count);
}

// Every instruction with its operands, as the validator would have to ask for them.
static void capstone(const uint8_t *code, size_t size) {
  csh handle;
  if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) || cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON)) exit(1);
  cs_insn *instruction = cs_malloc(handle);
  const uint8_t *at = code;
  size_t left = size, count = 0;
  uint64_t address = 0;
  double start = now();
  while (cs_disasm_iter(handle, &at, &left, &address, instruction)) count++;
  report("capstone", start, size - left, count);
  cs_free(instruction, 1);
  cs_close(&handle);
}

static void zydis(const uint8_t *code, size_t size) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  ZydisDecodedInstruction instruction;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  size_t at = 0, count = 0;
  double start = now();
  while (at < size && ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at, size - at, &instruction, operands))) {
    at += instruction.length;
    count++;
  }
  report("zydis", start, at, count);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  long offset = strtol(argv[2], 0, 0);
  size_t size = strtoul(argv[3], 0, 0);
  uint8_t *code = malloc(size);
  if (!file || !code || fseek(file, offset, SEEK_SET) || fread(code, 1, size, file) != size) return 1;
  capstone(code, size);
  zydis(code, size);
  return 0;
}
