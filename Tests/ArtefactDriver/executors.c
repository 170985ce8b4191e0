/* Executors of a host's own: unusual ones that are right, and those that break their promises. */
#define _GNU_SOURCE
#include "driver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void parallel_for(void *context, int64_t count, smalti_task task, void *argument);

/* -- Right ones -------------------------------------------------------------------------------- */

static void run_backwards(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = count; index-- > 0;) task(argument, index, 0);
}

static void run_around(void *context, int64_t count, smalti_task task, void *argument) {
  const smalti_executor *own = context;
  for (int64_t index = 0; index < count; index++) {
    task(argument, index, own->worker_count - 1 - (uint32_t)(index % own->worker_count));
  }
}

/* A thread with a part of the tasks. */
typedef struct part {
  pthread_t thread;
  smalti_task task;
  void *argument;
  int64_t first, end, stride;
  uint32_t worker;
} part;

static void *run_part(void *argument) {
  const part *own = argument;
  for (int64_t index = own->first; index < own->end; index += own->stride) {
    own->task(own->argument, index, own->worker);
  }
  return NULL;
}

static void start(part *part) {
  if (pthread_create(&part->thread, NULL, run_part, part) != 0) exit(2);
}

/* New threads for every phase, none of which is the caller's. */
static void run_threads(void *context, int64_t count, smalti_task task, void *argument) {
  enum { LIMIT = 5 };
  const smalti_executor *own = context;
  const int64_t workers = own->worker_count < LIMIT ? own->worker_count : LIMIT;
  part parts[LIMIT];
  for (int64_t i = 0; i < workers; i++) {
    parts[i] = (part){0, task, argument, i, count, workers, (uint32_t)i};
    start(&parts[i]);
  }
  for (int64_t i = 0; i < workers; i++) pthread_join(parts[i].thread, NULL);
}

static void check_right(
    const target *target, const char *name, parallel_for *function, uint32_t workers) {
  begin("%s: %s", target->name, name);
  smalti_executor executor = {function, &executor, workers};
  setting setting = make_setting(target, AT_END, workers);
  reset(&setting);
  setting.call.executor = &executor;
  expect_right(&setting, "a run");
  finish();
  free_setting(&setting);
}

static void check_pool(const target *target, uint32_t threads) {
  begin("%s: on a pool of %u threads", target->name, threads);
  smalti_pool *pool = target->model->pool_create(threads);
  if (expect(pool, "there is no pool")) {
    setting setting = make_setting(target, AT_END, threads);
    for (int round = 0; round < 3; round++) {
      reset(&setting);
      setting.call.executor = target->model->pool_executor(pool);
      expect_right(&setting, "a run");
    }
    free_setting(&setting);
  }
  target->model->pool_free(pool);
  finish();
}

/* -- Wrong ones -------------------------------------------------------------------------------- */

static void run_twice(void *context, int64_t count, smalti_task task, void *argument) {
  for (int64_t index = 0; index < count; index++) task(argument, index, 0);
  (void)context;
  task(argument, 0, 0);
}

static void run_never(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context, (void)count, (void)task, (void)argument;
}

/* Returns before the last task has run. */
static void run_early(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index + 1 < count; index++) task(argument, index, 0);
}

static void run_beyond(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index <= count; index++) task(argument, index, 0);
}

static void run_before(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = -1; index < count; index++) task(argument, index, 0);
}

static void run_far(void *context, int64_t count, smalti_task task, void *argument) {
  run_backwards(context, count, task, argument);
  task(argument, INT64_MIN, 0);
}

static void run_foreign(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index < count; index++) task(argument, index, 1);
}

static void run_unknown(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index < count; index++) task(argument, index, UINT32_MAX);
}

static void check_wrong(
    setting *setting, const char *name, parallel_for *function, int32_t expected) {
  const target *target = setting->target;
  begin("%s: %s", target->name, name);
  const smalti_executor executor = {function, NULL, 1};
  setting->call.executor = &executor;
  const int32_t status = run(setting);
  expect(
      status == expected, "status %d (%s), not %d: %.300s", status,
      target->model->status_text(status), expected, setting->error);
  expect(setting->error[0] != '\0' && setting->error[0] != 'x', "there is no sentence");
  expect(has_margins(&setting->workspace), "it writes beside the workspace");
  reset(setting);
  expect_right(setting, "the next run in the same memory");
  finish();
}

/* -- Two tasks with one worker at once --------------------------------------------------------- */

/* A thread begins a task while inputs and outputs cannot be touched. It faults inside the kernel,
 * and is held there until this one has asked for another task with the same worker. So the two
 * meet for certain, on any machine. */
static struct {
  setting *setting;
  int held[2], go_on[2]; /* pipes */
  _Atomic bool is_waiting; /* for a fault */
  bool has_met;
} trap;

static void protect_all(int inputs, int outputs) {
  for (uint64_t i = 0; i < trap.setting->inputs.count; i++) {
    protect(&trap.setting->inputs.memory[i], inputs);
  }
  for (uint64_t i = 0; i < trap.setting->outputs.count; i++) {
    protect(&trap.setting->outputs.memory[i], outputs);
  }
}

bool handle_fault(void *address) {
  (void)address;
  if (!atomic_exchange(&trap.is_waiting, false)) return false;
  char byte = 'f';
  return write(trap.held[1], &byte, 1) == 1 && read(trap.go_on[0], &byte, 1) == 1;
}

static void *run_trapped(void *argument) {
  run_part(argument);
  const char byte = 'd';
  if (atomic_load(&trap.is_waiting) && write(trap.held[1], &byte, 1) != 1) exit(2);
  return NULL;
}

static void run_trap(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  int64_t done = 0;
  if (count > 1 && !trap.has_met) {
    part first = {0, task, argument, 0, 1, 1, 0};
    atomic_store(&trap.is_waiting, true);
    protect_all(PROT_NONE, PROT_NONE);
    if (pthread_create(&first.thread, NULL, run_trapped, &first) != 0) exit(2);
    char byte = 0;
    if (read(trap.held[0], &byte, 1) != 1) exit(2);
    trap.has_met = byte == 'f';
    done = 1;
    if (trap.has_met) task(argument, done++, 0);
    protect_all(PROT_READ, PROT_READ | PROT_WRITE);
    if (trap.has_met && write(trap.go_on[1], &byte, 1) != 1) exit(2);
    pthread_join(first.thread, NULL);
    atomic_store(&trap.is_waiting, false);
  }
  for (; done < count; done++) task(argument, done, 0);
}

static void check_busy_worker(setting *setting) {
  const target *target = setting->target;
  trap.setting = setting;
  trap.has_met = false;
  if (pipe(trap.held) != 0 || pipe(trap.go_on) != 0) exit(2);
  begin("%s: two tasks with one worker at once", target->name);
  const smalti_executor executor = {run_trap, NULL, 1};
  setting->call.executor = &executor;
  const int32_t status = run(setting);
  if (trap.has_met) {
    expect(status == SMALTI_WORKER_BUSY, "status %d: %.300s", status, setting->error);
    reset(setting);
    expect_right(setting, "the next run in the same memory");
    finish();
  } else {
    expect(status == SMALTI_OK && is_right(setting), "status %d: %.300s", status, setting->error);
    skip("%s: two tasks with one worker, as no step has two that read inputs or write outputs",
         target->name);
  }
  reset(setting);
  for (int i = 0; i < 2; i++) close(trap.held[i]), close(trap.go_on[i]);
}

void check_executors(const target *target) {
  check_right(target, "tasks from the last to the first", run_backwards, 1);
  check_right(target, "five workers in turn", run_around, 5);
  check_right(target, "300 workers in turn", run_around, 300);
  check_right(target, "new threads for every step", run_threads, 5);
  const uint32_t threads[] = {1, 2, 3, 7};
  for (int i = 0; i < 4; i++) check_pool(target, threads[i]);

  setting setting = make_setting(target, AT_END, 1);
  reset(&setting);
  check_wrong(&setting, "a task runs twice", run_twice, SMALTI_TASK_TWICE);
  check_wrong(&setting, "no task runs", run_never, SMALTI_TASK_MISSING);
  check_wrong(&setting, "the executor returns early", run_early, SMALTI_TASK_MISSING);
  check_wrong(&setting, "a task behind the last", run_beyond, SMALTI_TASK_UNKNOWN);
  check_wrong(&setting, "a task before the first", run_before, SMALTI_TASK_UNKNOWN);
  check_wrong(&setting, "a task far off", run_far, SMALTI_TASK_UNKNOWN);
  check_wrong(&setting, "a worker too many", run_foreign, SMALTI_TASK_UNKNOWN);
  check_wrong(&setting, "worker 2^32 - 1", run_unknown, SMALTI_TASK_UNKNOWN);
  check_busy_worker(&setting);
  free_setting(&setting);
}
