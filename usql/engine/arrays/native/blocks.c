/* How a block of a column becomes plain numbers. */
#include "blocks.h"

CONVERT(widen_u8, u8, u32)
CONVERT(widen_u16, u16, u32)
CONVERT(widen_u32, u32, u32)

void widen(const void *codes, i32 type, i64 first, i64 rows, u32 *keys) {
    switch (type) {
    case U8: widen_u8((const u8 *)codes + first, rows, keys); break;
    case U16: widen_u16((const u16 *)codes + first, rows, keys); break;
    default: widen_u32((const u32 *)codes + first, rows, keys); break;
    }
}

u32 largest(const u32 *keys, i64 rows) {
    u32 most = 0;
    for (i64 i = 0; i < rows; i++) most = keys[i] > most ? keys[i] : most;
    return most;
}

CONVERT(whole_u8, u8, i64)
CONVERT(whole_u16, u16, i64)
CONVERT(whole_u32, u32, i64)
CONVERT(whole_i8, i8, i64)
CONVERT(whole_i16, i16, i64)
CONVERT(whole_i32, i32, i64)

const i64 *whole_block(const void *values, i32 type, i64 first, i64 rows, i64 *room) {
    switch (type) {
    case U8: whole_u8((const u8 *)values + first, rows, room); return room;
    case U16: whole_u16((const u16 *)values + first, rows, room); return room;
    case U32: whole_u32((const u32 *)values + first, rows, room); return room;
    case I8: whole_i8((const i8 *)values + first, rows, room); return room;
    case I16: whole_i16((const i16 *)values + first, rows, room); return room;
    case I32: whole_i32((const i32 *)values + first, rows, room); return room;
    default: return (const i64 *)values + first;
    }
}
