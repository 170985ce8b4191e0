/* Parts of the runtime that tests reach one by one. No part of the ABI. */
#ifndef SMALTI_RUNTIME_PARTS_H
#define SMALTI_RUNTIME_PARTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What CPUID and XGETBV say on x86-64; zero where a leaf does not exist. */
typedef struct smalti_x86_registers {
  uint32_t leaf1_ecx;
  uint32_t leaf7_ebx;
  uint32_t leaf7_edx;
  uint32_t leaf7_1_eax;
  uint32_t extended1_ecx; /* leaf 0x80000001 */
  uint64_t xcr0;          /* the register states that the kernel saves */
} smalti_x86_registers;

/* The SMALTI_FEATURE bits that follow from `registers`. */
uint64_t smalti_features_from_x86(const smalti_x86_registers *registers);

#ifdef __cplusplus
}
#endif

#endif
