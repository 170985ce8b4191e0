/* The door: one call, from its words to its exit code. */
#include "arrays.h"

#include <stdlib.h>

/* Kept to the end of the process. */
static options asked;
static session current;

/* Whether this processor can run the model at all. */
static void check_machine(const smalti_model *model) {
  char sentence[1024] = "";
  const int32_t status = model->check(sentence, sizeof sentence);
  if (status != SMALTI_OK) smalti_end_run(status, sentence);
}

/* Everything that can be wrong with the call is found before anything is read or computed. */
static void load(void) {
  const double start = smalti_seconds();
  smalti_open_weights(&current);
  smalti_load_inputs(&current);
  current.load_seconds = smalti_seconds() - start;
  smalti_prepare_run(&current);
}

static void run(void) {
  uint64_t count;
  uint64_t *chosen = smalti_chosen_outputs(&current, &count);
  smalti_check_output(asked.output);
  load();
  const double seconds =
      smalti_run(&current, smalti_words("running %s", current.model->name));
  smalti_write_outputs(&current, chosen, count);
  smalti_report_run(&current, chosen, count, seconds);
  free(chosen);
}

static void bench(void) {
  load();
  smalti_bench(&current);
}

int main(int count, char **words) {
  const smalti_model *model = smalti_this_model();
  smalti_read_arguments(&asked, count, words);
  if (asked.quiet) smalti_keep_notes_quiet();
  check_machine(model);
  smalti_listen();
  current.options = &asked;
  current.model = model;
  current.entry = smalti_chosen_entry(model, &asked);
  smalti_check_inputs(&current);
  if (asked.bench) {
    bench();
  } else {
    run();
  }
  smalti_close(&current);
  smalti_leave(ENDING_DONE);
}
