/* The default executor: threads that spin briefly, then sleep, between phases.
 *
 * Each worker starts on its own contiguous share of the tasks, so that neighbours stay in one
 * cache from phase to phase, and then helps the others. A phase waits only for the workers that
 * came in while it was open: a thread that wakes too late finds the gate shut and sleeps on, so a
 * short phase costs no wake-up, and more threads than processors cost little. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREAD_LIMIT = 1024, SPINS = 2000 };

/* `gate`: whether workers may come in, whether the caller sleeps until they are out, and how many
 * are in. The fields of a phase change only while the gate is 0, which nobody passes. */
#define GATE_OPEN 0x80000000u
#define GATE_AWAITED 0x40000000u
#define GATE_COUNT 0x3fffffffu

/* The tasks `next`..<`end` that are still free in one worker's share; a line of its own, since its
 * owner takes from it at every task. */
typedef struct share {
  _Alignas(64) _Atomic int64_t next;
  int64_t end;
} share;

typedef struct member {
  smalti_pool *pool;
  pthread_t thread;
  uint32_t worker;
} member;

struct smalti_pool {
  smalti_executor executor;
  pthread_mutex_t turn; /* held by the caller whose phase it is */
  _Atomic uintptr_t owner; /* that caller's thread, 0 between phases */
  uint32_t spins;
  _Atomic bool stopping;
  smalti_task task;
  void *argument;
  share *shares;   /* one per worker */
  member *members; /* one per worker; the first, the caller, is unused */
  _Alignas(64) _Atomic uint32_t phase; /* counts phases; workers sleep on it */
  _Atomic uint32_t sleepers;
  _Alignas(64) _Atomic uint32_t gate;
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static inline void rest(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Takes tasks from the worker's own share, then from the others', until all are taken. */
static void work(smalti_pool *pool, uint32_t worker) {
  const uint32_t workers = pool->executor.worker_count;
  for (uint32_t step = 0; step < workers; step++) {
    const uint32_t whose = worker + step < workers ? worker + step : worker + step - workers;
    share *tasks = &pool->shares[whose];
    while (atomic_load_explicit(&tasks->next, memory_order_relaxed) < tasks->end) {
      const int64_t index = atomic_fetch_add_explicit(&tasks->next, 1, memory_order_relaxed);
      if (index >= tasks->end) break;
      pool->task(pool->argument, index, worker);
    }
  }
}

/* Returns when the phase is no longer `seen`. */
static uint32_t next_phase(smalti_pool *pool, uint32_t seen) {
  for (uint32_t spin = 0; spin < pool->spins; spin++) {
    const uint32_t phase = atomic_load_explicit(&pool->phase, memory_order_acquire);
    if (phase != seen) return phase;
    rest();
  }
  for (;;) {
    /* Sequentially consistent on both sides: either the publisher sees this sleeper, or the kernel
     * sees the new phase and does not put it to sleep. */
    atomic_fetch_add(&pool->sleepers, 1);
    futex_wait(&pool->phase, seen);
    atomic_fetch_sub(&pool->sleepers, 1);
    const uint32_t phase = atomic_load_explicit(&pool->phase, memory_order_acquire);
    if (phase != seen) return phase;
  }
}

static bool enter(smalti_pool *pool) {
  uint32_t gate = atomic_load_explicit(&pool->gate, memory_order_relaxed);
  while (gate & GATE_OPEN) {
    if (atomic_compare_exchange_weak_explicit(
            &pool->gate, &gate, gate + 1, memory_order_acquire, memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

static void leave(smalti_pool *pool) {
  const uint32_t before = atomic_fetch_sub_explicit(&pool->gate, 1, memory_order_release);
  if (before == (GATE_AWAITED | 1)) futex_wake(&pool->gate, 1);
}

static void *run_member(void *argument) {
  member *self = argument;
  smalti_pool *pool = self->pool;
  uint32_t phase = 0;
  for (;;) {
    phase = next_phase(pool, phase);
    if (atomic_load(&pool->stopping)) return NULL;
    if (enter(pool)) {
      work(pool, self->worker);
      leave(pool);
    }
  }
}

static void publish(smalti_pool *pool, int64_t count, smalti_task task, void *argument) {
  const uint32_t workers = pool->executor.worker_count;
  const int64_t each = count / workers, more = count % workers;
  pool->task = task;
  pool->argument = argument;
  int64_t first = 0;
  for (uint32_t worker = 0; worker < workers; worker++) {
    const int64_t end = first + each + (worker < more);
    atomic_store_explicit(&pool->shares[worker].next, first, memory_order_relaxed);
    pool->shares[worker].end = end;
    first = end;
  }
  atomic_store_explicit(&pool->gate, GATE_OPEN, memory_order_release);
  atomic_fetch_add(&pool->phase, 1);
  if (atomic_load(&pool->sleepers) > 0) {
    futex_wake(&pool->phase, count - 1 < INT_MAX ? (int)(count - 1) : INT_MAX);
  }
}

/* Shuts the gate and waits for the workers that are still in. */
static void await_members(smalti_pool *pool) {
  uint32_t gate = atomic_fetch_and(&pool->gate, ~GATE_OPEN) & ~GATE_OPEN;
  for (uint32_t spin = 0; spin < pool->spins && (gate & GATE_COUNT); spin++) {
    rest();
    gate = atomic_load_explicit(&pool->gate, memory_order_acquire);
  }
  if (gate & GATE_COUNT) {
    gate = atomic_fetch_or(&pool->gate, GATE_AWAITED) | GATE_AWAITED;
    while (gate & GATE_COUNT) {
      futex_wait(&pool->gate, gate);
      gate = atomic_load_explicit(&pool->gate, memory_order_acquire);
    }
  }
  atomic_store_explicit(&pool->gate, 0, memory_order_relaxed);
}

/* Whether the calling thread is running one of this pool's tasks. */
static bool is_inside(smalti_pool *pool) {
  const pthread_t self = pthread_self();
  if (atomic_load_explicit(&pool->owner, memory_order_relaxed) == (uintptr_t)self) return true;
  for (uint32_t worker = 1; worker < pool->executor.worker_count; worker++) {
    if (pthread_equal(pool->members[worker].thread, self)) return true;
  }
  return false;
}

static void run_phase(void *context, int64_t count, smalti_task task, void *argument) {
  smalti_pool *pool = context;
  /* Workers number the memory of one call, not threads: a lone loop is worker 0 in any thread. */
  if (count <= 1 || pool->executor.worker_count == 1 || is_inside(pool)) {
    for (int64_t index = 0; index < count; index++) task(argument, index, 0);
    return;
  }
  pthread_mutex_lock(&pool->turn);
  atomic_store_explicit(&pool->owner, (uintptr_t)pthread_self(), memory_order_relaxed);
  publish(pool, count, task, argument);
  work(pool, 0);
  await_members(pool);
  atomic_store_explicit(&pool->owner, 0, memory_order_relaxed);
  pthread_mutex_unlock(&pool->turn);
}

const smalti_executor *smalti_pool_executor(const smalti_pool *pool) {
  return pool ? &pool->executor : NULL;
}

/* Ends the threads of members 1..<`count` and frees everything. */
static void dissolve(smalti_pool *pool, uint32_t count) {
  atomic_store(&pool->stopping, true);
  atomic_fetch_add(&pool->phase, 1);
  futex_wake(&pool->phase, INT_MAX);
  for (uint32_t worker = 1; worker < count; worker++) {
    pthread_join(pool->members[worker].thread, NULL);
  }
  pthread_mutex_destroy(&pool->turn);
  free(pool->members);
  free(pool->shares);
  free(pool);
}

void smalti_pool_free(smalti_pool *pool) {
  if (pool) dissolve(pool, pool->executor.worker_count);
}

static void *allocate(size_t count, size_t size) {
  void *memory = aligned_alloc(64, (count * size + 63) / 64 * 64);
  if (memory) memset(memory, 0, count * size);
  return memory;
}

/* Starts members 1..<`count`; returns how many members there are then. */
static uint32_t start_members(smalti_pool *pool, uint32_t count) {
  sigset_t all, before;
  sigfillset(&all);
  /* A signal is the host's business: its handler runs in one of the host's threads. */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  uint32_t worker = 1;
  for (; worker < count; worker++) {
    member *next = &pool->members[worker];
    next->pool = pool;
    next->worker = worker;
    const int failure = pthread_create(&next->thread, NULL, run_member, next);
    if (failure) {
      errno = failure;
      break;
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return worker;
}

smalti_pool *smalti_pool_create(uint32_t threads) {
  const uint32_t allowed = smalti_allowed_processors();
  if (threads == 0) threads = allowed < THREAD_LIMIT ? allowed : THREAD_LIMIT;
  if (threads > THREAD_LIMIT) {
    errno = EINVAL;
    return NULL;
  }
  smalti_pool *pool = allocate(1, sizeof *pool);
  if (!pool) return NULL;
  pool->executor = (smalti_executor){run_phase, pool, threads};
  /* With more threads than processors, whoever spins keeps the one it waits for from running. */
  pool->spins = threads <= allowed ? SPINS : 0;
  pool->shares = allocate(threads, sizeof(share));
  pool->members = allocate(threads, sizeof(member));
  pthread_mutex_init(&pool->turn, NULL);
  const uint32_t started = pool->shares && pool->members ? start_members(pool, threads) : 1;
  if (started == threads && pool->shares && pool->members) return pool;
  const int failure = errno;
  dissolve(pool, started);
  errno = failure;
  return NULL;
}
