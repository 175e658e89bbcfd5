#ifndef TROUGH_CXXHASH_SHIM_H
#define TROUGH_CXXHASH_SHIM_H

// The functions come along with the header, so that the program needs no further library where it runs. They have other
// names then, by macros that Swift does not import.
#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct {
    uint64_t high;
    uint64_t low;
} TroughXXH3;

static inline TroughXXH3 troughXXH3(const void *bytes, size_t count) {
    XXH128_hash_t hash = XXH3_128bits(bytes, count);
    return (TroughXXH3){hash.high64, hash.low64};
}

#endif
