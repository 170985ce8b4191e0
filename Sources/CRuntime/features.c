/* What this machine offers, found once and kept in the runtime's only mutable global. */
#define _GNU_SOURCE
#include "internal.h"
#include "smalti_runtime_parts.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

static bool has(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

#define BIT(n) (UINT64_C(1) << (n))

/* Register states in XCR0. Source: Intel SDM volume 1, section 13.3. */
#define XCR0_AVX (BIT(1) | BIT(2))
#define XCR0_AVX512 (XCR0_AVX | BIT(5) | BIT(6) | BIT(7))
#define XCR0_AMX (BIT(17) | BIT(18))

/* Bit numbers from Intel SDM volume 2, CPUID; the sets from the x86-64 psABI, table 3.1. */
uint64_t smalti_features_from_x86(const smalti_x86_registers *registers) {
  /* v2: SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT.
   * v3: FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LAHF, LZCNT. */
  const uint64_t leaf1 = BIT(0) | BIT(9) | BIT(13) | BIT(19) | BIT(20) | BIT(23) | BIT(12) |
                         BIT(22) | BIT(27) | BIT(28) | BIT(29);
  const uint64_t leaf7 = BIT(3) | BIT(5) | BIT(8);
  const uint64_t extended = BIT(0) | BIT(5);
  if (!has(registers->leaf1_ecx, leaf1) || !has(registers->leaf7_ebx, leaf7) ||
      !has(registers->extended1_ecx, extended) || !has(registers->xcr0, XCR0_AVX)) {
    return 0;
  }
  uint64_t features = SMALTI_FEATURE_X86_64_V3;
  const uint64_t avx512 = BIT(16) | BIT(17) | BIT(28) | BIT(30) | BIT(31); /* F, DQ, CD, BW, VL */
  if (!has(registers->leaf7_ebx, avx512) || !has(registers->xcr0, XCR0_AVX512)) return features;
  features |= SMALTI_FEATURE_X86_64_V4;
  if (has(registers->leaf7_1_eax, BIT(5))) features |= SMALTI_FEATURE_AVX512_BF16;
  const uint64_t amx = BIT(22) | BIT(24); /* AMX-BF16, AMX-TILE */
  if (has(registers->leaf7_edx, amx) && has(registers->xcr0, XCR0_AMX)) {
    features |= SMALTI_FEATURE_AMX_BF16;
  }
  return features;
}

#if defined(__x86_64__)

static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static uint64_t detect(void) {
  smalti_x86_registers registers = {0};
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d)) registers.leaf1_ecx = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    registers.leaf7_ebx = b;
    registers.leaf7_edx = d;
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) registers.leaf7_1_eax = a;
  }
  if (__get_cpuid(0x80000001u, &a, &b, &c, &d)) registers.extended1_ecx = c;
  /* XGETBV itself faults unless the kernel has switched it on (OSXSAVE). */
  if (has(registers.leaf1_ecx, BIT(27))) registers.xcr0 = read_xcr0();
  return smalti_features_from_x86(&registers);
}

/* Linux gives a process the 8 KiB of AMX tile data only on request, and a process that never asked
 * dies at its first tile instruction. Source: Linux Documentation/arch/x86/xstate.rst. */
static bool permit_amx(void) {
  const long arch_req_xcomp_perm = 0x1023, xfeature_xtiledata = 18;
  return syscall(SYS_arch_prctl, arch_req_xcomp_perm, xfeature_xtiledata) == 0;
}

#elif defined(__aarch64__)

/* Every AArch64 Linux has NEON with f32: the C ABI passes floats in its registers. */
static uint64_t detect(void) { return SMALTI_FEATURE_NEON; }
static bool permit_amx(void) { return false; }

#else

static uint64_t detect(void) { return 0; }
static bool permit_amx(void) { return false; }

#endif

uint64_t smalti_features_of_level(const char *name) {
  static const struct {
    const char *name;
    uint64_t features;
  } levels[] = {
      {"x86-64-v3", SMALTI_FEATURE_X86_64_V3},
      {"x86-64-v4", SMALTI_FEATURE_X86_64_V3 | SMALTI_FEATURE_X86_64_V4},
      {"aarch64", SMALTI_FEATURE_NEON},
  };
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
    if (strcmp(levels[i].name, name) == 0) return levels[i].features;
  }
  return 0;
}

/* What the variable SMALTI_LEVEL leaves of `features`: those of the level it names, so that a
 * better machine can show what a lesser one would do. */
static uint64_t limited(uint64_t features) {
  const char *level = getenv(SMALTI_LEVEL_VARIABLE);
  return level && *level ? features & smalti_features_of_level(level) : features;
}

uint64_t smalti_features(void) {
  /* Two threads may both detect; they store the same number. */
  static _Atomic uint64_t known;
  const uint64_t detected = BIT(63);
  uint64_t features = atomic_load_explicit(&known, memory_order_relaxed);
  if (!features) {
    features = limited(detect()) | detected;
    atomic_store_explicit(&known, features, memory_order_relaxed);
  }
  return features & ~detected;
}

int32_t smalti_require_features(uint64_t required) {
  if (!has(smalti_features(), required)) return SMALTI_NO_FEATURES;
  if ((required & SMALTI_FEATURE_AMX_BF16) && !permit_amx()) return SMALTI_NO_FEATURES;
  return SMALTI_OK;
}
