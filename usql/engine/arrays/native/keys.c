/* Codes of several columns combined to keys. */
#include "blocks.h"

/* keys += stride * codes, modulo 2**32. */
#define ADD_SCALED(T)                                                                             \
    static void add_scaled_##T(const T *codes, u32 stride, i64 rows, u32 *restrict keys) {        \
        for (i64 i = 0; i < rows; i++) keys[i] += stride * (u32)codes[i];                         \
    }
ADD_SCALED(u8)
ADD_SCALED(u16)
ADD_SCALED(u32)

static void add_scaled(const void *codes, i32 type, i64 first, u32 stride, i64 rows, u32 *keys) {
    switch (type) {
    case U8: add_scaled_u8((const u8 *)codes + first, stride, rows, keys); break;
    case U16: add_scaled_u16((const u16 *)codes + first, stride, rows, keys); break;
    default: add_scaled_u32((const u32 *)codes + first, stride, rows, keys); break;
    }
}

/* Keys are below the numbers of the type that they are narrowed to, or taken modulo these. */
CONVERT(narrow_u8, u32, u8)
CONVERT(narrow_u16, u32, u16)
CONVERT(narrow_u32, u32, u32)

static void narrow(const u32 *keys, i64 rows, void *narrowed, i32 type, i64 first) {
    switch (type) {
    case U8: narrow_u8(keys, rows, (u8 *)narrowed + first); break;
    case U16: narrow_u16(keys, rows, (u16 *)narrowed + first); break;
    default: narrow_u32(keys, rows, (u32 *)narrowed + first); break;
    }
}

/* One key per row: the sum of each column's code times the column's stride, modulo the width of
 * `type`, that of the keys. Unsigned columns of any width. About 0.1 ns per row and column. */
KERNEL void usql_combine(const void *const *columns, const i32 *types, const u32 *strides,
                         i64 count, i64 rows, void *keys, i32 type) {
    u32 block[BLOCK];
    for (i64 first = 0; first < rows; first += BLOCK) {
        i64 length = block_length(first, rows);
        for (i64 i = 0; i < length; i++) block[i] = 0;
        for (i64 c = 0; c < count; c++) {
            add_scaled(columns[c], types[c], first, strides[c], length, block);
        }
        narrow(block, length, keys, type, first);
    }
}
