/* Runs compiled kernels that were instrumented by an address sanitizer, in memory that is exactly
 * as large as their plan says.
 *
 *     driver VALUES            every entry; exit 0 and a line that counts what ran
 *     driver VALUES ENTRY      the one of this name
 *
 * Every buffer is a heap block of its own, and during a step all bytes are poisoned that no binding
 * of the step covers, as is scratch outside of the kernel's arrays. The first wrong access ends the
 * process with a report of the sanitizer and the entry, step and task where it happened. */
#define _POSIX_C_SOURCE 200809L
#include "kernels.h"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Wide vectors are checked at their ends only, and strides leap: the zones between heap blocks are
 * as wide as they go. */
const char *__asan_default_options(void) { return "redzone=2048:quarantine_size_mb=1:detect_leaks=0"; }

/* What runs, for the report. */
static struct {
  const char *entry, *step;
  int64_t task;
} now;

static void say_where(void) {
  fprintf(stderr, "in entry %s, step %s, task %lld\n", now.entry, now.step, (long long)now.task);
}

static void fail(const char *reason, const char *what) {
  fprintf(stderr, "%s: %s\n", reason, what);
  exit(2);
}

/* A block from the heap, aligned as the arena is. Unwritten bytes are NaN in every floating type
 * and -1 as indices. */
static void *allocate(size_t byte_count) {
  void *block = NULL;
  if (posix_memalign(&block, 64, byte_count) != 0) fail("out of memory", now.entry);
  memset(block, 0xff, byte_count);
  return block;
}

/* Leaves accessible only what the bindings of `step` cover. */
static void expose(const entry *entry, void **blocks, const step *step) {
  for (size_t i = 0; i < entry->buffer_count; i++)
    __asan_poison_memory_region(blocks[i], entry->buffers[i].byte_count);
  for (size_t i = 0; i < step->binding_count; i++) {
    const binding *binding = &step->bindings[i];
    __asan_unpoison_memory_region((char *)blocks[binding->buffer] + binding->bytes.offset,
                                  binding->bytes.byte_count);
  }
}

static void run_step(const entry *entry, void **blocks, char *scratch, const step *step) {
  now.step = step->name;
  void **pointers = malloc(step->binding_count * sizeof(void *));
  void *arguments = malloc(step->argument_byte_count);
  for (size_t i = 0; i < step->binding_count; i++)
    pointers[i] = (char *)blocks[step->bindings[i].buffer] + step->bindings[i].bytes.offset;
  if (step->argument_byte_count) memcpy(arguments, step->arguments, step->argument_byte_count);

  expose(entry, blocks, step);
  __asan_poison_memory_region(scratch, entry->scratch_byte_count);
  for (size_t i = 0; i < step->scratch_count; i++)
    __asan_unpoison_memory_region(scratch + step->scratch[i].offset, step->scratch[i].byte_count);
  for (now.task = 0; now.task < step->task_count; now.task++)
    step->kernel(pointers, arguments, now.task, scratch);
  free(pointers);
  free(arguments);
}

/* Runs `entry` if it is `wanted`, or only passes over its values. */
static int run(const entry *entry, FILE *values, int wanted) {
  now.entry = entry->name;
  now.step = "none";
  void **blocks = malloc(entry->buffer_count * sizeof(void *));
  for (size_t i = 0; i < entry->buffer_count; i++) {
    size_t byte_count = entry->buffers[i].byte_count;
    blocks[i] = allocate(byte_count);
    if (entry->buffers[i].has_values && fread(blocks[i], 1, byte_count, values) != byte_count)
      fail("the file of values is too short", entry->name);
  }
  char *scratch = allocate(entry->scratch_byte_count);
  for (size_t i = 0; wanted && i < entry->step_count; i++)
    run_step(entry, blocks, scratch, &entry->steps[i]);
  for (size_t i = 0; i < entry->buffer_count; i++) free(blocks[i]);
  free(blocks);
  free(scratch);
  return wanted;
}

int main(int argc, char **argv) {
  if (argc < 2) fail("usage", "driver VALUES [ENTRY]");
  FILE *values = fopen(argv[1], "rb");
  if (!values) fail("cannot open", argv[1]);
  __sanitizer_set_death_callback(say_where);
  size_t entries_run = 0, steps_run = 0;
  for (size_t i = 0; i < entry_count; i++) {
    if (!run(&entries[i], values, argc < 3 || strcmp(argv[2], entries[i].name) == 0)) continue;
    entries_run += 1;
    steps_run += entries[i].step_count;
  }
  fclose(values);
  printf("ran %zu entries, %zu steps\n", entries_run, steps_run);
  return 0;
}
