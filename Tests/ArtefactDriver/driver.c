/* A compiled model used from C, rightly and wrongly: any model, with its weights inside, beside or
 * nowhere.
 *
 *     smalti compile simone:tiny -o FOLDER/simone.a
 *     cc -std=c11 -DMODEL=simone -I FOLDER *.c FOLDER/simone.a -pthread -o FOLDER/driver
 *     FOLDER/driver [WEIGHTS_FILE]
 *
 * A line for each check: `ok NAME`, `FAILED NAME: …` or `skipped NAME`. The exit code is 1 when one
 * failed, 2 when the driver itself cannot go on. Where weights are nowhere, it prepares some. Where
 * SMALTI_LEVEL leaves no level, it sees that nothing runs. */
#define _GNU_SOURCE
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOINED(a, b) a##b
#define MODEL_FUNCTION(name, function) JOINED(name, function)

static void check_target(const target *target) {
  check_bad_calls(target);
  check_overlaps(target);
  check_memory(target);
  check_executors(target);
  check_progress(target);
}

/* `prepare` as an entry point like others, whose inputs are the parameters. */
static target preparation(const smalti_model *model) {
  static smalti_tensor block;
  static smalti_signature signature;
  static smalti_entry entry;
  static const char *const element = "f32";
  block = (smalti_tensor){
      "prepared", element, &model->prepared_byte_count, 1, model->prepared_byte_count,
      SMALTI_ALIGNMENT};
  signature = (smalti_signature){
      .specialisation = "", .inputs = model->parameters, .input_count = model->parameter_count,
      .outputs = &block, .output_count = 1};
  entry = (smalti_entry){
      "prepare", model->prepare, model->prepare_workspace_bytes, &signature, 1};
  return make_target(model, &entry, &signature, NULL);
}

/* The weights that every call brings: those of the file, or prepared ones; none where they lie in
 * the model. */
static void find_weights(
    const smalti_model *model, const char *path, const target *prepare, smalti_buffer *weights) {
  if (model->weights.pointer || model->prepared_byte_count == 0) return;
  char error[400];
  if (path && model->open_weights(path, weights, error, sizeof error) != SMALTI_OK) {
    fprintf(stderr, "driver: %s\n", error);
    exit(2);
  }
  if (path) return;
  *weights = (smalti_buffer){NULL, model->prepared_byte_count};
  if (!prepare) {
    fprintf(stderr, "driver: the weights of %s lie in a file; name it\n", model->name);
    exit(2);
  }
  if (posix_memalign(&weights->pointer, SMALTI_ALIGNMENT, weights->byte_count) != 0) exit(2);
  memcpy(weights->pointer, prepare->outputs[0], weights->byte_count);
}

static uint64_t count_signatures(const smalti_model *model) {
  uint64_t count = 0;
  for (uint64_t i = 0; i < model->entry_count; i++) count += model->entries[i].signature_count;
  return count;
}

int main(int count, char **words) {
  const smalti_model *model = MODEL_FUNCTION(MODEL, _model)();
  const char *path = count > 1 ? words[1] : NULL;
  catch_signals(handle_fault);
  if (!model->level()) {
    check_no_level(model);
    return failure_count() > 0 ? 1 : 0;
  }
  check_model(model, path);

  target prepare = {0};
  if (model->prepare) {
    prepare = preparation(model);
    check_target(&prepare);
  }
  smalti_buffer weights = {NULL, 0};
  find_weights(model, path, model->prepare ? &prepare : NULL, &weights);

  const uint64_t target_count = count_signatures(model);
  target *targets = calloc(target_count, sizeof *targets);
  if (!targets) return 2;
  uint64_t next = 0;
  for (uint64_t i = 0; i < model->entry_count; i++) {
    const smalti_entry *entry = &model->entries[i];
    for (uint64_t j = 0; j < entry->signature_count; j++) {
      targets[next++] = make_target(
          model, entry, &entry->signatures[j], weights.pointer ? &weights : NULL);
    }
  }
  for (uint64_t i = 0; i < target_count; i++) check_target(&targets[i]);
  check_callers(targets, target_count);

  for (uint64_t i = 0; i < target_count; i++) free_target(&targets[i]);
  free(targets);
  if (model->prepare) free_target(&prepare);
  if (path) {
    model->close_weights(&weights);
  } else {
    free(weights.pointer);
  }
  return failure_count() > 0 ? 1 : 0;
}
