/* A model made by hand, as the tables of a compiled one would describe it, for tests of the program
 * in Sources/Executable. Nothing of the runtime is needed but the checksum.
 *
 *     double  y = 2 x, for clips of one size
 *     sized   y = x + 1, for batches of 1 and of 3 clips
 *     kinds   every element type in, the same bytes out; b is bf16, t bool
 *     slow    counts to 600 steps of 5 ms, or fails, or is interrupted, as its input says
 *     large   as many bytes as LARGE_BYTES says
 *     whole   the video, the key, and more
 *
 * WEIGHTS 1 compiles it with weights that stand in a file of their own; NO_FEATURES 1 for a machine
 * that there is not. */
#define _POSIX_C_SOURCE 200809L
#include "smalti_abi.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef WEIGHTS
#define WEIGHTS 0
#endif
#ifndef NO_FEATURES
#define NO_FEATURES 0
#endif
#ifndef LARGE_BYTES
#define LARGE_BYTES 268435456
#endif

const smalti_model *smalti_this_model(void);

#define LENGTHS(...) (const uint64_t[]){__VA_ARGS__}
#define SCALAR(name, element, bytes) {name, element, NULL, 0, bytes, 64}
#define TABLE(table) table, sizeof(table) / sizeof *(table)

enum { CLIP = 1 * 3 * 4 * 4 * 3, KINDS = 13 };

static int32_t fail(const smalti_call *call, int32_t status, const char *sentence) {
  if (call->error_text) snprintf(call->error_text, call->error_capacity, "%s", sentence);
  return status;
}

/* What the runtime checks too: counts, sizes, places. */
static int32_t check_buffers(
    const smalti_call *call, const smalti_buffer *buffers, uint64_t given,
    const smalti_tensor *tensors, uint64_t count) {
  if (given != count) return fail(call, SMALTI_WRONG_COUNT, "wrong count");
  for (uint64_t i = 0; i < count; i++) {
    if (buffers[i].byte_count != tensors[i].byte_count) {
      return fail(call, SMALTI_WRONG_BYTES, "wrong bytes");
    }
    if (!buffers[i].pointer && buffers[i].byte_count > 0) {
      return fail(call, SMALTI_NULL_ARGUMENT, "null");
    }
    if ((uintptr_t)buffers[i].pointer % tensors[i].alignment) {
      return fail(call, SMALTI_MISALIGNED, "misaligned");
    }
  }
  return SMALTI_OK;
}

static int32_t check_call(const smalti_call *call, const smalti_signature *signature) {
  if (call->byte_count != sizeof *call) return SMALTI_WRONG_VERSION;
  if (call->workspace.byte_count < 4096) return fail(call, SMALTI_SMALL_WORKSPACE, "small");
  memset(call->workspace.pointer, 0xff, call->workspace.byte_count);
  if (call->weight_count != (uint64_t)WEIGHTS) return fail(call, SMALTI_NO_WEIGHTS, "weights");
  int32_t status = check_buffers(
      call, call->inputs, call->input_count, signature->inputs, signature->input_count);
  if (status == SMALTI_OK) {
    status = check_buffers(
        call, call->outputs, call->output_count, signature->outputs, signature->output_count);
  }
  if (status == SMALTI_OK) {
    status = check_buffers(
        call, call->states, call->state_count, signature->states, signature->state_count);
  }
  return status;
}

static int32_t progress(const smalti_call *call, uint64_t done, uint64_t count) {
  return call->progress ? call->progress(call->progress_context, done, count) : 0;
}

/* -- double ------------------------------------------------------------------------------------ */

static const smalti_tensor double_inputs[] = {
    {"video", "f32", LENGTHS(1, 3, 4, 4, 3), 5, 4 * CLIP, 64}};
static const smalti_tensor double_outputs[] = {
    {"y", "f32", LENGTHS(1, 3, 4, 4, 3), 5, 4 * CLIP, 64}};
static const smalti_signature double_signatures[] = {
    {"", TABLE(double_inputs), TABLE(double_outputs), NULL, 0, 2 * CLIP}};

static int32_t run_double(const smalti_call *call) {
  const int32_t status = check_call(call, double_signatures);
  if (status != SMALTI_OK) return status;
  const float *x = call->inputs[0].pointer;
  float *y = call->outputs[0].pointer;
  for (int i = 0; i < CLIP; i++) y[i] = 2 * x[i];
  return SMALTI_OK;
}

/* -- sized ------------------------------------------------------------------------------------- */

static const smalti_tensor one_inputs[] = {{"x", "f32", LENGTHS(1, 2, 2, 2, 1), 5, 32, 64}};
static const smalti_tensor one_outputs[] = {{"y", "f32", LENGTHS(1, 2, 2, 2, 1), 5, 32, 64}};
static const smalti_tensor three_inputs[] = {{"x", "f32", LENGTHS(3, 2, 2, 2, 1), 5, 96, 64}};
static const smalti_tensor three_outputs[] = {{"y", "f32", LENGTHS(3, 2, 2, 2, 1), 5, 96, 64}};
static const smalti_tensor sized_states[] = {{"count", "i32", NULL, 0, 4, 64}};
static const smalti_signature sized_signatures[] = {
    {"batch=1", TABLE(one_inputs), TABLE(one_outputs), TABLE(sized_states), 0},
    {"batch=3", TABLE(three_inputs), TABLE(three_outputs), TABLE(sized_states), 0},
};

static int32_t run_sized(const smalti_call *call) {
  const int batch = call->input_count > 0 && call->inputs[0].byte_count == 96;
  const int32_t status = check_call(call, &sized_signatures[batch]);
  if (status != SMALTI_OK) return status;
  const float *x = call->inputs[0].pointer;
  float *y = call->outputs[0].pointer;
  int32_t *count = call->states[0].pointer;
  for (uint64_t i = 0; i < call->inputs[0].byte_count / 4; i++) y[i] = x[i] + 1 + (float)*count;
  *count += 1;
  return SMALTI_OK;
}

/* -- kinds ------------------------------------------------------------------------------------- */

#define KIND(name, element, size) {name, element, LENGTHS(2, 3), 2, 6 * (size), 64}
static const smalti_tensor kinds_tensors[KINDS] = {
    KIND("d", "f64", 8),   KIND("f", "f32", 4),   KIND("h", "f16", 2),   KIND("b", "bf16", 2),
    KIND("i8", "i8", 1),   KIND("i16", "i16", 2), KIND("i32", "i32", 4), KIND("i64", "i64", 8),
    KIND("u8", "u8", 1),   KIND("u16", "u16", 2), KIND("u32", "u32", 4), KIND("u64", "u64", 8),
    KIND("t", "bool", 1),
};
static const smalti_signature kinds_signatures[] = {
    {"", TABLE(kinds_tensors), TABLE(kinds_tensors), NULL, 0, 0}};

static int32_t run_kinds(const smalti_call *call) {
  const int32_t status = check_call(call, kinds_signatures);
  if (status != SMALTI_OK) return status;
  for (int i = 0; i < KINDS; i++) {
    memcpy(call->outputs[i].pointer, call->inputs[i].pointer, call->inputs[i].byte_count);
  }
  return SMALTI_OK;
}

/* -- slow -------------------------------------------------------------------------------------- */

static const smalti_tensor slow_inputs[] = {SCALAR("mode", "i32", 4)};
static const smalti_tensor slow_outputs[] = {SCALAR("done", "i32", 4)};
static const smalti_signature slow_signatures[] = {
    {"", TABLE(slow_inputs), TABLE(slow_outputs), NULL, 0, 1000}};

static int32_t run_slow(const smalti_call *call) {
  enum { STEPS = 600 };
  const int32_t status = check_call(call, slow_signatures);
  if (status != SMALTI_OK) return status;
  const int32_t mode = *(const int32_t *)call->inputs[0].pointer;
  if (mode == 1) return fail(call, SMALTI_TASK_TWICE, "task 3 of step 'made up' ran twice");
  if (mode == 2) return SMALTI_BAD_PLAN;
  for (uint64_t step = 0; step < STEPS && mode == 0; step++) {
    if (progress(call, step, STEPS)) return fail(call, SMALTI_CANCELLED, "cancelled");
    const struct timespec pause = {0, 5000000};
    nanosleep(&pause, NULL);
  }
  (void)progress(call, STEPS, STEPS);
  /* As if Ctrl-C came after the last question. */
  if (mode == 3) raise(SIGINT);
  *(int32_t *)call->outputs[0].pointer = mode;
  return SMALTI_OK;
}

/* -- large ------------------------------------------------------------------------------------- */

static const smalti_tensor large_outputs[] = {
    {"bytes", "u8", LENGTHS(LARGE_BYTES), 1, LARGE_BYTES, 64},
    {"after", "u8", LENGTHS(4), 1, 4, 64},
};
static const smalti_tensor large_inputs[] = {{"last", "u8", LENGTHS(1), 1, 1, 64}};
static const smalti_signature large_signatures[] = {
    {"", TABLE(large_inputs), TABLE(large_outputs), NULL, 0, 0}};

static int32_t run_large(const smalti_call *call) {
  const int32_t status = check_call(call, large_signatures);
  if (status != SMALTI_OK) return status;
  uint8_t *bytes = call->outputs[0].pointer;
  memset(bytes, 7, LARGE_BYTES);
  memcpy(bytes + (uint64_t)LARGE_BYTES - 1, call->inputs[0].pointer, 1);
  memcpy(call->outputs[1].pointer, "abcd", 4);
  return SMALTI_OK;
}

/* -- whole ------------------------------------------------------------------------------------- */

static const smalti_tensor whole_inputs[] = {
    {"video", "f32", LENGTHS(1, 3, 4, 4, 3), 5, 4 * CLIP, 64}, SCALAR("key", "u64", 8)};
static const smalti_tensor whole_outputs[] = {
    {"reconstruction", "f32", LENGTHS(1, 3, 4, 4, 3), 5, 4 * CLIP, 64},
    SCALAR("key_seen", "u64", 8),
    {"weights", "f64", LENGTHS(2), 1, 16, 64},
    {"empty", "f32", LENGTHS(0, 4), 2, 0, 64},
};
static const smalti_signature whole_signatures[] = {
    {"", TABLE(whole_inputs), TABLE(whole_outputs), NULL, 0, 123456789}};

static int32_t run_whole(const smalti_call *call) {
  const int32_t status = check_call(call, whole_signatures);
  if (status != SMALTI_OK) return status;
  memcpy(call->outputs[0].pointer, call->inputs[0].pointer, 4 * CLIP);
  memcpy(call->outputs[1].pointer, call->inputs[1].pointer, 8);
  const double weights[2] = {0.25, (double)NAN};
  memcpy(call->outputs[2].pointer, weights, sizeof weights);
  return SMALTI_OK;
}

/* -- The model --------------------------------------------------------------------------------- */

static uint64_t workspace_bytes(uint32_t workers) { return 4096 * (uint64_t)workers; }

static const smalti_entry entries[] = {
    {"double", run_double, workspace_bytes, TABLE(double_signatures)},
    {"sized", run_sized, workspace_bytes, TABLE(sized_signatures)},
    {"kinds", run_kinds, workspace_bytes, TABLE(kinds_signatures)},
    {"whole", run_whole, workspace_bytes, TABLE(whole_signatures)},
    {"slow", run_slow, workspace_bytes, TABLE(slow_signatures)},
    {"large", run_large, workspace_bytes, TABLE(large_signatures)},
};

struct smalti_pool {
  smalti_executor executor;
};

static void loop(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t i = 0; i < count; i++) task(argument, i, 0);
}

static smalti_pool *pool_create(uint32_t threads) {
  if (threads == 1000) return NULL;
  smalti_pool *pool = malloc(sizeof *pool);
  if (pool) pool->executor = (smalti_executor){loop, NULL, threads == 0 ? 2 : threads};
  return pool;
}

static void pool_free(smalti_pool *pool) { free(pool); }

static const smalti_executor *pool_executor(const smalti_pool *pool) { return &pool->executor; }

static uint32_t allowed_processors(void) { return 2; }

static int32_t check(char *text, uint64_t capacity) {
  if (!NO_FEATURES) return SMALTI_OK;
  snprintf(text, capacity, "this machine has none of the features that the model needs");
  return SMALTI_NO_FEATURES;
}

static const char *level(void) { return "handmade"; }

static int32_t open_weights(
    const char *path, smalti_buffer *weights, char *text, uint64_t capacity) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    snprintf(text, capacity, "cannot open %s", path);
    return SMALTI_UNREADABLE;
  }
  fclose(file);
  *weights = (smalti_buffer){malloc(64), 64};
  return SMALTI_OK;
}

static void close_weights(smalti_buffer *weights) {
  free(weights->pointer);
  *weights = (smalti_buffer){NULL, 0};
}

static const char *status_text(int32_t status) {
  return status == SMALTI_BAD_PLAN ? "the plan points outside its own tables" : "unknown status";
}

const smalti_model *smalti_this_model(void) {
  static const smalti_model model = {
      .byte_count = sizeof model,
      .abi_version = SMALTI_ABI_VERSION,
      .name = "handmade",
      .description = "{}",
      .version = "0.1.0",
      .entries = entries,
      .entry_count = sizeof entries / sizeof *entries,
      .prepared_byte_count = WEIGHTS ? 64 : 0,
      .check = check,
      .level = level,
      .open_weights = open_weights,
      .close_weights = close_weights,
      .pool_create = pool_create,
      .pool_free = pool_free,
      .pool_executor = pool_executor,
      .allowed_processors = allowed_processors,
      .status_text = status_text,
  };
  return &model;
}
