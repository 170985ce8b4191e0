/* The C runtime used from C, small enough to run under sanitizers in seconds.
 *
 *     driver            every check; exit 1 and a line for the first that fails
 *     driver measure N  what a phase costs on a pool of N threads, empty and with short tasks */
#define _GNU_SOURCE
#include "smalti_runtime.h"

#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUIRE(condition) \
  ((condition) ? (void)0 \
               : (fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition), exit(1)))

/* -- A plan of three steps: y[i] = sum over block i of (2 x + 1), blocks of BLOCK -------------- */

enum { BLOCK = 8, BLOCKS = 37, COUNT = BLOCK * BLOCKS };

static void scale(void *const *buffers, const void *arguments, int64_t task, void *scratch) {
  (void)scratch;
  const float *x = buffers[0];
  float *hidden = buffers[1];
  hidden[task] = 2 * x[task] + *(const float *)arguments;
}

/* Turns the blocks round, through scratch: two tasks in one scratch, or two buffers in one place,
 * spoil each other. */
static void copy(void *const *buffers, const void *arguments, int64_t task, void *scratch) {
  (void)arguments;
  float *own = scratch;
  memcpy(own, (const float *)buffers[0] + (BLOCKS - 1 - task) * BLOCK, BLOCK * sizeof(float));
  memcpy((float *)buffers[1] + task * BLOCK, own, BLOCK * sizeof(float));
}

static void sum(void *const *buffers, const void *arguments, int64_t task, void *scratch) {
  (void)arguments, (void)scratch;
  const float *hidden = (const float *)buffers[0] + task * BLOCK;
  float total = 0;
  for (int i = 0; i < BLOCK; i++) total += hidden[i];
  ((float *)buffers[1])[task] = total;
}

static const float one = 1;
enum { HIDDEN_BYTES = (COUNT * 4 + 63) / 64 * 64 };

static const smalti_binding bindings[] = {
    {SMALTI_SPACE_INPUT, 0, 0},  {SMALTI_SPACE_ARENA, 0, 0},
    {SMALTI_SPACE_ARENA, 0, 0},  {SMALTI_SPACE_ARENA, 0, HIDDEN_BYTES},
    {SMALTI_SPACE_ARENA, 0, HIDDEN_BYTES}, {SMALTI_SPACE_OUTPUT, 0, 0},
};
static const smalti_step steps[] = {
    {"scale", scale, &one, COUNT, 0, 2},
    {"copy", copy, NULL, BLOCKS, 2, 2},
    {"sum", sum, NULL, BLOCKS, 4, 2},
};
static const smalti_slot input = {"x", COUNT * 4, 16}, output = {"y", BLOCKS * 4, 16};
static const smalti_plan plan = {
    .byte_count = sizeof(smalti_plan), .abi_version = SMALTI_ABI_VERSION, .name = "sums",
    .steps = steps, .step_count = 3, .bindings = bindings, .binding_count = 6,
    .inputs = &input, .input_count = 1, .outputs = &output, .output_count = 1,
    .arena_byte_count = 2 * HIDDEN_BYTES, .scratch_byte_count = BLOCK * 4,
};

/* Every buffer of a run, from the heap, so that a write past one is seen. */
typedef struct memory {
  smalti_buffer x, y, workspace;
} memory;

static smalti_buffer allocate(uint64_t byte_count) {
  smalti_buffer buffer = {NULL, byte_count};
  REQUIRE(posix_memalign(&buffer.pointer, 64, byte_count) == 0);
  memset(buffer.pointer, 0xff, byte_count);
  return buffer;
}

static memory make_memory(uint32_t workers) {
  memory made = {
      allocate(COUNT * 4), allocate(BLOCKS * 4), allocate(smalti_workspace_bytes(&plan, workers))};
  for (int i = 0; i < COUNT; i++) ((float *)made.x.pointer)[i] = (float)i;
  return made;
}

static void free_memory(memory made) {
  free(made.x.pointer);
  free(made.y.pointer);
  free(made.workspace.pointer);
}

static int32_t run(const memory *memory, const smalti_executor *executor) {
  char text[200] = "";
  const smalti_call call = {
      .byte_count = sizeof call, .abi_version = SMALTI_ABI_VERSION,
      .inputs = &memory->x, .input_count = 1, .outputs = &memory->y, .output_count = 1,
      .workspace = memory->workspace, .executor = executor,
      .error_text = text, .error_capacity = sizeof text,
  };
  const int32_t status = smalti_execute(&plan, &call);
  REQUIRE((status == SMALTI_OK) == (text[0] == '\0'));
  return status;
}

static void require_sums(const memory *memory) {
  const float *y = memory->y.pointer;
  for (int i = 0; i < BLOCKS; i++) {
    const int first = (BLOCKS - 1 - i) * BLOCK;
    REQUIRE(y[i] == (float)(2 * (BLOCK * first + BLOCK * (BLOCK - 1) / 2) + BLOCK));
  }
}

/* -- Checks ------------------------------------------------------------------------------------ */

static void check_pools(void) {
  const uint32_t threads[] = {1, 2, 3, 7};
  for (int i = 0; i < 4; i++) {
    smalti_pool *pool = smalti_pool_create(threads[i]);
    REQUIRE(pool && smalti_pool_executor(pool)->worker_count == threads[i]);
    memory made = make_memory(threads[i]);
    for (int round = 0; round < 50; round++) {
      memset(made.y.pointer, 0, made.y.byte_count);
      REQUIRE(run(&made, smalti_pool_executor(pool)) == SMALTI_OK);
      require_sums(&made);
    }
    free_memory(made);
    smalti_pool_free(pool);
  }
  memory made = make_memory(1);
  REQUIRE(run(&made, NULL) == SMALTI_OK);
  require_sums(&made);
  free_memory(made);
  REQUIRE(smalti_pool_create(1025) == NULL);
  smalti_pool_free(NULL);
}

static void *run_many(void *executor) {
  memory made = make_memory(((const smalti_executor *)executor)->worker_count);
  for (int round = 0; round < 50; round++) {
    memset(made.y.pointer, 0, made.y.byte_count);
    REQUIRE(run(&made, executor) == SMALTI_OK);
    require_sums(&made);
  }
  free_memory(made);
  return NULL;
}

static void check_callers(void) {
  smalti_pool *pool = smalti_pool_create(3);
  pthread_t callers[4];
  for (int i = 0; i < 4; i++) {
    pthread_create(&callers[i], NULL, run_many, (void *)smalti_pool_executor(pool));
  }
  for (int i = 0; i < 4; i++) pthread_join(callers[i], NULL);
  smalti_pool_free(pool);
}

/* A task that runs a whole plan on the pool it runs on. */
static void run_inside(void *argument, int64_t index, uint32_t worker) {
  (void)index, (void)worker;
  const smalti_executor *executor = argument;
  memory made = make_memory(executor->worker_count);
  REQUIRE(run(&made, executor) == SMALTI_OK);
  require_sums(&made);
  free_memory(made);
}

static void check_nesting(void) {
  smalti_pool *pool = smalti_pool_create(2);
  const smalti_executor *executor = smalti_pool_executor(pool);
  executor->parallel_for(executor->context, 20, run_inside, (void *)executor);
  smalti_pool_free(pool);
}

static void run_twice(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index < count; index++) task(argument, index, 0);
  task(argument, count - 1, 0);
}

static void run_but_last(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index + 1 < count; index++) task(argument, index, 0);
}

static void run_too_far(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index <= count; index++) task(argument, index, 0);
}

static void run_foreign(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  for (int64_t index = 0; index < count; index++) task(argument, index, 1);
}

/* Threads that all call themselves worker 0. */
typedef struct claim {
  smalti_task task;
  void *argument;
  int64_t first, end;
} claim;

static void *run_claim(void *argument) {
  const claim *own = argument;
  for (int64_t index = own->first; index < own->end; index++) {
    own->task(own->argument, index, 0);
  }
  return NULL;
}

static void run_as_one(void *context, int64_t count, smalti_task task, void *argument) {
  (void)context;
  claim other = {task, argument, count / 2, count}, own = {task, argument, 0, count / 2};
  pthread_t thread;
  pthread_create(&thread, NULL, run_claim, &other);
  run_claim(&own);
  pthread_join(thread, NULL);
}

static void check_executors(void) {
  memory made = make_memory(1);
  const struct {
    void (*parallel_for)(void *, int64_t, smalti_task, void *);
    int32_t status;
  } cases[] = {
      {run_twice, SMALTI_TASK_TWICE},     {run_but_last, SMALTI_TASK_MISSING},
      {run_too_far, SMALTI_TASK_UNKNOWN}, {run_foreign, SMALTI_TASK_UNKNOWN},
      {NULL, SMALTI_BAD_EXECUTOR},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const smalti_executor executor = {cases[i].parallel_for, NULL, 1};
    REQUIRE(run(&made, &executor) == cases[i].status);
  }
  /* The two threads need not meet; if they do, it is noticed, and if not, the run is right. */
  const smalti_executor careless = {run_as_one, NULL, 1};
  for (int round = 0; round < 20; round++) {
    const int32_t status = run(&made, &careless);
    REQUIRE(status == SMALTI_OK || status == SMALTI_WORKER_BUSY);
    if (status == SMALTI_OK) require_sums(&made);
  }
  free_memory(made);
}

/* The smallest workspace is enough, one byte less is refused. */
static void check_workspace(void) {
  memory made = make_memory(2);
  smalti_pool *pool = smalti_pool_create(2);
  REQUIRE(run(&made, smalti_pool_executor(pool)) == SMALTI_OK);
  made.workspace.byte_count--;
  REQUIRE(run(&made, smalti_pool_executor(pool)) == SMALTI_SMALL_WORKSPACE);
  smalti_pool_free(pool);
  free_memory(made);
}

/* A thread bound to one processor is allowed one. */
static void *count_bound(void *result) {
  cpu_set_t all, first;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  CPU_ZERO(&first);
  for (int processor = 0; CPU_COUNT(&first) == 0; processor++) {
    if (CPU_ISSET(processor, &all)) CPU_SET(processor, &first);
  }
  REQUIRE(sched_setaffinity(0, sizeof first, &first) == 0);
  *(uint32_t *)result = smalti_allowed_processors();
  return NULL;
}

static void check_affinity(void) {
  uint32_t allowed = 0;
  pthread_t thread;
  pthread_create(&thread, NULL, count_bound, &allowed);
  pthread_join(thread, NULL);
  REQUIRE(allowed == 1);
  REQUIRE(smalti_allowed_processors() >= 1);
}

#ifdef COUNT_ALLOCATIONS

/* The linker sends the runtime's calls here (--wrap). */
static _Atomic int allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
  allocations++;
  return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  allocations++;
  return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
  allocations++;
  return __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  allocations++;
  return __real_aligned_alloc(alignment, size);
}

static void check_allocations(void) {
  smalti_pool *pool = smalti_pool_create(2);
  memory made = make_memory(2);
  const int before = allocations;
  void *volatile one_more = malloc(1); /* volatile: or the compiler leaves it out */
  free(one_more);
  REQUIRE(allocations == before + 1); /* they are counted */
  for (int round = 0; round < 50; round++) {
    REQUIRE(run(&made, smalti_pool_executor(pool)) == SMALTI_OK);
  }
  REQUIRE(allocations == before + 1);
  free_memory(made);
  smalti_pool_free(pool);
}

#else

static void check_allocations(void) {}

#endif

/* -- Measuring --------------------------------------------------------------------------------- */

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

/* Keeps its worker for `*argument` microseconds. */
static void wait(void *argument, int64_t index, uint32_t worker) {
  (void)index, (void)worker;
  const double length = *(const double *)argument;
  if (length == 0) return;
  for (const double end = microseconds() + length; microseconds() < end;) {}
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The time of a phase beyond its tasks of `length` microseconds, one per worker. */
static void measure_phases(const smalti_executor *executor, double length) {
  enum { REPETITIONS = 101, PHASES = 200 };
  double times[REPETITIONS];
  for (int repetition = 0; repetition < REPETITIONS; repetition++) {
    const double before = microseconds();
    for (int phase = 0; phase < PHASES; phase++) {
      executor->parallel_for(executor->context, executor->worker_count, wait, &length);
    }
    times[repetition] = (microseconds() - before) / PHASES - length;
  }
  qsort(times, REPETITIONS, sizeof *times, compare);
  printf(
      "%u threads, tasks of %g us: a phase costs %.2f us more (a tenth below %.2f, above %.2f)\n",
      executor->worker_count, length, times[REPETITIONS / 2], times[REPETITIONS / 10],
      times[REPETITIONS * 9 / 10]);
}

static void measure(uint32_t threads) {
  smalti_pool *pool = smalti_pool_create(threads);
  REQUIRE(pool);
  measure_phases(smalti_pool_executor(pool), 0);
  measure_phases(smalti_pool_executor(pool), 10);
  smalti_pool_free(pool);
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "measure") == 0) {
    measure((uint32_t)atoi(words[2]));
    return 0;
  }
  check_pools();
  check_callers();
  check_nesting();
  check_executors();
  check_workspace();
  check_affinity();
  check_allocations();
  puts("ok");
  return 0;
}
