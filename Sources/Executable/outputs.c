/* What a run gives: which outputs are kept, and the file that takes them. */
#define _GNU_SOURCE
#include "arrays.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- Choice ------------------------------------------------------------------------------------ */

/* Of a model that segments, what people look at; of others, all. */
static uint64_t choose_usual(names known, uint64_t *chosen) {
  const uint64_t usual[] = {
      smalti_find(known, "reconstruction"), smalti_find(known, "weights")};
  const bool has_usual = usual[0] < known.count && usual[1] < known.count;
  uint64_t count = 0;
  for (uint64_t i = 0; i < known.count; i++) {
    if (!has_usual || i == usual[0] || i == usual[1]) chosen[count++] = i;
  }
  return count;
}

static bool holds(const uint64_t *chosen, uint64_t count, uint64_t index) {
  while (count > 0 && chosen[count - 1] != index) count--;
  return count > 0;
}

static uint64_t choose_named(names known, const char *list, uint64_t *chosen) {
  uint64_t count = 0;
  char *copy = smalti_keep(list);
  char *rest = copy;
  for (char *name; (name = strsep(&rest, ",")) != NULL;) {
    const uint64_t index = smalti_find(known, name);
    if (index == known.count) {
      smalti_end_call(
          (fact){.code = "call.output-unknown", .help = smalti_remedy(known, name, "it gives")},
          "the model has no output %s", name);
    }
    if (!holds(chosen, count, index)) chosen[count++] = index;
  }
  free(copy);
  return count;
}

static bool is_npy(const char *path) {
  const size_t length = strlen(path);
  return length >= 4 && strcmp(path + length - 4, ".npy") == 0;
}

uint64_t *smalti_chosen_outputs(const session *session, uint64_t *count) {
  const smalti_signature *signature = &session->entry->signatures[0];
  const names known = NAMES(signature->outputs, signature->output_count);
  const options *options = session->options;
  uint64_t *chosen = smalti_new_table(known.count, sizeof *chosen);
  *count = options->outputs ? choose_named(known, options->outputs, chosen)
                            : choose_usual(known, chosen);
  if (is_npy(options->output) && *count != 1) {
    smalti_end_call(
        (fact){
            .code = "call.output-form",
            .help = "name a .npz file, or one output with --outputs",
        },
        "a .npy file holds 1 array, and %" PRIu64 " outputs are to be kept", *count);
  }
  return chosen;
}

/* -- Writing ----------------------------------------------------------------------------------- */

void smalti_write_outputs(const session *session, const uint64_t *chosen, uint64_t count) {
  array *arrays = smalti_new_table(count, sizeof *arrays);
  for (uint64_t i = 0; i < count; i++) {
    const smalti_tensor *output = &session->signature->outputs[chosen[i]];
    arrays[i] = (array){
        output->name, smalti_type_of(output), session->outputs[chosen[i]].pointer};
  }
  output_file file = smalti_create(session->options->output);
  if (is_npy(session->options->output)) {
    smalti_append_npy(&file, &arrays[0]);
  } else {
    smalti_append_npz(&file, arrays, count);
  }
  smalti_commit(&file);
  for (uint64_t i = 0; i < count; i++) {
    smalti_note_nan("output", &arrays[i]);
    const array_type written = smalti_npy_type(&arrays[i].type);
    if (written.element == arrays[i].type.element) continue;
    smalti_note(
        "output %s is %s, which NumPy lacks, and written as %s, which holds the same values",
        arrays[i].name, smalti_elements[arrays[i].type.element].name,
        smalti_elements[written.element].name);
  }
  free(arrays);
}
