/* `--bench`: how long a run takes. One call goes before and is timed by itself: it touches memory
 * for the first time. */
#include "executable.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* As many runs as this unless the call says how many; fewer when they take longer than that. */
enum { USUAL_RUNS = 5, FEWEST_RUNS = 3 };
#define PATIENCE_SECONDS 60.0

typedef struct timing {
  double first;
  double median;
  double least;
  double most;
  double gigaflops; /* NaN where nothing is counted */
  uint64_t runs;
} timing;

static int compare(const void *a, const void *b) {
  const double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static timing measured(session *session) {
  const uint64_t asked = session->options->runs;
  const uint64_t limit = asked > 0 ? asked : USUAL_RUNS;
  double *seconds = smalti_new_table(limit, sizeof *seconds);
  timing timing = {.first = smalti_run(session, "first run")};
  double total = 0;
  while (timing.runs < limit) {
    if (asked == 0 && timing.runs >= FEWEST_RUNS && total > PATIENCE_SECONDS) break;
    const char *what = smalti_words("run %" PRIu64 " of %" PRIu64, timing.runs + 1, limit);
    seconds[timing.runs] = smalti_run(session, what);
    total += seconds[timing.runs++];
  }
  qsort(seconds, timing.runs, sizeof *seconds, compare);
  const uint64_t middle = timing.runs / 2;
  timing.median =
      timing.runs % 2 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
  timing.least = seconds[0];
  timing.most = seconds[timing.runs - 1];
  const double flops = (double)session->signature->flops;
  timing.gigaflops = flops > 0 ? flops / timing.median * 1e-9 : (double)NAN;
  free(seconds);
  return timing;
}

/* The keys that `smalti bench --json` has too mean the same. */
static void print_json(const session *session, const timing *timing) {
  smalti_json_begin();
  smalti_json_text("model", session->model->name);
  smalti_json_text("entry", session->entry->name);
  smalti_json_text("specialisation", session->signature->specialisation);
  smalti_json_text("level", session->model->level());
  smalti_json_count("threads", session->executor->worker_count);
  smalti_json_count("runs", timing->runs);
  smalti_json_number("median_s", timing->median);
  smalti_json_number("min_s", timing->least);
  smalti_json_number("max_s", timing->most);
  smalti_json_number("first_call_s", timing->first);
  smalti_json_count("flops", session->signature->flops);
  smalti_json_number("gflops", timing->gigaflops);
  smalti_json_count("peak_rss_bytes", smalti_peak_resident_bytes());
  smalti_json_end();
}

static void print_line(const char *name, const char *value) {
  printf("  %-11s  %s\n", name, value);
}

static void print_text(const session *session, const timing *timing) {
  const uint32_t threads = session->executor->worker_count;
  const char *size = session->signature->specialisation;
  printf(
      "%s, %s%s%s: %s, %" PRIu32 " %s, %" PRIu64 " %s\n", session->model->name,
      session->entry->name, size[0] ? ", " : "", size, session->model->level(), threads,
      threads == 1 ? "thread" : "threads", timing->runs, timing->runs == 1 ? "run" : "runs");
  print_line("median", smalti_seconds_text(timing->median));
  print_line("min", smalti_seconds_text(timing->least));
  print_line("max", smalti_seconds_text(timing->most));
  print_line("first call", smalti_seconds_text(timing->first));
  if (session->signature->flops > 0) {
    print_line("speed", smalti_words("%s GFLOP/s", smalti_digits_text(timing->gigaflops)));
  }
  print_line("peak memory", smalti_bytes_text(smalti_peak_resident_bytes()));
}

void smalti_bench(session *session) {
  const timing timing = measured(session);
  if (session->options->json) {
    print_json(session, &timing);
  } else if (!session->options->quiet) {
    print_text(session, &timing);
  }
}
