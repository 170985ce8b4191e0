/* Advice to the system about memory. */
#define _GNU_SOURCE
#include "internal.h"

#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

void smalti_prefer_large_pages(void *memory, uint64_t byte_count) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  /* A system without large pages refuses, and nothing is lost. */
  if (byte_count >= SMALTI_LARGE_PAGE_BYTES) madvise(memory, byte_count, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)byte_count;
#endif
}

void smalti_give_back_memory(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
