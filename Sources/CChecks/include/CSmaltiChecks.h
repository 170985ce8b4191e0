// The processor's own instruction for CRC-32C, which Swift has no name for.
#ifndef CSMALTI_CHECKS_H
#define CSMALTI_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instruction: x86-64 with SSE 4.2.
bool smalti_has_crc32c(void);

/// Goes on from the inverted check `crc` over `count` bytes; gives the inverted check.
///
/// Only where `smalti_has_crc32c` says so.
uint32_t smalti_crc32c(uint32_t crc, const void *bytes, size_t count);

#endif
