// GDB's JIT compilation interface (GDB manual, chapter 30): how a process tells a debugger of code that came into being at run time.
#ifndef HALITE_DEBUGGER_INTERFACE_H
#define HALITE_DEBUGGER_INTERFACE_H

#include <stdint.h>

/// Announces an ELF image, which must stay where it is for as long as the process lives. Not thread-safe.
/// Returns 0, or -1 if there is no memory.
int halite_debugger_announce(const char *image, uint64_t size);

#endif
