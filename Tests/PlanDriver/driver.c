/* Runs compiled entry points on the C runtime, as a program without Swift does.
 *
 *     driver THREADS VALUES RESULTS
 *
 * VALUES holds, for every entry in turn, the inputs of its preparation and then those of its run;
 * RESULTS gets the outputs. THREADS 0 runs without a pool. The first thing that goes wrong ends the
 * process with exit code 1 and a line on standard error. */
#define _POSIX_C_SOURCE 200809L
#include "plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *plan, const char *reason) {
  fprintf(stderr, "%s: %s\n", plan, reason);
  exit(1);
}

/* All bits set: NaN in every floating type, so that nothing unwritten looks like a result. */
static smalti_buffer allocate(const char *plan, uint64_t byte_count) {
  void *memory = aligned_alloc(SMALTI_ALIGNMENT, (byte_count / 64 + 1) * 64);
  if (!memory) fail(plan, "out of memory");
  memset(memory, 0xff, byte_count);
  return (smalti_buffer){memory, byte_count};
}

/* A buffer for every slot, with the next bytes of `values` unless that is null. */
static smalti_buffer *allocate_all(
    const char *plan, const smalti_slot *slots, uint64_t count, FILE *values) {
  smalti_buffer *buffers = calloc(count + 1, sizeof *buffers);
  if (!buffers) fail(plan, "out of memory");
  for (uint64_t i = 0; i < count; i++) {
    buffers[i] = allocate(plan, slots[i].byte_count);
    if (values && fread(buffers[i].pointer, 1, slots[i].byte_count, values) != slots[i].byte_count)
      fail(plan, "the file of values is too short");
  }
  return buffers;
}

static void free_all(smalti_buffer *buffers, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) free(buffers[i].pointer);
  free(buffers);
}

/* Runs `plan` and returns its outputs. */
static smalti_buffer *run(
    const smalti_plan *plan, const smalti_executor *executor, const smalti_buffer *weights,
    uint64_t weight_count, FILE *values) {
  smalti_buffer *inputs = allocate_all(plan->name, plan->inputs, plan->input_count, values);
  smalti_buffer *outputs = allocate_all(plan->name, plan->outputs, plan->output_count, NULL);
  smalti_buffer *states = allocate_all(plan->name, plan->states, plan->state_count, NULL);
  const uint32_t workers = executor ? executor->worker_count : 1;
  smalti_buffer workspace = allocate(plan->name, smalti_workspace_bytes(plan, workers));
  smalti_prefer_large_pages(workspace.pointer, workspace.byte_count);
  char sentence[1024] = "";
  const smalti_call call = {
      .byte_count = sizeof call,
      .abi_version = SMALTI_ABI_VERSION,
      .inputs = inputs,
      .input_count = plan->input_count,
      .outputs = outputs,
      .output_count = plan->output_count,
      .weights = weights,
      .weight_count = weight_count,
      .states = states,
      .state_count = plan->state_count,
      .workspace = workspace,
      .executor = executor,
      .error_text = sentence,
      .error_capacity = sizeof sentence,
  };
  if (smalti_require_features(plan->required_features) != SMALTI_OK)
    fail(plan->name, smalti_status_text(SMALTI_NO_FEATURES));
  const int32_t status = smalti_execute(plan, &call);
  if (status != SMALTI_OK) fail(plan->name, sentence[0] ? sentence : smalti_status_text(status));
  free(workspace.pointer);
  free_all(states, plan->state_count);
  free_all(inputs, plan->input_count);
  return outputs;
}

int main(int argc, char **argv) {
  if (argc != 4) fail("usage", "driver THREADS VALUES RESULTS");
  const unsigned threads = (unsigned)strtoul(argv[1], NULL, 10);
  FILE *values = fopen(argv[2], "rb"), *results = fopen(argv[3], "wb");
  if (!values || !results) fail(argv[values ? 3 : 2], "cannot be opened");
  smalti_pool *pool = threads ? smalti_pool_create(threads) : NULL;
  if (threads && !pool) fail("pool", "the system gives no threads");
  const smalti_executor *executor = smalti_pool_executor(pool);
  for (uint64_t i = 0; i < entry_count; i++) {
    const smalti_plan *prepare = entries[i].prepare, *plan = entries[i].run;
    smalti_buffer *weights = run(prepare, executor, NULL, 0, values);
    smalti_buffer *outputs = run(plan, executor, weights, prepare->output_count, values);
    for (uint64_t j = 0; j < plan->output_count; j++)
      if (fwrite(outputs[j].pointer, 1, outputs[j].byte_count, results) != outputs[j].byte_count)
        fail(argv[3], "cannot be written");
    free_all(outputs, plan->output_count);
    free_all(weights, prepare->output_count);
  }
  if (fgetc(values) != EOF) fail(argv[2], "has more values than the entries take");
  if (fclose(results) != 0) fail(argv[3], "cannot be written");
  fclose(values);
  smalti_pool_free(pool);
  return 0;
}
