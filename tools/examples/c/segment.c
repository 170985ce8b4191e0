/* Segments a clip with SIMONe: says how many pixels each slot owns. All memory is the program's.
 *
 *     smalti compile simone:tiny -o simone.a
 *     cc -std=c11 -O2 segment.c simone.a -o segment
 *     ./segment */
#include "simone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  PIXELS = SIMONE_WHOLE_RECONSTRUCTION_COUNT / 3, /* of all frames */
  SLOTS = SIMONE_WHOLE_WEIGHTS_COUNT / PIXELS
};

/* What a run reads and writes; the header says of each array how large it is. */
static _Alignas(16) float video[SIMONE_WHOLE_VIDEO_COUNT];
static _Alignas(16) float reconstruction[SIMONE_WHOLE_RECONSTRUCTION_COUNT];
static _Alignas(16) float weights[SIMONE_WHOLE_WEIGHTS_COUNT];
static _Alignas(16) float logits[SIMONE_WHOLE_LOGITS_COUNT];
static _Alignas(16) float pixels[SIMONE_WHOLE_PIXELS_COUNT];
static _Alignas(16) float object_mean[SIMONE_WHOLE_OBJECT_MEAN_COUNT];
static _Alignas(16) float object_log_std[SIMONE_WHOLE_OBJECT_LOG_STD_COUNT];
static _Alignas(16) float frame_mean[SIMONE_WHOLE_FRAME_MEAN_COUNT];
static _Alignas(16) float frame_log_std[SIMONE_WHOLE_FRAME_LOG_STD_COUNT];

static const smalti_buffer inputs[SIMONE_WHOLE_INPUT_COUNT] = {
    [SIMONE_WHOLE_VIDEO] = {video, sizeof video},
};
static const smalti_buffer outputs[SIMONE_WHOLE_OUTPUT_COUNT] = {
    [SIMONE_WHOLE_RECONSTRUCTION] = {reconstruction, sizeof reconstruction},
    [SIMONE_WHOLE_WEIGHTS] = {weights, sizeof weights},
    [SIMONE_WHOLE_LOGITS] = {logits, sizeof logits},
    [SIMONE_WHOLE_PIXELS] = {pixels, sizeof pixels},
    [SIMONE_WHOLE_OBJECT_MEAN] = {object_mean, sizeof object_mean},
    [SIMONE_WHOLE_OBJECT_LOG_STD] = {object_log_std, sizeof object_log_std},
    [SIMONE_WHOLE_FRAME_MEAN] = {frame_mean, sizeof frame_mean},
    [SIMONE_WHOLE_FRAME_LOG_STD] = {frame_log_std, sizeof frame_log_std},
};

/* A yellow square that moves to the right over a grey ground; colours are in [0, 1]. */
static void draw_video(void) {
  const uint64_t shape[] = SIMONE_WHOLE_VIDEO_SHAPE; /* clip, frame, row, column, colour */
  float *colour = video;
  for (uint64_t frame = 0; frame < shape[1]; frame++) {
    for (uint64_t row = 0; row < shape[2]; row++) {
      for (uint64_t column = 0; column < shape[3]; column++) {
        const bool inside = row / 8 == 1 && (column - 3 * frame) / 8 == 0;
        *colour++ = inside ? 0.9f : 0.3f;
        *colour++ = inside ? 0.8f : 0.3f;
        *colour++ = inside ? 0.1f : 0.3f;
      }
    }
  }
}

/* A pixel belongs to the slot that has the largest weight there. */
static void print_owners(void) {
  const uint64_t shape[] = SIMONE_WHOLE_WEIGHTS_SHAPE; /* clip, frame, slot, row, column */
  const uint64_t size = shape[3] * shape[4];
  int owned[SLOTS] = {0};
  for (uint64_t pixel = 0; pixel < PIXELS; pixel++) {
    const float *of_slot = weights + pixel / size * SLOTS * size + pixel % size;
    unsigned owner = 0;
    for (unsigned slot = 1; slot < SLOTS; slot++) {
      if (of_slot[slot * size] > of_slot[owner * size]) owner = slot;
    }
    owned[owner]++;
  }
  for (unsigned slot = 0; slot < SLOTS; slot++) {
    if (owned[slot] > 0) printf("slot %2u owns %d of %d pixels\n", slot, owned[slot], PIXELS);
  }
}

/* One run on the pool; false after it has said what went wrong. */
static bool run(const smalti_pool *pool) {
  const smalti_executor *executor = simone_pool_executor(pool);
  const uint64_t size = simone_run_workspace_bytes(executor->worker_count);
  void *workspace = aligned_alloc(SMALTI_ALIGNMENT, size);
  if (!workspace) {
    fprintf(stderr, "no memory for %llu bytes of workspace\n", (unsigned long long)size);
    return false;
  }
  char error[256];
  smalti_call call = smalti_new_call();
  call.inputs = inputs, call.input_count = SIMONE_WHOLE_INPUT_COUNT;
  call.outputs = outputs, call.output_count = SIMONE_WHOLE_OUTPUT_COUNT;
  call.workspace = (smalti_buffer){workspace, size};
  call.executor = executor;
  call.error_text = error, call.error_capacity = sizeof error;
  const int32_t status = simone_run(&call);
  if (status != SMALTI_OK) fprintf(stderr, "status %d: %s\n", status, error);
  free(workspace);
  return status == SMALTI_OK;
}

int main(void) {
  char error[256];
  if (simone_check(error, sizeof error) != SMALTI_OK) {
    fprintf(stderr, "%s\n", error);
    return EXIT_FAILURE;
  }
  smalti_pool *pool = simone_pool_create(0); /* a thread for every processor it may use */
  if (!pool) {
    fprintf(stderr, "no threads: %s\n", strerror(errno));
    return EXIT_FAILURE;
  }
  draw_video();
  const bool done = run(pool);
  if (done) print_owners();
  simone_pool_free(pool);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
