// A program of one function that keeps its result in memory.
typedef unsigned long long u64;
volatile u64 result;
