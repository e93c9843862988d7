// The same crossings and instances through wasmtime's C API, which its wheel on PyPI has as a shared library without headers: the few
// declarations that are needed stand here (wasmtime 50, include/wasmtime.h). Unchecked calls: what a typed call in Rust does.
// usage: wasmtime LIBRARY calls.wasm [COUNT]
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { size_t size; void *data; } vector;
typedef struct { uint64_t store; size_t index; } instance_t;
typedef struct { uint64_t store; void *index; } function_t;
typedef struct { uint8_t kind; union { function_t function; char room[48]; } of; } extern_t;
typedef union { int32_t i32; int64_t i64; char room[16]; } raw_t;

#define API(result, name, ...) static result (*name)(__VA_ARGS__)
API(void *, wasm_engine_new, void);
API(void *, wasmtime_module_new, void *engine, const void *bytes, size_t size, void **module);
API(void *, wasmtime_store_new, void *engine, void *data, void (*finalizer)(void *));
API(void *, wasmtime_store_context, void *store);
API(void, wasmtime_store_delete, void *store);
API(void *, wasmtime_linker_new, void *engine);
API(void *, wasm_valtype_new, uint8_t kind);
API(void, wasm_valtype_vec_new, vector *out, size_t size, void *const *types);
API(void *, wasm_functype_new, vector *parameters, vector *results);
API(void *, wasmtime_linker_define_func_unchecked, void *linker, const char *module, size_t module_size, const char *name,
    size_t name_size, const void *type, void *(*body)(void *, void *, raw_t *, size_t), void *data, void (*finalizer)(void *));
API(void *, wasmtime_linker_instantiate, void *linker, void *context, void *module, instance_t *instance, void **trap);
API(bool, wasmtime_instance_export_get, void *context, const instance_t *instance, const char *name, size_t size, extern_t *item);
API(void *, wasmtime_func_call_unchecked, void *context, const function_t *function, raw_t *values, size_t count, void **trap);

static void check(const void *error, const char *what) {
  if (!error) return;
  fprintf(stderr, "wasmtime: %s failed\n", what);
  exit(1);
}

static void *add(void *data, void *caller, raw_t *values, size_t count) {
  (void)data, (void)caller, (void)count;
  values[0].i32 = (int32_t)((uint32_t)values[0].i32 + (uint32_t)values[1].i32);
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static function_t export_of(void *context, instance_t *instance, const char *name) {
  extern_t item;
  if (!wasmtime_instance_export_get(context, instance, name, strlen(name), &item)) check(name, name);
  return item.of.function;
}

static void call(void *context, const function_t *function, int32_t first, int32_t second) {
  raw_t values[2] = {{.i32 = first}, {.i32 = second}};
  void *trap = NULL;
  check(wasmtime_func_call_unchecked(context, function, values, 2, &trap), "call");
  check(trap, "call");
}

// Nanoseconds for one of `inner` that each of `calls` calls of `function` makes: the median of nine.
static double measure(void *context, function_t function, int32_t calls, int32_t inner, int32_t second) {
  double times[9];
  for (int batch = -1; batch < 9; batch++) {
    double start = now();
    for (int32_t round = 0; round < calls; round++) call(context, &function, inner, second);
    if (batch >= 0) times[batch] = (now() - start) / ((double)calls * inner);
  }
  qsort(times, 9, sizeof *times, ascending);
  return times[4];
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  int instances = count > 3 ? atoi(arguments[3]) : 10000;
  void *library = dlopen(arguments[1], RTLD_NOW);
  check(library ? NULL : dlerror(), arguments[1]);
#define LOAD(name) check((name = (__typeof__(name))dlsym(library, #name)) ? NULL : #name, #name)
  LOAD(wasm_engine_new);
  LOAD(wasmtime_module_new);
  LOAD(wasmtime_store_new);
  LOAD(wasmtime_store_context);
  LOAD(wasmtime_store_delete);
  LOAD(wasmtime_linker_new);
  LOAD(wasm_valtype_new);
  LOAD(wasm_valtype_vec_new);
  LOAD(wasm_functype_new);
  LOAD(wasmtime_linker_define_func_unchecked);
  LOAD(wasmtime_linker_instantiate);
  LOAD(wasmtime_instance_export_get);
  LOAD(wasmtime_func_call_unchecked);

  static char bytes[1 << 16];
  FILE *file = fopen(arguments[2], "rb");
  check(file ? NULL : "open", arguments[2]);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  void *engine = wasm_engine_new(), *module = NULL, *trap = NULL;
  check(wasmtime_module_new(engine, bytes, size, &module), "compilation");
  void *linker = wasmtime_linker_new(engine);
  vector parameters, results;
  void *two[] = {wasm_valtype_new(0), wasm_valtype_new(0)}, *one[] = {wasm_valtype_new(0)};
  wasm_valtype_vec_new(&parameters, 2, two);
  wasm_valtype_vec_new(&results, 1, one);
  check(wasmtime_linker_define_func_unchecked(linker, "host", 4, "add", 3, wasm_functype_new(&parameters, &results), add, NULL, NULL),
        "definition");

  void *store = wasmtime_store_new(engine, NULL, NULL), *context = wasmtime_store_context(store);
  instance_t instance;
  check(wasmtime_linker_instantiate(linker, context, module, &instance, &trap), "instantiation");
  printf("| wasmtime, C API, unchecked | |\n|---|---:|\n");
  printf("| call in |%8.1f |\n", measure(context, export_of(context, &instance, "add"), 20000, 1, 2));
  printf("| call out |%8.1f |\n", measure(context, export_of(context, &instance, "host_calls"), 1, 100000, 0));
  static const char *const bulk[] = {"copies", "fills"};
  for (int kind = 0; kind < 2; kind++)
    for (int length = 8; length <= 1024; length = length == 8 ? 64 : length * 16)
      printf("| memory.%s of %d bytes |%8.1f |\n", kind ? "fill" : "copy", length,
             measure(context, export_of(context, &instance, bulk[kind]), 1, 100000, length));

  double start = now();
  for (int round = 0; round < 1000; round++) {
    void *own = wasmtime_store_new(engine, NULL, NULL), *in = wasmtime_store_context(own);
    check(wasmtime_linker_instantiate(linker, in, module, &instance, &trap), "instantiation");
    function_t nothing = export_of(in, &instance, "nothing");
    call(in, &nothing, 0, 0);
    wasmtime_store_delete(own);
  }
  printf("| instance made, called once and dropped |%8.1f |\n\n", (now() - start) / 1000);

  int alive = 0;
  start = now();
  for (; alive < instances; alive++) {
    void *own = wasmtime_store_new(engine, NULL, NULL);
    if (wasmtime_linker_instantiate(linker, wasmtime_store_context(own), module, &instance, &trap)) break;
  }
  printf("wasmtime: %d of %d instances alive, %.2f microseconds each\n", alive, instances, (now() - start) / 1000 / alive);
  return 0;
}
