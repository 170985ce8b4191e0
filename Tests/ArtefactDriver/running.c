/* Right calls in every kind of memory, their progress and times, and many callers at once. */
#define _GNU_SOURCE
#include "driver.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* -- Memory ------------------------------------------------------------------------------------ */

/* Every input, output, state and the workspace at the edge of memory; inputs cannot be written. */
static void check_edges(const target *target, side side, const smalti_executor *executor) {
  begin(
      "%s: every buffer %s a page without access, %s", target->name,
      side == AT_END ? "ends at" : "begins behind", executor ? "on a pool" : "in a loop");
  setting setting = make_setting(target, side, executor ? executor->worker_count : 1);
  for (int round = 0; round < 2; round++) {
    reset(&setting);
    setting.call.executor = executor;
    /* The workspace may hold whatever another run left. */
    const smalti_buffer *workspace = &setting.workspace.buffer;
    if (round == 1) memset(workspace->pointer, 0x11, workspace->byte_count);
    expect_right(&setting, round == 0 ? "a fresh workspace" : "a used workspace");
  }
  finish();
  free_setting(&setting);
}

#if defined(__x86_64__)

/* Rounds upwards and takes small numbers for zero, as some hosts do. */
static void check_mode(const target *target) {
  begin("%s: in a thread that rounds otherwise", target->name);
  setting setting = make_setting(target, AT_END, 1);
  reset(&setting);
  const uint32_t before = __builtin_ia32_stmxcsr(), upwards = 0x1f80u | 0x4000u | 0x8040u;
  __builtin_ia32_ldmxcsr(upwards);
  const int32_t status = run(&setting);
  const uint32_t after = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before);
  expect(status == SMALTI_OK && is_right(&setting), "status %d, or other bits", status);
  expect((after & ~0x3fu) == upwards, "the thread's mode is %#x, not %#x", after, upwards);
  finish();
  free_setting(&setting);
}

#else

static void check_mode(const target *target) {
  skip("%s: in a thread that rounds otherwise, on this processor", target->name);
}

#endif

void check_memory(const target *target) {
  smalti_pool *pool = target->model->pool_create(3);
  const smalti_executor *executor = target->model->pool_executor(pool);
  for (int i = 0; i < 4; i++) {
    check_edges(target, i % 2 == 0 ? AT_END : AT_START, i < 2 ? NULL : executor);
  }
  check_mode(target);
  target->model->pool_free(pool);
}

/* -- Progress and times ------------------------------------------------------------------------ */

/* What the progress callback was told, and when it says no. */
typedef struct watch {
  uint64_t next, count, end;
  pthread_t thread;
  bool is_in_order;
} watch;

static int32_t follow(void *context, uint64_t done, uint64_t count) {
  watch *watch = context;
  watch->is_in_order = watch->is_in_order && done == watch->next++ && count == watch->count &&
                       pthread_equal(watch->thread, pthread_self());
  return done == watch->end ? -7 : 0;
}

static void check_cancelling(setting *setting, uint64_t end) {
  const target *target = setting->target;
  begin("%s: cancelled after %d of %d steps", target->name, (int)end, (int)target->step_count);
  watch watch = {0, target->step_count, end, pthread_self(), true};
  setting->call.progress = follow, setting->call.progress_context = &watch;
  const int32_t status = run(setting);
  const bool is_last = end == target->step_count;
  expect(status == (is_last ? SMALTI_OK : SMALTI_CANCELLED), "status %d", status);
  expect(watch.is_in_order && watch.next == end + 1, "it is asked in another order");
  expect(is_last || setting->error[0] != '\0', "there is no sentence");
  if (is_last) expect(is_right(setting), "other bits: the last answer is read");
  for (uint64_t i = 0; i < setting->outputs.count && end == 0; i++) {
    expect(is_clear(&setting->outputs.memory[i]), "an output is written before the first step");
  }
  reset(setting);
  expect_right(setting, "the next run in the same memory");
  finish();
}

static void check_times(setting *setting) {
  begin("%s: times of its steps", setting->target->name);
  const uint64_t count = setting->target->step_count, byte_count = count * sizeof(uint64_t);
  guarded times = make_guarded(byte_count, sizeof(uint64_t), AT_END);
  setting->call.step_nanoseconds = times.buffer.pointer;
  setting->call.step_nanosecond_count = count;
  expect_right(setting, "a run that takes them");
  expect(has_margins(&times), "it writes beside them");
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t time = ((const uint64_t *)times.buffer.pointer)[i];
    expect(time < UINT64_C(3600000000000), "step %d has no time", (int)i);
    sum += time;
  }
  expect(sum > 0, "they are all 0");
  finish();
  free_guarded(&times);
}

void check_progress(const target *target) {
  setting setting = make_setting(target, AT_END, 1);
  reset(&setting);
  for (uint64_t end = 0; end <= target->step_count; end++) check_cancelling(&setting, end);
  check_times(&setting);
  free_setting(&setting);
}

/* -- Callers ----------------------------------------------------------------------------------- */

enum { CALLERS = 8, RUNS = 3 };

typedef struct caller {
  pthread_t thread;
  const target *targets;
  uint64_t target_count, first;
  const smalti_executor *executor;
  int failures;
} caller;

/* Another target first in every thread, so that different ones meet. */
static void *call_all(void *argument) {
  caller *self = argument;
  for (uint64_t i = 0; i < self->target_count; i++) {
    const target *target = &self->targets[(self->first + i) % self->target_count];
    const uint32_t workers = self->executor ? self->executor->worker_count : 1;
    setting setting = make_setting(target, AT_END, workers);
    for (int round = 0; round < RUNS; round++) {
      reset(&setting);
      setting.call.executor = self->executor;
      if (run(&setting) != SMALTI_OK || !is_right(&setting)) self->failures++;
    }
    free_setting(&setting);
  }
  return NULL;
}

void check_callers(const target *targets, uint64_t count) {
  const char *const names[] = {"each in a loop", "all on one pool", "half of them on one pool"};
  const smalti_model *model = targets[0].model;
  smalti_pool *pool = model->pool_create(3);
  for (int kind = 0; kind < 3; kind++) {
    begin("%d callers at once, %s", CALLERS, names[kind]);
    caller callers[CALLERS] = {0};
    for (int i = 0; i < CALLERS; i++) {
      const bool is_pooled = kind == 1 || (kind == 2 && i % 2 == 0);
      callers[i].targets = targets, callers[i].target_count = count;
      callers[i].first = (uint64_t)i % count;
      callers[i].executor = is_pooled ? model->pool_executor(pool) : NULL;
      if (pthread_create(&callers[i].thread, NULL, call_all, &callers[i]) != 0) exit(2);
    }
    for (int i = 0; i < CALLERS; i++) {
      pthread_join(callers[i].thread, NULL);
      expect(
          callers[i].failures == 0, "%d runs of caller %d failed or have other bits",
          callers[i].failures, i);
    }
    finish();
  }
  model->pool_free(pool);
}
