/* A video in, a segmented video out: the model as a filter of frames between two calls of ffmpeg.
 *
 *     smalti compile simone:tiny -o simone.a
 *     cc -std=c11 -O2 video.c simone.a -o video
 *     ffmpeg -v error -y -f lavfi -i testsrc=size=64x48:rate=10:duration=2 in.avi
 *     ffmpeg -v error -y -i in.avi -vf crop=ih,scale=32:32:flags=area -pix_fmt rgb24 in.rgb
 *     ./video in.rgb out.rgb
 *     ffmpeg -v error -y -pix_fmt rgb24 -s 32x32 -i out.rgb out.avi
 *
 * With --weights the model knows something: tools/models has some. Frames are taken in clips of the
 * model's length; what the last one lacks is its last frame again. A pixel gets the colour of the slot
 * that has the largest weight there. A slot keeps its colour within a clip, not from one clip to the
 * next. The last line says how many frames the model did in a second. */
#include "simone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Clip, frame, row, column, colour. */
static const size_t video_shape[] = SIMONE_WHOLE_VIDEO_SHAPE;
/* Clip, frame, slot, row, column. */
static const size_t weights_shape[] = SIMONE_WHOLE_WEIGHTS_SHAPE;

enum { BYTES = SIMONE_WHOLE_VIDEO_COUNT };

static _Alignas(16) float video[SIMONE_WHOLE_VIDEO_COUNT];
static _Alignas(16) float reconstruction[SIMONE_WHOLE_RECONSTRUCTION_COUNT];
static _Alignas(16) float weights[SIMONE_WHOLE_WEIGHTS_COUNT];
static _Alignas(16) float logits[SIMONE_WHOLE_LOGITS_COUNT];
static _Alignas(16) float pixels[SIMONE_WHOLE_PIXELS_COUNT];
static _Alignas(16) float object_mean[SIMONE_WHOLE_OBJECT_MEAN_COUNT];
static _Alignas(16) float object_log_std[SIMONE_WHOLE_OBJECT_LOG_STD_COUNT];
static _Alignas(16) float frame_mean[SIMONE_WHOLE_FRAME_MEAN_COUNT];
static _Alignas(16) float frame_log_std[SIMONE_WHOLE_FRAME_LOG_STD_COUNT];
static unsigned char bytes[BYTES];

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

/* Colours that are easy to tell apart, one after another. */
static void paint(unsigned char *colour, unsigned slot) {
  static const unsigned char palette[][3] = {
      {31, 119, 180},  {255, 127, 14},  {44, 160, 44},   {214, 39, 40},
      {148, 103, 189}, {140, 86, 75},   {227, 119, 194}, {127, 127, 127},
      {188, 189, 34},  {23, 190, 207},  {174, 199, 232}, {255, 187, 120},
      {152, 223, 138}, {255, 152, 150}, {197, 176, 213}, {196, 156, 148},
  };
  memcpy(colour, palette[slot % (sizeof palette / 3)], 3);
}

/* The clip's bytes become its segmentation. */
static void paint_owners(void) {
  const size_t slots = weights_shape[2], area = weights_shape[3] * weights_shape[4];
  for (size_t pixel = 0; pixel < BYTES / 3; pixel++) {
    const float *of_slot = weights + pixel / area * slots * area + pixel % area;
    unsigned owner = 0;
    for (unsigned slot = 1; slot < slots; slot++) {
      if (of_slot[slot * area] > of_slot[owner * area]) owner = slot;
    }
    paint(bytes + pixel * 3, owner);
  }
}

static double seconds(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Clip after clip, until there are no more frames; false after it has said what went wrong. */
static bool filter(FILE *in, FILE *out, smalti_call *call) {
  const size_t frame = BYTES / video_shape[1];
  size_t frames = 0;
  double running = 0;
  for (;;) {
    const size_t count = fread(bytes, 1, BYTES, in) / frame;
    if (count == 0) break;
    for (size_t rest = count; rest < video_shape[1]; rest++) {
      memcpy(bytes + rest * frame, bytes + (count - 1) * frame, frame);
    }
    for (size_t index = 0; index < BYTES; index++) video[index] = (float)bytes[index] / 255;
    const double start = seconds();
    const int32_t status = simone_run(call);
    running += seconds() - start;
    if (status != SMALTI_OK) {
      fprintf(stderr, "status %d: %s\n", status, call->error_text);
      return false;
    }
    paint_owners();
    if (fwrite(bytes, frame, count, out) != count) {
      perror("cannot write");
      return false;
    }
    frames += count;
    if (count < video_shape[1]) break;
  }
  if (ferror(in) || fflush(out) != 0) {
    perror("cannot read or write");
    return false;
  }
  const double rate = running > 0 ? (double)frames / running : 0;
  printf("%zu frames of %zu x %zu, %.0f a second\n", frames, video_shape[3], video_shape[2], rate);
  return true;
}

/* The same on the model's own pool, with everything that a run needs. */
static bool run(FILE *in, FILE *out) {
  char error[256];
  if (simone_check(error, sizeof error) != SMALTI_OK) {
    fprintf(stderr, "%s\n", error);
    return false;
  }
  smalti_pool *pool = simone_pool_create(0); /* a thread for every processor it may use */
  if (!pool) {
    fprintf(stderr, "no threads: %s\n", strerror(errno));
    return false;
  }
  const smalti_executor *executor = simone_pool_executor(pool);
  const uint64_t size = simone_run_workspace_bytes(executor->worker_count);
  void *workspace = aligned_alloc(SMALTI_ALIGNMENT, size);
  bool done = false;
  if (workspace) {
    smalti_call call = smalti_new_call();
    call.inputs = inputs, call.input_count = SIMONE_WHOLE_INPUT_COUNT;
    call.outputs = outputs, call.output_count = SIMONE_WHOLE_OUTPUT_COUNT;
    call.workspace = (smalti_buffer){workspace, size};
    call.executor = executor;
    call.error_text = error, call.error_capacity = sizeof error;
    done = filter(in, out, &call);
  } else {
    fprintf(stderr, "no memory for %llu bytes of workspace\n", (unsigned long long)size);
  }
  free(workspace);
  simone_pool_free(pool);
  return done;
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: %s IN OUT, frames of %zu x %zu as rgb24\n", words[0], video_shape[3],
            video_shape[2]);
    return 2;
  }
  FILE *in = fopen(words[1], "rb");
  FILE *out = in ? fopen(words[2], "wb") : NULL;
  bool done = false;
  if (out) {
    done = run(in, out);
  } else {
    fprintf(stderr, "cannot open %s: %s\n", words[in ? 2 : 1], strerror(errno));
  }
  if (in) fclose(in);
  if (out && fclose(out) != 0) {
    fprintf(stderr, "cannot write %s: %s\n", words[2], strerror(errno));
    done = false;
  }
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
