/* One run of a plan: addresses into the workspace, then one phase per step.
 *
 * The workspace holds, each part on its own cache lines: the phase, the address of every binding,
 * a flag for every task of the longest step, for every worker a busy flag and its scratch, and the
 * arena. Nothing else is written but outputs and states. */
#define _GNU_SOURCE
#include "internal.h"
#include "arithmetic.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

/* The size of a call without what was appended to it, which is read only if it is there. */
#define CALL_BYTES (offsetof(smalti_call, step_nanosecond_count) + sizeof(uint64_t))

/* What the tasks of a step share, and the first mistake of the executor. */
typedef struct phase {
  smalti_kernel kernel;
  void *const *buffers;
  const void *arguments;
  int64_t task_count;
  uint32_t worker_count;
  _Atomic uint8_t *flags; /* one per task: 1 once it has been given to a worker */
  char *workers;          /* worker_stride bytes each: a line with the busy flag, then scratch */
  uint64_t worker_stride;
  _Atomic int32_t mistake; /* SMALTI_OK until there is one */
  int64_t mistaken_task;
  uint32_t mistaken_worker;
} phase;

/* Byte offsets in the workspace. */
typedef struct layout {
  uint64_t buffers, flags, workers, worker_stride, arena, end;
} layout;

/* Moves `*end` past `count` elements of `size` bytes, to the next line; false beyond 64 bits. */
static bool reserve(uint64_t *end, uint64_t count, uint64_t size) {
  uint64_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return false;
  if (__builtin_add_overflow(bytes, SMALTI_ALIGNMENT - 1, &bytes)) return false;
  return !__builtin_add_overflow(*end, bytes / SMALTI_ALIGNMENT * SMALTI_ALIGNMENT, end);
}

static bool lay_out(const smalti_plan *plan, uint32_t workers, layout *layout) {
  int64_t longest = 0;
  for (uint64_t i = 0; plan->steps && i < plan->step_count; i++) {
    if (plan->steps[i].task_count > longest) longest = plan->steps[i].task_count;
  }
  uint64_t stride = SMALTI_ALIGNMENT, end = 0;
  if (!reserve(&stride, plan->scratch_byte_count, 1)) return false;
  layout->worker_stride = stride;
  if (!reserve(&end, 1, sizeof(phase))) return false;
  layout->buffers = end;
  if (!reserve(&end, plan->binding_count, sizeof(void *))) return false;
  layout->flags = end;
  if (!reserve(&end, (uint64_t)longest, 1)) return false;
  layout->workers = end;
  if (!reserve(&end, workers, stride)) return false;
  layout->arena = end;
  if (!reserve(&end, plan->arena_byte_count, 1)) return false;
  layout->end = end;
  return true;
}

uint64_t smalti_workspace_bytes(const smalti_plan *plan, uint32_t workers) {
  layout layout;
  if (!plan || !lay_out(plan, workers > 0 ? workers : 1, &layout)) return UINT64_MAX;
  return layout.end;
}

static int32_t check_workspace(
    const smalti_plan *plan, const smalti_call *call, layout *layout) {
  const uint32_t workers = smalti_worker_count(call);
  if (!lay_out(plan, workers, layout)) {
    return smalti_fail(call, SMALTI_BAD_PLAN, "the plan's workspace has more than 2^64 bytes");
  }
  if (call->workspace.byte_count < layout->end) {
    return smalti_fail(
        call, SMALTI_SMALL_WORKSPACE,
        "the workspace has %" PRIu64 " bytes, %" PRIu32 " workers need %" PRIu64,
        call->workspace.byte_count, workers, layout->end);
  }
  if (!call->workspace.pointer) {
    return smalti_fail(
        call, SMALTI_NULL_ARGUMENT, "the workspace is null, %" PRIu32 " workers need %" PRIu64
        " bytes", workers, layout->end);
  }
  if ((uintptr_t)call->workspace.pointer % SMALTI_ALIGNMENT) {
    return smalti_fail(
        call, SMALTI_MISALIGNED, "the workspace lies at %p, not at a multiple of %u",
        call->workspace.pointer, SMALTI_ALIGNMENT);
  }
  return SMALTI_OK;
}

/* The address of `binding`, whose place smalti_check has checked. */
static void *resolve(
    const smalti_plan *plan, const smalti_call *call, char *arena, const smalti_binding *binding) {
  const smalti_buffer *const groups[] = {
      call->inputs, call->outputs, call->weights, call->states};
  uintptr_t base;
  if (binding->space == SMALTI_SPACE_ARENA) {
    base = (uintptr_t)arena;
  } else if (binding->space == SMALTI_SPACE_CONSTANT) {
    base = (uintptr_t)plan->constants[binding->index].pointer;
  } else {
    base = (uintptr_t)groups[binding->space][binding->index].pointer;
  }
  return (void *)(base + binding->offset);
}

/* Keeps the first mistake; later ones often follow from it. The barrier makes it visible. */
static void note_mistake(phase *phase, int32_t mistake, int64_t task, uint32_t worker) {
  int32_t none = SMALTI_OK;
  if (atomic_compare_exchange_strong(&phase->mistake, &none, mistake)) {
    phase->mistaken_task = task;
    phase->mistaken_worker = worker;
  }
}

/* Runs one task, unless the executor should not have asked for it. */
static void run_task(void *argument, int64_t task, uint32_t worker) {
  phase *phase = argument;
  if (task < 0 || task >= phase->task_count || worker >= phase->worker_count) {
    note_mistake(phase, SMALTI_TASK_UNKNOWN, task, worker);
    return;
  }
  if (atomic_exchange_explicit(&phase->flags[task], 1, memory_order_relaxed)) {
    note_mistake(phase, SMALTI_TASK_TWICE, task, worker);
    return;
  }
  char *own = phase->workers + worker * phase->worker_stride;
  _Atomic uint8_t *busy = (_Atomic uint8_t *)own;
  /* Acquire and release hand the scratch on when an executor moves a worker between threads. */
  if (atomic_exchange_explicit(busy, 1, memory_order_acquire)) {
    note_mistake(phase, SMALTI_WORKER_BUSY, task, worker);
    return;
  }
  const uint64_t mode = smalti_enter_arithmetic();
  phase->kernel(phase->buffers, phase->arguments, task, own + SMALTI_ALIGNMENT);
  smalti_leave_arithmetic(mode);
  atomic_store_explicit(busy, 0, memory_order_release);
}

static void run_tasks(const smalti_executor *executor, phase *phase) {
  if (executor) {
    executor->parallel_for(executor->context, phase->task_count, run_task, phase);
    return;
  }
  for (int64_t task = 0; task < phase->task_count; task++) run_task(phase, task, 0);
}

static int32_t fail_mistake(
    const smalti_call *call, const phase *phase, int32_t mistake, const char *step) {
  switch (mistake) {
  case SMALTI_TASK_TWICE:
    return smalti_fail(
        call, mistake, "the executor ran task %" PRId64 " of step '%s' twice",
        phase->mistaken_task, step);
  case SMALTI_WORKER_BUSY:
    return smalti_fail(
        call, mistake,
        "the executor gave worker %" PRIu32 " task %" PRId64
        " of step '%s' while another task ran there",
        phase->mistaken_worker, phase->mistaken_task, step);
  default:
    return smalti_fail(
        call, mistake,
        "the executor ran task %" PRId64 " on worker %" PRIu32 " in step '%s', which has %" PRId64
        " tasks and %" PRIu32 " workers",
        phase->mistaken_task, phase->mistaken_worker, step, phase->task_count,
        phase->worker_count);
  }
}

/* After the barrier: every task ran exactly once. */
static int32_t check_phase(const smalti_call *call, const phase *phase, const char *step) {
  const int32_t mistake = atomic_load(&phase->mistake);
  if (mistake != SMALTI_OK) return fail_mistake(call, phase, mistake, step);
  for (int64_t task = 0; task < phase->task_count; task++) {
    if (!atomic_load_explicit(&phase->flags[task], memory_order_relaxed)) {
      return smalti_fail(
          call, SMALTI_TASK_MISSING,
          "the executor returned before task %" PRId64 " of %" PRId64 " in step '%s' had run", task,
          phase->task_count, step);
    }
  }
  return SMALTI_OK;
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whether the caller wants the run to go on, told that `done` of its steps are. */
static bool goes_on(const smalti_call *call, uint64_t done, uint64_t count) {
  return !call->progress || call->progress(call->progress_context, done, count) == 0;
}

static int32_t run_steps(
    const smalti_plan *plan, const smalti_call *call, phase *phase, void **buffers) {
  uint64_t before = call->step_nanoseconds ? nanoseconds() : 0;
  for (uint64_t i = 0; i < plan->step_count; i++) {
    const smalti_step *step = &plan->steps[i];
    if (!goes_on(call, i, plan->step_count)) {
      return smalti_fail(
          call, SMALTI_CANCELLED, "cancelled after %" PRIu64 " of %" PRIu64 " steps", i,
          plan->step_count);
    }
    phase->kernel = step->kernel;
    phase->buffers = buffers + step->first_binding;
    phase->arguments = step->arguments;
    phase->task_count = step->task_count;
    memset((void *)phase->flags, 0, (size_t)step->task_count);
    run_tasks(call->executor, phase);
    const int32_t status = check_phase(call, phase, step->name ? step->name : "unnamed");
    if (status != SMALTI_OK) return status;
    if (call->step_nanoseconds) {
      const uint64_t after = nanoseconds();
      call->step_nanoseconds[i] = after - before;
      before = after;
    }
  }
  (void)goes_on(call, plan->step_count, plan->step_count);
  return SMALTI_OK;
}

int32_t smalti_whole_call(const smalti_call *call, smalti_call *whole) {
  /* Without a whole call there is no place for a sentence. */
  if (!call) return SMALTI_NULL_ARGUMENT;
  if (call->byte_count < CALL_BYTES) return SMALTI_WRONG_VERSION;
  memset(whole, 0, sizeof *whole);
  memcpy(whole, call, call->byte_count < sizeof *whole ? call->byte_count : sizeof *whole);
  whole->byte_count = sizeof *whole;
  return SMALTI_OK;
}

int32_t smalti_execute(const smalti_plan *plan, const smalti_call *given) {
  smalti_call whole;
  const smalti_call *const call = &whole;
  const int32_t wholeness = smalti_whole_call(given, &whole);
  if (wholeness != SMALTI_OK) return wholeness;
  if (call->error_text && call->error_capacity > 0) call->error_text[0] = '\0';
  if (!plan) return smalti_fail(call, SMALTI_NULL_ARGUMENT, "the plan is null");
  layout layout;
  int32_t status = smalti_check(plan, call);
  if (status == SMALTI_OK) status = check_workspace(plan, call, &layout);
  if (status != SMALTI_OK) return status;

  char *workspace = call->workspace.pointer;
  void **buffers = (void **)(workspace + layout.buffers);
  for (uint64_t i = 0; i < plan->binding_count; i++) {
    buffers[i] = resolve(plan, call, workspace + layout.arena, &plan->bindings[i]);
  }
  const uint32_t workers = smalti_worker_count(call);
  for (uint32_t worker = 0; worker < workers; worker++) {
    workspace[layout.workers + worker * layout.worker_stride] = 0;
  }
  phase *shared = (phase *)workspace;
  memset(shared, 0, sizeof *shared);
  shared->worker_count = workers;
  shared->flags = (_Atomic uint8_t *)(workspace + layout.flags);
  shared->workers = workspace + layout.workers;
  shared->worker_stride = layout.worker_stride;
  return run_steps(plan, call, shared, buffers);
}
