/* The floating-point mode of a task: rounding to nearest, subnormals kept, exceptions masked.
 *
 * A thread's mode is its own, so a host that rounds or flushes otherwise in one thread would get
 * bits that depend on which thread ran which task. Sources: Intel SDM volume 1, section 10.2.3
 * (MXCSR); Arm ARM, FPCR. */
#ifndef SMALTI_ARITHMETIC_H
#define SMALTI_ARITHMETIC_H

#include <stdint.h>

#if defined(__x86_64__)

/* The six lowest bits of MXCSR record what happened and decide nothing. */
static inline uint64_t smalti_enter_arithmetic(void) {
  const uint32_t mode = __builtin_ia32_stmxcsr();
  if ((mode & ~0x3fu) != 0x1f80u) __builtin_ia32_ldmxcsr(0x1f80u);
  return mode;
}

static inline void smalti_leave_arithmetic(uint64_t mode) {
  if (((uint32_t)mode & ~0x3fu) != 0x1f80u) __builtin_ia32_ldmxcsr((uint32_t)mode);
}

#elif defined(__aarch64__)

static inline uint64_t smalti_enter_arithmetic(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  if (mode != 0) __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(0)));
  return mode;
}

static inline void smalti_leave_arithmetic(uint64_t mode) {
  if (mode != 0) __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}

#else

static inline uint64_t smalti_enter_arithmetic(void) { return 0; }
static inline void smalti_leave_arithmetic(uint64_t mode) { (void)mode; }

#endif

#endif
