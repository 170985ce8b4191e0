/* Compiled kernels and what a run does with them, as tables that a test generates. */
#ifndef KERNELS_H
#define KERNELS_H
#include <stddef.h>
#include <stdint.h>

typedef void kernel(void *const *buffers, const void *arguments, int64_t task, void *scratch);

typedef struct range {
  size_t offset, byte_count;
} range;

/* The bytes of a buffer that all tasks of a step together may touch. */
typedef struct binding {
  int buffer;
  range bytes;
} binding;

typedef struct step {
  const char *name;
  kernel *kernel;
  int64_t task_count;
  const binding *bindings;
  size_t binding_count;
  const unsigned char *arguments;
  size_t argument_byte_count;
  /* The arrays in the scratch of a worker; what lies between them is nobody's. */
  const range *scratch;
  size_t scratch_count;
} step;

typedef struct buffer {
  size_t byte_count;
  /* Whether its first contents are the next bytes of the file of values. */
  int has_values;
} buffer;

typedef struct entry {
  const char *name;
  const buffer *buffers;
  size_t buffer_count;
  size_t scratch_byte_count;
  const step *steps;
  size_t step_count;
} entry;

extern const entry entries[];
extern const size_t entry_count;

#endif
