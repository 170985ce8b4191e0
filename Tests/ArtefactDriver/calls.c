/* What bad calls get: the status that the header promises, a sentence, and no byte written. */
#define _GNU_SOURCE
#include "driver.h"

#include <stdio.h>
#include <string.h>

/* -- The structure ----------------------------------------------------------------------------- */

static int32_t cancel(void *context, uint64_t done, uint64_t count) {
  (void)context, (void)done, (void)count;
  return 1;
}

static void check_versions(setting *setting) {
  smalti_call *call = &setting->call;
  begin("%s: no call", setting->target->name);
  expect(setting->target->entry->run(NULL) == SMALTI_NULL_ARGUMENT, "it is not refused");
  finish();
  const uint32_t shortest = offsetof(smalti_call, progress);
  const uint32_t lengths[] = {0, 8, shortest - 1};
  for (int i = 0; i < 3; i++) {
    call->byte_count = lengths[i];
    refuse(setting, SMALTI_WRONG_VERSION, "a call of %u bytes", lengths[i]);
  }
  const uint32_t versions[] = {0, SMALTI_ABI_VERSION + 1, UINT32_MAX};
  for (int i = 0; i < 3; i++) {
    call->abi_version = versions[i];
    refuse(setting, SMALTI_WRONG_VERSION, "a call of ABI version %u", versions[i]);
  }

  begin("%s: a call without what was added later", setting->target->name);
  call->byte_count = shortest;
  call->progress = cancel;
  expect_right(setting, "its progress is not there");
  finish();

  begin("%s: a longer call, of a later header", setting->target->name);
  struct {
    smalti_call call;
    char more[4096];
  } later;
  memset(&later, UNWRITTEN, sizeof later);
  later.call = *call;
  later.call.byte_count = sizeof later;
  const int32_t status = setting->target->entry->run(&later.call);
  expect(status == SMALTI_OK && is_right(setting), "status %d: %.300s", status, setting->error);
  finish();
  reset(setting);
}

static void check_counts(setting *setting) {
  smalti_call *call = &setting->call;
  const struct {
    const char *kind;
    uint64_t *count;
  } kinds[] = {
      {"input", &call->input_count},
      {"output", &call->output_count},
      {"state", &call->state_count},
  };
  for (int i = 0; i < 3; i++) {
    ++*kinds[i].count;
    refuse(setting, SMALTI_WRONG_COUNT, "one %s more", kinds[i].kind);
    *kinds[i].count = UINT64_MAX;
    refuse(setting, SMALTI_WRONG_COUNT, "2^64 - 1 %s buffers", kinds[i].kind);
    if (*kinds[i].count == 0) continue;
    --*kinds[i].count;
    refuse(setting, SMALTI_WRONG_COUNT, "one %s less", kinds[i].kind);
  }
  call->inputs = NULL;
  refuse(setting, SMALTI_NULL_ARGUMENT, "no array of inputs");
  call->outputs = NULL;
  refuse(setting, SMALTI_NULL_ARGUMENT, "no array of outputs");
}

/* -- Buffers ----------------------------------------------------------------------------------- */

/* Each way of spoiling one buffer; `buffer` lies in the call, `tensor` says what it should be. */
static void check_buffer(
    setting *setting, const char *kind, const smalti_tensor *tensor, smalti_buffer *buffer) {
  buffer->pointer = NULL;
  refuse(setting, SMALTI_NULL_ARGUMENT, "%s %s is null", kind, tensor->name);
  buffer->byte_count--;
  refuse(setting, SMALTI_WRONG_BYTES, "%s %s has a byte less", kind, tensor->name);
  buffer->byte_count++;
  refuse(setting, SMALTI_WRONG_BYTES, "%s %s has a byte more", kind, tensor->name);
  buffer->byte_count = 0;
  refuse(setting, SMALTI_WRONG_BYTES, "%s %s has no bytes", kind, tensor->name);
  buffer->byte_count = UINT64_MAX;
  refuse(setting, SMALTI_WRONG_BYTES, "%s %s has 2^64 - 1 bytes", kind, tensor->name);
  *buffer = (smalti_buffer){NULL, 0};
  refuse(setting, SMALTI_WRONG_BYTES, "%s %s is null and has no bytes", kind, tensor->name);
  for (uint64_t shift = 1; shift < tensor->alignment; shift *= 2) {
    buffer->pointer = (char *)buffer->pointer + shift;
    refuse(
        setting, SMALTI_MISALIGNED, "%s %s lies %d bytes off", kind, tensor->name, (int)shift);
  }
}

static void check_group(setting *setting, const char *kind, group *group) {
  for (uint64_t i = 0; i < group->count; i++) {
    if (group->tensors[i].byte_count == 0) continue;
    check_buffer(setting, kind, &group->tensors[i], &group->buffers[i]);
  }
}

static void check_workspace(setting *setting) {
  smalti_buffer *workspace = &setting->call.workspace;
  workspace->byte_count = 0;
  refuse(setting, SMALTI_SMALL_WORKSPACE, "a workspace of no bytes");
  *workspace = (smalti_buffer){NULL, 0};
  refuse(setting, SMALTI_SMALL_WORKSPACE, "no workspace");
  workspace->pointer = NULL;
  refuse(setting, SMALTI_NULL_ARGUMENT, "the workspace is null");
  for (uint64_t shift = 1; shift < SMALTI_ALIGNMENT; shift *= 2) {
    workspace->pointer = (char *)workspace->pointer + shift;
    refuse(setting, SMALTI_MISALIGNED, "the workspace lies %d bytes off", (int)shift);
  }
  workspace->byte_count--;
  if (setting->target->entry->signature_count == 1) {
    refuse(setting, SMALTI_SMALL_WORKSPACE, "a workspace with a byte less");
  } else {
    /* It is enough for the signature that needs the most, so others may do with less. */
    begin("%s: a workspace with a byte less", setting->target->name);
    const int32_t status = run(setting);
    expect(
        status == SMALTI_OK ? is_right(setting)
                            : status == SMALTI_SMALL_WORKSPACE && is_untouched(setting),
        "status %d", status);
    finish();
    reset(setting);
  }
}

static void check_weights(setting *setting) {
  const smalti_model *model = setting->target->model;
  smalti_call *call = &setting->call;
  if (!setting->target->reads_weights) {
    skip("%s: weights, which it does not read", setting->target->name);
    return;
  }
  if (model->weights.pointer) {
    skip("%s: no weights, which lie in the file", setting->target->name);
  } else {
    call->weights = NULL, call->weight_count = 0;
    refuse(setting, SMALTI_NO_WEIGHTS, "no weights, neither in the file nor in the call");
  }
  const smalti_buffer right = call->weights ? *call->weights : model->weights;
  const struct {
    const char *what;
    smalti_buffer buffer;
    int32_t status;
  } cases[] = {
      {"weights are null", {NULL, right.byte_count}, SMALTI_NULL_ARGUMENT},
      {"weights have a byte less", {right.pointer, right.byte_count - 1}, SMALTI_WRONG_BYTES},
      {"weights have a byte more", {right.pointer, right.byte_count + 1}, SMALTI_WRONG_BYTES},
      {"weights lie 32 bytes off", {(char *)right.pointer + 32, right.byte_count},
       SMALTI_MISALIGNED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    call->weights = &cases[i].buffer, call->weight_count = 1;
    refuse(setting, cases[i].status, "%s", cases[i].what);
  }
  const smalti_buffer two[] = {right, right};
  call->weights = two, call->weight_count = 2;
  refuse(setting, SMALTI_WRONG_COUNT, "weights in two buffers");
  call->weights = NULL, call->weight_count = 1;
  refuse(setting, SMALTI_NULL_ARGUMENT, "no array of weights");
}

/* -- The rest of a call ------------------------------------------------------------------------ */

static void run_nothing(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context, (void)count, (void)task, (void)argument;
}

static void check_executor_words(setting *setting) {
  const smalti_executor without_function = {NULL, NULL, 1};
  const smalti_executor without_workers = {run_nothing, NULL, 0};
  const smalti_executor with_two = {run_nothing, NULL, 2};
  const smalti_executor with_all = {run_nothing, NULL, UINT32_MAX};
  setting->call.executor = &without_function;
  refuse(setting, SMALTI_BAD_EXECUTOR, "an executor without a function");
  setting->call.executor = &without_workers;
  refuse(setting, SMALTI_BAD_EXECUTOR, "an executor without workers");
  /* A workspace for one worker of the largest signature may be one for several of a smaller. */
  if (setting->target->entry->signature_count == 1) {
    setting->call.executor = &with_two;
    refuse(setting, SMALTI_SMALL_WORKSPACE, "two workers in a workspace for one");
  }
  setting->call.executor = &with_all;
  refuse(setting, SMALTI_SMALL_WORKSPACE, "2^32 - 1 workers in a workspace for one");
}

static void check_times(setting *setting) {
  uint64_t time = 0;
  setting->call.step_nanoseconds = &time;
  setting->call.step_nanosecond_count = setting->target->step_count - 1;
  refuse(setting, SMALTI_SHORT_TIMES, "room for one step time too few");
}

/* The sentence of a refusal, in room that ends where memory does. */
static void check_error_text(setting *setting, uint64_t capacity, const char *whole) {
  begin("%s: room for %d bytes of a sentence", setting->target->name, (int)capacity);
  guarded text = make_guarded(capacity, 1, AT_END);
  setting->call.error_text = text.buffer.pointer;
  setting->call.error_capacity = capacity;
  setting->call.abi_version = 0;
  const int32_t status = run(setting);
  expect(status == SMALTI_WRONG_VERSION, "status %d", status);
  expect(has_margins(&text), "it writes beside the room");
  const char *found = text.buffer.pointer;
  if (capacity > 0) {
    const uint64_t length = strlen(whole) < capacity ? strlen(whole) : capacity - 1;
    expect(
        strncmp(found, whole, length) == 0 && found[length] == '\0', "it is not cut to fit");
  }
  reset(setting);
  setting->call.error_text = text.buffer.pointer;
  setting->call.error_capacity = capacity;
  expect_right(setting, "a right call");
  expect(capacity == 0 || found[0] == '\0', "success leaves a sentence");
  expect(has_margins(&text), "success writes beside the room");
  finish();
  free_guarded(&text);
}

static void check_error_texts(setting *setting) {
  setting->call.abi_version = 0;
  run(setting);
  char whole[sizeof setting->error];
  memcpy(whole, setting->error, sizeof whole);
  reset(setting);
  const uint64_t capacities[] = {0, 1, 5, 4096};
  for (int i = 0; i < 4; i++) check_error_text(setting, capacities[i], whole);
  setting->call.error_text = NULL; /* and a capacity */
  setting->call.abi_version = 0;
  begin("%s: no room for a sentence", setting->target->name);
  expect(run(setting) == SMALTI_WRONG_VERSION && is_untouched(setting), "it is not refused");
  reset(setting);
  setting->call.error_text = NULL;
  expect_right(setting, "a right call");
  finish();
}

void check_bad_calls(const target *target) {
  setting setting = make_setting(target, AT_END, 1);
  reset(&setting);
  check_versions(&setting);
  check_counts(&setting);
  check_group(&setting, "input", &setting.inputs);
  check_group(&setting, "output", &setting.outputs);
  check_group(&setting, "state", &setting.states);
  check_workspace(&setting);
  check_weights(&setting);
  check_executor_words(&setting);
  check_times(&setting);
  check_error_texts(&setting);
  free_setting(&setting);
}
