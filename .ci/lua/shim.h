// What the Lua interpreter needs beyond WASI preview 1: errors end the program (no setjmp), no processes, no temporary names.
#include <stdio.h>
#include <stdlib.h>

#define luai_jmpbuf int
#define LUAI_THROW(L, c) ((void)(L), (void)(c), fputs("lua: uncaught error\n", stderr), exit(1))
#define LUAI_TRY(L, c, a) \
  { a }
#define LUA_TMPNAMBUFSIZE 32
#define lua_tmpnam(b, e) \
  {                      \
    (void)(b);           \
    e = 1;               \
  }

static inline int no_system(const char *command) {
  (void)command;
  return -1;
}
static inline FILE *no_tmpfile(void) { return NULL; }
#define system no_system
#define tmpfile no_tmpfile
