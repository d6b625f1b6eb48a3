/* What the kernels share: types of columns, blocks, and how a column's block becomes plain numbers.
 *
 * A kernel is a function over plain arrays: it allocates nothing, keeps nothing, and calls nothing.
 * Arrays are aligned to their numbers and do not overlap unless a kernel says so; lengths are never
 * negative. The Python edge (edge.py) sees to that. Where a number of the data chooses a place
 * in memory, the kernel itself checks it, a block at a time, and gives up before it writes anything
 * of that block.
 *
 * Kernels work in blocks of BLOCK rows, so that what one step hands to the next stays in the
 * first-level cache. Steps are written once for each type by a macro, and simple enough for
 * compilers to use vectors.
 */
#ifndef USQL_KERNELS_H
#define USQL_KERNELS_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Masks are read eight flags at a time, the first in the lowest byte."
#endif

#if defined(_WIN32)
#define KERNEL __declspec(dllexport)
#else
#define KERNEL __attribute__((visibility("default")))
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
typedef float f32;
typedef double f64;

/* The types of columns, by the numbers that the Python edge gives them. Flags are U8, 0 or 1. */
enum type { U8, U16, U32, I8, I16, I32, I64, F64 };

/* Rows of a block: 16 kB of 32-bit keys, half of a first-level cache. */
enum { BLOCK = 4096 };

/* Where the Python edge let a number through that is none of the table's. */
enum { OUTSIDE = -1 };

/* The length of the block that begins at row `first`. */
static inline i64 block_length(i64 first, i64 rows) {
    return rows - first < BLOCK ? rows - first : BLOCK;
}

#endif
