#ifndef TROUGH_CXXHASH_SHIM_H
#define TROUGH_CXXHASH_SHIM_H

// The functions come along with the header, so that the program needs no further library where it runs. They have other
// names then, by macros that Swift does not import.
#define XXH_INLINE_ALL
#include <xxhash.h>

#if XXH_VERSION_NUMBER < 800
#error "xxHash 0.8 or later is needed: the numbers of XXH3 were not final before."
#endif

typedef struct {
    uint64_t high;
    uint64_t low;
} TroughXXH3;

static inline TroughXXH3 troughXXH3(const void *bytes, size_t count) {
    XXH128_hash_t hash = XXH3_128bits(bytes, count);
    return (TroughXXH3){hash.high64, hash.low64};
}

#endif
