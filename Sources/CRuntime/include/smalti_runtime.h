/* The runtime: what runs a compiled network, behind the boundary of smalti_abi.h.
 *
 * Reasons for what is fixed here: docs/decisions/0003-runtime-abi.md. */
#ifndef SMALTI_RUNTIME_H
#define SMALTI_RUNTIME_H

#include "smalti_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One sentence about `status`, never null. The sentence of a call names the values as well. */
const char *smalti_status_text(int32_t status);

/* -- The pool ---------------------------------------------------------------------------------- */

/* A pool of `threads` workers, the calling thread of each phase being one of them; 0 means
 * smalti_allowed_processors(). Null, with errno set, when there are more than 1024 or the system
 * gives no more threads or memory. The threads block all signals. */
smalti_pool *smalti_pool_create(uint32_t threads);

/* Ends the threads and frees the pool. Null is ignored. No run may be under way. */
void smalti_pool_free(smalti_pool *pool);

/* The pool as an executor, valid until the pool is freed. Callers in several threads take turns
 * phase by phase; a task that runs a phase on its own pool runs it by itself, as a loop. */
const smalti_executor *smalti_pool_executor(const smalti_pool *pool);

/* How many threads this process can keep busy, at least 1: the smaller of the processors of the
 * calling thread's affinity and the quota of its cgroups. */
uint32_t smalti_allowed_processors(void);

/* The quota of this process's cgroups (v1 and v2, every ancestor) in processors, rounded up; 0
 * without a quota. `root` stands before /proc and /sys: "" for this machine, a folder in tests. */
uint32_t smalti_quota_processors(const char *root);

/* -- Features ---------------------------------------------------------------------------------- */

/* What a processor and its kernel offer. Each level contains the ones before it, except that BF16
 * and AMX stand side by side. Plain numbers, which Swift can import. Source: x86-64 psABI, section
 * 3.1.1; Intel SDM volume 1, chapter 18. */
#define SMALTI_FEATURE_X86_64_V3 0x001ull
#define SMALTI_FEATURE_X86_64_V4 0x002ull
#define SMALTI_FEATURE_AVX512_BF16 0x004ull
#define SMALTI_FEATURE_AMX_BF16 0x008ull
#define SMALTI_FEATURE_NEON 0x100ull

/* The features of this machine, read once; of them those of the level that the environment variable
 * SMALTI_LEVEL names, if there is one: a level that is none leaves nothing. */
uint64_t smalti_features(void);
#define SMALTI_LEVEL_VARIABLE "SMALTI_LEVEL"

/* All features of a level, as `x86-64-v4`; 0 for a name that is none. */
uint64_t smalti_features_of_level(const char *name);

/* SMALTI_OK when this machine has all of `required`, else SMALTI_NO_FEATURES. If AMX is among
 * them, asks the kernel for this process's permission to use it; asking again costs one system
 * call. */
int32_t smalti_require_features(uint64_t required);

/* -- Plans: constant tables that the compiler writes ------------------------------------------- */

/* One task of a step. `buffers` are the step's bindings in their order, `arguments` the step's
 * constant bytes, `scratch` memory of this worker alone, with contents left by other tasks. */
typedef void (*smalti_kernel)(
    void *const *buffers, const void *arguments, int64_t task, void *scratch);

/* Where a binding points. */
typedef enum smalti_space {
  SMALTI_SPACE_INPUT = 0,
  SMALTI_SPACE_OUTPUT = 1,
  SMALTI_SPACE_WEIGHT = 2,
  SMALTI_SPACE_STATE = 3,
  SMALTI_SPACE_CONSTANT = 4,
  SMALTI_SPACE_ARENA = 5
} smalti_space;

/* `offset` bytes into buffer `index` of `space`; the arena is a single buffer, of index 0. */
typedef struct smalti_binding {
  uint32_t space;
  uint32_t index;
  uint64_t offset;
} smalti_binding;

/* One phase: `kernel` for every task in 0..<task_count, then a barrier. */
typedef struct smalti_step {
  const char *name;
  smalti_kernel kernel;
  const void *arguments;
  int64_t task_count;
  uint32_t first_binding;
  uint32_t binding_count;
} smalti_step;

/* A buffer that the caller brings: its exact size, and the power of two its address divides by. */
typedef struct smalti_slot {
  const char *name;
  uint64_t byte_count;
  uint64_t alignment;
} smalti_slot;

/* Bytes that belong to the plan, aligned to SMALTI_ALIGNMENT. */
typedef struct smalti_constant {
  const void *pointer;
  uint64_t byte_count;
} smalti_constant;

/* Everything that a run needs to know. */
typedef struct smalti_plan {
  uint32_t byte_count; /* sizeof(smalti_plan) where the plan was compiled */
  uint32_t abi_version;
  const char *name;
  uint64_t required_features;
  const smalti_step *steps;
  uint64_t step_count;
  const smalti_binding *bindings;
  uint64_t binding_count;
  const smalti_slot *inputs;
  uint64_t input_count;
  const smalti_slot *outputs;
  uint64_t output_count;
  const smalti_slot *weights;
  uint64_t weight_count;
  const smalti_slot *states;
  uint64_t state_count;
  const smalti_constant *constants;
  uint64_t constant_count;
  uint64_t arena_byte_count;
  uint64_t scratch_byte_count; /* per worker */
} smalti_plan;

/* -- Runs -------------------------------------------------------------------------------------- */

/* Bytes of workspace for a run of `plan` with `workers` workers (0 counts as 1): arena, scratch and
 * the runtime's own tables. UINT64_MAX, which no workspace reaches, for a null plan or sizes beyond
 * 64 bits. */
uint64_t smalti_workspace_bytes(const smalti_plan *plan, uint32_t workers);

/* Runs `plan` once. Checks everything that can be checked before it writes a byte outside the error
 * text; after SMALTI_OK all outputs are written, after an executor's mistake their contents are
 * undefined. Tasks run with default rounding and with subnormal numbers, whatever the thread's
 * mode. */
int32_t smalti_execute(const smalti_plan *plan, const smalti_call *call);

/* Memory of at least this many bytes is worth large pages. */
#define SMALTI_LARGE_PAGE_BYTES (2u << 20)

/* Asks the system to back memory with large pages where it has them; never fails. With small ones
 * neighbouring pages lie anywhere, and some crowd into the same sets of a cache that is indexed by
 * physical addresses. Seen: 1.5 % of the time of SIMONe's decode on a Zen 4 with 1 MiB of L2. */
void smalti_prefer_large_pages(void *memory, uint64_t byte_count);

/* Has the C library return to the system what was freed: a compiler's heap, before a workspace is
 * allocated beside it. */
void smalti_give_back_memory(void);

#ifdef __cplusplus
}
#endif

#endif
