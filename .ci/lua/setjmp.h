// wasi-libc has no setjmp; shim.h replaces its uses.
