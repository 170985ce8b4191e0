// Eight bytes at a time by the instruction crc32 (Intel SDM volume 2), in a function of its own target,
// since the rest is compiled for every x86-64.
#include "CSmaltiChecks.h"

#include <string.h>

#if defined(__x86_64__)

#include <nmmintrin.h>

bool smalti_has_crc32c(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2")))
uint32_t smalti_crc32c(uint32_t crc, const void *bytes, size_t count) {
  const unsigned char *next = bytes;
  uint64_t value = crc;
  for (; count >= 8; next += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    value = _mm_crc32_u64(value, word);
  }
  for (; count > 0; next++, count--) value = _mm_crc32_u8((uint32_t)value, *next);
  return (uint32_t)value;
}

#else

bool smalti_has_crc32c(void) { return false; }

uint32_t smalti_crc32c(uint32_t crc, const void *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return crc;
}

#endif
