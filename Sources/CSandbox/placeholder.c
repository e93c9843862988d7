#include "sandbox.h"
void halite_placeholder(void) {}
