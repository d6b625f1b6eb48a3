/* Blocks of codes as 32-bit keys. */
#ifndef USQL_KEYS_H
#define USQL_KEYS_H

#include "kernels.h"

/* Widens a block of unsigned codes that begins at row `first` to 32 bits. */
void widen(const void *codes, i32 type, i64 first, i64 rows, u32 *keys);

/* The largest key of a block, 0 of an empty one. */
u32 largest(const u32 *keys, i64 rows);

#endif
