/* Runs: an array of entries cut by ascending offsets, as the children of each session. */
#include <string.h>

#include "blocks.h"

/* The most entries of a block of runs, and its bits in words, with a word to read past the end. */
enum { ENTRIES = 8192, WORDS = ENTRIES / 64 + 1 };

/* Packs flags of one byte to bits, the first in the lowest, and says how many are set. */
static i64 pack(const u8 *mask, i64 entries, u64 *bits) {
    i64 set = 0;
    memset(bits, 0, WORDS * sizeof *bits);
    u8 *bytes = (u8 *)bits;
    i64 i = 0;
    for (; i + 8 <= entries; i += 8) {
        u64 eight;
        memcpy(&eight, mask + i, sizeof eight);
        if (!eight) continue;
        /* The product gathers the lowest bit of each byte in the highest byte. */
        u8 packed = (u8)((eight * 0x0102040810204080ull) >> 56);
        bytes[i / 8] = packed;
        set += __builtin_popcount(packed);
    }
    for (; i < entries; i++) {
        bytes[i / 8] |= (u8)((mask[i] != 0) << (i & 7));
        set += mask[i] != 0;
    }
    return set;
}

/* Whether a bit of low..high - 1 is set, of bits of a block. */
static inline u8 any_bit(const u64 *bits, i64 low, i64 high) {
    u64 window;
    memcpy(&window, (const u8 *)bits + low / 8, sizeof window);
    window >>= low & 7;
    if (high - low <= 56) return (window & ((1ull << (high - low)) - 1)) != 0;
    for (i64 i = low; i < high; i++) {
        if (bits[i >> 6] >> (i & 63) & 1) return 1;
    }
    return 0;
}

/* The last of the offsets first..last that is at most `limit`; the first one at least. */
static i64 last_at_most(const i64 *offsets, i64 first, i64 last, i64 limit) {
    while (first < last) {
        i64 middle = first + (last - first + 1) / 2;
        if (offsets[middle] <= limit) {
            first = middle;
        } else {
            last = middle - 1;
        }
    }
    return first;
}

/* The end of the runs from `first` on, of `runs`, whose entries fit into a block; `first` itself if
 * not even one does. */
static i64 block_of_runs(const i64 *offsets, i64 first, i64 runs) {
    enum { STEP = 64 };
    i64 limit = offsets[first] + ENTRIES, last = first;
    while (last + STEP <= runs && offsets[last + STEP] <= limit) last += STEP;
    return last_at_most(offsets, last, last + STEP < runs ? last + STEP : runs, limit);
}

/* Whether offsets ascend. */
static int ascend(const i64 *offsets, i64 runs) {
    int falls = 0;
    for (i64 run = 0; run < runs; run++) falls |= offsets[run] > offsets[run + 1];
    return !falls;
}

/* Flags of the runs first..last - 1 of a block, each by looking at its bits. */
static i64 any_of_each(const u64 *bits, const i64 *offsets, i64 first, i64 last, u8 *any) {
    i64 base = offsets[first], end = offsets[last];
    for (i64 run = first; run < last; run++) {
        i64 low = offsets[run], high = offsets[run + 1];
        if (low < base || low > high || high > end) return OUTSIDE;
        any[run] = any_bit(bits, low - base, high - base);
    }
    return 0;
}

/* The same where few bits are set: each marks the run that it is in. */
static void any_of_few(const u64 *bits, const i64 *offsets, i64 first, i64 last, u8 *any) {
    i64 base = offsets[first], run = first;
    memset(any + first, 0, (size_t)(last - first));
    for (i64 word = 0; word < WORDS; word++) {
        for (u64 rest = bits[word]; rest; rest &= rest - 1) {
            i64 entry = base + word * 64 + __builtin_ctzll(rest);
            run = last_at_most(offsets, run, last - 1, entry);
            any[run] = 1;
        }
    }
}

/* Per run, whether some entry is marked: run i has the entries offsets[i]..offsets[i + 1] - 1,
 * counted as the mask is, of which entry `start` is the first of `entries`. OUTSIDE if offsets do
 * not ascend within the mask. 0.15 ns per entry, and 1 ns per run unless few entries are marked. */
KERNEL i64 usql_any_in_run(const u8 *mask, i64 entries, i64 start, const i64 *offsets, i64 runs,
                           u8 *any) {
    u64 bits[WORDS];
    for (i64 first = 0; first < runs;) {
        i64 base = offsets[first];
        if (base < start || base - start > entries) return OUTSIDE;
        i64 last = block_of_runs(offsets, first, runs);
        i64 end = offsets[last > first ? last : first + 1];
        if (end < base || end - start > entries) return OUTSIDE;
        const u8 *marks = mask + (base - start);
        if (last == first) { /* one run that is longer than a block */
            any[first] = memchr(marks, 1, (size_t)(end - base)) != 0;
            first++;
            continue;
        }
        i64 set = pack(marks, end - base, bits);
        if (set * 16 < last - first) {
            if (!ascend(offsets + first, last - first)) return OUTSIDE;
            any_of_few(bits, offsets, first, last, any);
        } else if (any_of_each(bits, offsets, first, last, any) == OUTSIDE) {
            return OUTSIDE;
        }
        first = last;
    }
    return 0;
}

/* Appends to `rows` and `distinct` each code of a run that has not occurred in it yet, but for
 * `missing`: `stamps` has the run, counted from 1, in which each code occurred last. Without
 * branches: one pair too many is written, and overwritten. How many pairs there are then. */
#define DISTINCT(T)                                                                               \
    static i64 distinct_##T(const T *codes, i64 entries, i32 run, u32 missing, u32 *stamps,       \
                            i32 *rows, T *distinct, i64 count) {                                  \
        u32 stamp = (u32)run + 1;                                                                 \
        for (i64 i = 0; i < entries; i++) {                                                       \
            u32 code = codes[i];                                                                  \
            rows[count] = run;                                                                    \
            distinct[count] = codes[i];                                                           \
            count += (stamps[code] != stamp) & (code != missing);                                 \
            stamps[code] = stamp;                                                                 \
        }                                                                                         \
        return count;                                                                             \
    }
DISTINCT(u8)
DISTINCT(u16)
DISTINCT(u32)

static i64 distinct(const void *codes, i32 type, i64 first, i64 entries, i32 run, u32 missing,
                    u32 *stamps, i32 *rows, void *codes_out, i64 count) {
    switch (type) {
    case U8:
        return distinct_u8((const u8 *)codes + first, entries, run, missing, stamps, rows,
                           codes_out, count);
    case U16:
        return distinct_u16((const u16 *)codes + first, entries, run, missing, stamps, rows,
                           codes_out, count);
    default:
        return distinct_u32((const u32 *)codes + first, entries, run, missing, stamps, rows,
                           codes_out, count);
    }
}

static void put_code(void *codes, i32 type, i64 place, u32 code) {
    switch (type) {
    case U8: ((u8 *)codes)[place] = (u8)code; break;
    case U16: ((u16 *)codes)[place] = (u16)code; break;
    default: ((u32 *)codes)[place] = code; break;
    }
}

/* Whether all codes are below `size`. */
static int are_below(const void *codes, i32 type, i64 rows, i64 size) {
    u32 block[BLOCK];
    for (i64 first = 0; first < rows; first += BLOCK) {
        i64 length = block_length(first, rows);
        widen(codes, type, first, length, block);
        if (largest(block, length) >= size) return 0;
    }
    return 1;
}

/* The distinct codes of each run, in the order in which they first occur: the numbers of their
 * runs, fewer than 2**31, to `rows`, the codes to `codes_out`, both with room for one number per
 * entry, one per run, and one more. Entries begin with those of the first run. The code `missing`
 * does not count, but is that of a run without any other, if `keeps_empty`. `stamps` is a table of
 * `size` zeros. How many pairs there are; OUTSIDE if a code is not below `size` or offsets, of
 * which the first and the last are not negative, do not ascend. 1.5 ns per entry while the stamps
 * are in the cache. */
KERNEL i64 usql_distinct_in_runs(const void *codes, i32 type, const i64 *offsets, i64 runs,
                                 u32 missing, i32 keeps_empty, u32 *stamps, i64 size, i32 *rows,
                                 void *codes_out) {
    if (!ascend(offsets, runs)) return OUTSIDE;
    if (!are_below(codes, type, offsets[runs] - offsets[0], size)) return OUTSIDE;
    i64 count = 0;
    for (i64 run = 0; run < runs; run++) {
        i64 first = offsets[run] - offsets[0], entries = offsets[run + 1] - offsets[run];
        i64 before = count;
        count = distinct(codes, type, first, entries, (i32)run, missing, stamps, rows, codes_out,
                         count);
        if (keeps_empty && count == before) {
            rows[count] = (i32)run;
            put_code(codes_out, type, count++, missing);
        }
    }
    return count;
}

/* Repeats the value of each run once for each of its entries. */
#define EXPAND(T)                                                                                 \
    static void expand_##T(const T *values, const i64 *offsets, i64 runs, T *expanded) {          \
        for (i64 run = 0; run < runs; run++) {                                                    \
            T value = values[run];                                                                \
            for (i64 rest = offsets[run + 1] - offsets[run]; rest > 0; rest--) {                  \
                *expanded++ = value;                                                              \
            }                                                                                     \
        }                                                                                         \
    }
EXPAND(u8)
EXPAND(u16)
EXPAND(u32)
EXPAND(u64)

/* The value of its run for each entry, for values of `width` bytes. OUTSIDE if offsets, of which
 * the first and the last are not negative, do not ascend. 0.3 ns per entry and 2 ns per run. */
KERNEL i64 usql_expand(const void *values, i32 width, const i64 *offsets, i64 runs,
                       void *expanded) {
    if (!ascend(offsets, runs)) return OUTSIDE;
    switch (width) {
    case 1: expand_u8(values, offsets, runs, expanded); break;
    case 2: expand_u16(values, offsets, runs, expanded); break;
    case 4: expand_u32(values, offsets, runs, expanded); break;
    default: expand_u64(values, offsets, runs, expanded); break;
    }
    return 0;
}
