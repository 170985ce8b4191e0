/* What a compiled model and the program that calls it agree on.
 *
 * The caller owns all memory and all threads: nothing allocates during a run, prints, or touches
 * signals. Every function may be called from several threads at once; two runs at the same time need
 * two workspaces. Structures that start with `byte_count` grow only at their end, so that an older
 * program meets a newer model without harm.
 *
 * This text stands in the header of every compiled model; several may be included side by side. */
#ifndef SMALTI_ABI_H
#define SMALTI_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of every structure in this file. */
#define SMALTI_ABI_VERSION 1u

/* Bytes to which workspace, prepared weights and states are aligned: one cache line, which is also
 * one AVX-512 register and one row of an AMX tile. */
#define SMALTI_ALIGNMENT 64u

/* -- Outcomes ---------------------------------------------------------------------------------- */

/* What a call returns. Numbers never change their meaning. */
typedef enum smalti_status {
  SMALTI_OK = 0,
  SMALTI_NULL_ARGUMENT = 1,  /* a pointer that must not be null is null */
  SMALTI_WRONG_VERSION = 2,  /* a structure of another version, or shorter than version 1 */
  SMALTI_WRONG_COUNT = 3,    /* more or fewer buffers than the plan has */
  SMALTI_WRONG_BYTES = 4,    /* a buffer of another size than the plan's */
  SMALTI_MISALIGNED = 5,     /* a pointer that is no multiple of the plan's alignment */
  SMALTI_OVERLAP = 6,        /* a buffer that is written shares bytes with another one */
  SMALTI_SMALL_WORKSPACE = 7, /* less than smalti_workspace_bytes asks for */
  SMALTI_BAD_EXECUTOR = 8,   /* an executor without a function, or without workers */
  SMALTI_TASK_TWICE = 9,     /* the executor ran a task more than once */
  SMALTI_TASK_MISSING = 10,  /* the executor returned before a task had run */
  SMALTI_TASK_UNKNOWN = 11,  /* the executor named a task or a worker that does not exist */
  SMALTI_WORKER_BUSY = 12,   /* the executor gave one worker two tasks at the same time */
  SMALTI_NO_FEATURES = 13,   /* this processor or kernel lacks what the plan was compiled for */
  SMALTI_BAD_PLAN = 14,      /* a plan that points outside itself */
  SMALTI_SHORT_TIMES = 15,   /* room for fewer step times than the plan has steps */
  SMALTI_CANCELLED = 16,     /* the progress callback asked for the end */
  SMALTI_NO_WEIGHTS = 17,    /* the file has no weights, and the call brings none */
  SMALTI_WRONG_WEIGHTS = 18, /* a weights file of another model, version or layout */
  SMALTI_DAMAGED_WEIGHTS = 19, /* weights that are cut off or whose checksum is wrong */
  SMALTI_UNREADABLE = 20     /* a file that cannot be opened or mapped */
} smalti_status;

/* -- Executors --------------------------------------------------------------------------------- */

/* One task of a phase: `index` in 0..<count, `worker` in 0..<worker_count. */
typedef void (*smalti_task)(void *argument, int64_t index, uint32_t worker);

/* Who runs the tasks. `parallel_for` calls `task` once for every index in 0..<count, in any order
 * and on any threads, and returns when all of them have returned: its return is the barrier. Two
 * tasks that run at the same time have different workers. Tasks never wait for each other, so a
 * plain loop with worker 0 is legal. */
typedef struct smalti_executor {
  void (*parallel_for)(void *context, int64_t count, smalti_task task, void *argument);
  void *context;
  uint32_t worker_count;
} smalti_executor;

/* The default executor: threads that the caller creates and frees. */
typedef struct smalti_pool smalti_pool;

/* -- Calls ------------------------------------------------------------------------------------- */

/* Memory of the caller. `byte_count` is the exact size, for a workspace at least that. The pointer
 * may be null only when `byte_count` is 0. */
typedef struct smalti_buffer {
  void *pointer;
  uint64_t byte_count;
} smalti_buffer;

/* Called in the thread of the run before each step, with how many are done, and after the last with
 * `done` equal to `count`. Any answer but 0 ends the run with SMALTI_CANCELLED; the last answer is
 * not read. */
typedef int32_t (*smalti_progress)(void *context, uint64_t done, uint64_t count);

/* One run. Inputs and weights are only read; outputs are only written; states are read and
 * replaced. Outputs, states and workspace share no byte with any other buffer. */
typedef struct smalti_call {
  uint32_t byte_count; /* sizeof(smalti_call) where the caller was compiled */
  uint32_t abi_version;
  const smalti_buffer *inputs;
  uint64_t input_count;
  const smalti_buffer *outputs;
  uint64_t output_count;
  const smalti_buffer *weights; /* prepared; none where the file's own are meant */
  uint64_t weight_count;
  const smalti_buffer *states;
  uint64_t state_count;
  smalti_buffer workspace;
  const smalti_executor *executor; /* null: a loop on the calling thread */
  char *error_text;                /* null, or room for the sentence of an error */
  uint64_t error_capacity;         /* bytes at error_text; the sentence is cut to fit */
  uint64_t *step_nanoseconds;      /* null, or one number per step */
  uint64_t step_nanosecond_count;
  smalti_progress progress;        /* null, or asked between phases */
  void *progress_context;
} smalti_call;

/* A call of this version in which everything else is 0. */
static inline smalti_call smalti_new_call(void) {
#ifdef __cplusplus
  smalti_call call = {};
#else
  smalti_call call = {0};
#endif
  call.byte_count = sizeof(smalti_call);
  call.abi_version = SMALTI_ABI_VERSION;
  return call;
}

/* -- What a model is --------------------------------------------------------------------------- */

/* An array that goes in or comes out, row-major. */
typedef struct smalti_tensor {
  const char *name;
  const char *element; /* f32, f64, f16, bf16, i8 … i64, u8 … u64, bool (one byte) */
  const uint64_t *dimensions;
  uint64_t rank;
  uint64_t byte_count;
  uint64_t alignment; /* the power of two that its address divides by; at most SMALTI_ALIGNMENT */
} smalti_tensor;

/* An entry point for inputs of one size. All signatures of an entry point have the same names in the
 * same order. States begin as zeros. */
typedef struct smalti_signature {
  const char *specialisation; /* `batch=8`, or empty where there is one signature */
  const smalti_tensor *inputs;
  uint64_t input_count;
  const smalti_tensor *outputs;
  uint64_t output_count;
  const smalti_tensor *states;
  uint64_t state_count;
  uint64_t flops; /* of a run, a multiply-add being two */
} smalti_signature;

/* A function of the model. Which signature a call means follows from the sizes of its inputs. */
typedef struct smalti_entry {
  const char *name;
  int32_t (*run)(const smalti_call *call);
  /* Enough for every signature. */
  uint64_t (*workspace_bytes)(uint32_t workers);
  const smalti_signature *signatures;
  uint64_t signature_count;
} smalti_entry;

/* All that a compiled model offers, for programs that learn of it when they run. */
typedef struct smalti_model {
  uint32_t byte_count; /* sizeof(smalti_model) where the model was compiled */
  uint32_t abi_version;
  const char *name;        /* what its functions begin with */
  const char *description; /* the same and more as JSON */
  const char *version;     /* of the compiler, as "0.1.0" */
  const smalti_entry *entries;
  uint64_t entry_count;
  const smalti_tensor *parameters; /* raw weights in the order in which `prepare` reads them */
  uint64_t parameter_count;
  smalti_buffer weights; /* prepared, inside the file; null when there are none */
  uint64_t prepared_byte_count;
  int32_t (*check)(char *error_text, uint64_t error_capacity);
  const char *(*level)(void);
  int32_t (*prepare)(const smalti_call *call);
  uint64_t (*prepare_workspace_bytes)(uint32_t workers);
  int32_t (*open_weights)(
      const char *path, smalti_buffer *weights, char *error_text, uint64_t error_capacity);
  void (*close_weights)(smalti_buffer *weights);
  int32_t (*check_weights)(char *error_text, uint64_t error_capacity);
  smalti_pool *(*pool_create)(uint32_t threads);
  void (*pool_free)(smalti_pool *pool);
  const smalti_executor *(*pool_executor)(const smalti_pool *pool);
  uint32_t (*allowed_processors)(void);
  const char *(*status_text)(int32_t status);
} smalti_model;

#ifdef __cplusplus
}
#endif

#endif
