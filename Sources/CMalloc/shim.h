#ifndef TROUGH_CMALLOC_SHIM_H
#define TROUGH_CMALLOC_SHIM_H

// The settings of glibc's allocator, which Swift's own module of the C library leaves out.
#include <malloc.h>

#endif
