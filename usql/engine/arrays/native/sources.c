/* Which sources the library was built from. */
#include "kernels.h"

/* The digest of the sources (usql/native.py), by which a library that is older is noticed. */
KERNEL const char *usql_sources(void) { return USQL_SOURCES; }
