/* Two models in one program, called from eight threads at once. Each caller has a workspace and
 * outputs of its own; every result has the bits of a run that had the machine for itself.
 *
 *     smalti compile simone:tiny -o a.a
 *     smalti compile simone:tiny frames=2 frames_decoded=1 -o b.a
 *     cc -std=c11 -O2 two.c a.a b.a -pthread -o two
 *     ./two
 *
 * `./two --measure` compares how much eight callers and a single one get out of the machine. */
#define _POSIX_C_SOURCE 200809L
#include "a.h"
#include "b.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLERS = 8, ROUNDS = 4, MEASUREMENTS = 9, RUNS = 4 };

static void *require(void *result, const char *what) {
  if (result) return result;
  fprintf(stderr, "there is no %s\n", what);
  exit(EXIT_FAILURE);
}

/* `byte_count` bytes at a multiple of 64, which is more than inputs and outputs ask for. */
static smalti_buffer allocate(uint64_t byte_count) {
  const uint64_t lines = (byte_count + SMALTI_ALIGNMENT - 1) / SMALTI_ALIGNMENT;
  void *memory = aligned_alloc(SMALTI_ALIGNMENT, lines * SMALTI_ALIGNMENT);
  return (smalti_buffer){require(memory, "memory"), byte_count};
}

/* -- Callers ----------------------------------------------------------------------------------- */

/* What a caller of one model has to itself. Inputs are only read, so all of them share one. */
typedef struct caller {
  const smalti_entry *entry;
  smalti_buffer input, workspace, *outputs;
  uint64_t output_count;
} caller;

static const smalti_entry *whole(const smalti_model *model) {
  for (uint64_t i = 0; i < model->entry_count; i++) {
    if (strcmp(model->entries[i].name, "whole") == 0) return &model->entries[i];
  }
  return require(NULL, "entry point 'whole'");
}

static smalti_buffer make_video(const smalti_model *model) {
  const smalti_buffer video = allocate(whole(model)->signatures[0].inputs[0].byte_count);
  float *colours = video.pointer;
  for (uint64_t i = 0; i < video.byte_count / sizeof *colours; i++) {
    colours[i] = (float)(i % 97) / 96;
  }
  return video;
}

static caller make_caller(const smalti_model *model, smalti_buffer video, uint32_t workers) {
  const smalti_entry *entry = whole(model);
  const smalti_signature *signature = &entry->signatures[0];
  caller made = {.entry = entry, .input = video, .output_count = signature->output_count};
  made.workspace = allocate(entry->workspace_bytes(workers));
  made.outputs = require(calloc(made.output_count, sizeof *made.outputs), "memory");
  for (uint64_t i = 0; i < made.output_count; i++) {
    made.outputs[i] = allocate(signature->outputs[i].byte_count);
  }
  return made;
}

static void free_caller(caller *caller) {
  for (uint64_t i = 0; i < caller->output_count; i++) free(caller->outputs[i].pointer);
  free(caller->outputs);
  free(caller->workspace.pointer);
}

static void run(const caller *caller, const smalti_executor *executor) {
  char error[256];
  smalti_call call = smalti_new_call();
  call.inputs = &caller->input, call.input_count = 1;
  call.outputs = caller->outputs, call.output_count = caller->output_count;
  call.workspace = caller->workspace;
  call.executor = executor;
  call.error_text = error, call.error_capacity = sizeof error;
  if (caller->entry->run(&call) == SMALTI_OK) return;
  fprintf(stderr, "%s\n", error);
  exit(EXIT_FAILURE);
}

static bool agree(const caller *a, const caller *b) {
  for (uint64_t i = 0; i < a->output_count; i++) {
    const smalti_buffer *x = &a->outputs[i], *y = &b->outputs[i];
    if (memcmp(x->pointer, y->pointer, x->byte_count) != 0) return false;
  }
  return true;
}

/* -- Eight threads ----------------------------------------------------------------------------- */

/* One thread, with a caller of each model. */
typedef struct client {
  pthread_t thread;
  caller models[2];
  const caller *expected;          /* one for each model */
  const smalti_executor *executor; /* null: a loop in this thread */
  int runs; /* of the first model, while time is taken; 0: some of both, compared */
  bool failed;
} client;

static void *serve(void *argument) {
  client *self = argument;
  for (int i = 0; i < self->runs; i++) run(&self->models[0], self->executor);
  for (int i = 0; self->runs == 0 && i < 2 * ROUNDS; i++) {
    run(&self->models[i % 2], self->executor);
    if (!agree(&self->models[i % 2], &self->expected[i % 2])) self->failed = true;
  }
  return NULL;
}

static void serve_all(client *clients, int count) {
  for (int i = 0; i < count; i++) {
    if (pthread_create(&clients[i].thread, NULL, serve, &clients[i]) != 0) require(NULL, "thread");
  }
  for (int i = 0; i < count; i++) pthread_join(clients[i].thread, NULL);
}

/* Every second thread works alone, the others share the pool. */
static bool check(client *clients, const smalti_executor *pool) {
  bool failed = false;
  for (int i = 0; i < CALLERS; i++) {
    clients[i].runs = 0;
    clients[i].executor = i % 2 == 0 ? pool : NULL;
  }
  serve_all(clients, CALLERS);
  for (int i = 0; i < CALLERS; i++) failed |= clients[i].failed;
  printf(
      "%d threads called two models %d times each: %s\n", CALLERS, 2 * ROUNDS,
      failed ? "some results differ" : "all results have the bits of a lone run");
  return !failed;
}

/* -- Throughput -------------------------------------------------------------------------------- */

/* Runs a second of `count` callers that together make the same number of runs. */
static double throughput(client *clients, int count, const smalti_executor *executor) {
  struct timespec before, after;
  for (int i = 0; i < count; i++) {
    clients[i].runs = CALLERS * RUNS / count;
    clients[i].executor = executor;
  }
  clock_gettime(CLOCK_MONOTONIC, &before);
  serve_all(clients, count);
  clock_gettime(CLOCK_MONOTONIC, &after);
  const double seconds = (double)(after.tv_sec - before.tv_sec) +
                         (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
  return CALLERS * RUNS / seconds;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* All three in turn, so that what else the machine does meets all of them; medians. */
static void measure(client *clients, const smalti_executor *pool) {
  const char *const names[] = {
      "one caller on the pool", "eight callers, each alone", "eight callers on the pool"};
  double rates[3][MEASUREMENTS];
  for (int i = 0; i < MEASUREMENTS; i++) {
    rates[0][i] = throughput(clients, 1, pool);
    rates[1][i] = throughput(clients, CALLERS, NULL);
    rates[2][i] = throughput(clients, CALLERS, pool);
  }
  for (int i = 0; i < 3; i++) qsort(rates[i], MEASUREMENTS, sizeof rates[i][0], compare);
  for (int i = 0; i < 3; i++) {
    const double median = rates[i][MEASUREMENTS / 2];
    printf(
        "%-25s %7.2f runs a second (%.2f to %.2f), %.3f of the first\n", names[i], median,
        rates[i][0], rates[i][MEASUREMENTS - 1], median / rates[0][MEASUREMENTS / 2]);
  }
}

int main(int count, char **words) {
  const smalti_model *models[2] = {a_model(), b_model()};
  smalti_buffer videos[2];
  caller expected[2];
  client clients[CALLERS] = {0};
  smalti_pool *pool = require(a_pool_create(0), "thread");
  const smalti_executor *executor = a_pool_executor(pool);
  for (int model = 0; model < 2; model++) {
    videos[model] = make_video(models[model]);
    expected[model] = make_caller(models[model], videos[model], 1);
    run(&expected[model], NULL);
    for (int i = 0; i < CALLERS; i++) {
      clients[i].models[model] = make_caller(models[model], videos[model], executor->worker_count);
      clients[i].expected = expected;
    }
  }
  const bool right = check(clients, executor);
  if (count == 2 && strcmp(words[1], "--measure") == 0) measure(clients, executor);
  for (int model = 0; model < 2; model++) {
    for (int i = 0; i < CALLERS; i++) free_caller(&clients[i].models[model]);
    free_caller(&expected[model]);
    free(videos[model].pointer);
  }
  a_pool_free(pool);
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
