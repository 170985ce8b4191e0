/* What the program says about itself: how it is called, and what its model reads and gives. */
#include "arrays.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Columns of a table; `%-*s` wants an int. */
typedef struct widths {
  int name;
  int type;
} widths;

static void widen(int *width, const char *text) {
  const int length = (int)strlen(text);
  if (length > *width) *width = length;
}

static void print_options(void) {
  size_t count;
  const option *options = smalti_all_options(&count);
  enum { WIDTH = 23 };
  printf("Options:\n");
  for (size_t i = 0; i < count; i++) {
    const char *value = options[i].value ? options[i].value : "";
    const char *left = smalti_words("%s %s", options[i].name, value);
    printf("  %-*s  %s\n", WIDTH, left, options[i].help);
  }
}

/* -- Entry points ------------------------------------------------------------------------------ */

static void widen_tensors(widths *widths, const smalti_tensor *tensors, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    const array_type type = smalti_type_of(&tensors[i]);
    widen(&widths->name, tensors[i].name);
    widen(&widths->type, smalti_type_text(&type));
  }
}

static void print_tensors(
    const char *kind, const smalti_tensor *tensors, uint64_t count, widths widths) {
  for (uint64_t i = 0; i < count; i++) {
    const array_type type = smalti_type_of(&tensors[i]);
    const bool is_drawn = strcmp(kind, "input") == 0 && smalti_is_key(&tensors[i]);
    printf(
        "    %-6s  %-*s  %-*s  %s %s%s\n", kind, widths.name, tensors[i].name, widths.type,
        smalti_type_text(&type), smalti_count_text(tensors[i].byte_count),
        tensors[i].byte_count == 1 ? "byte" : "bytes",
        is_drawn ? ", drawn from --seed when not given" : "");
  }
}

static void print_entry(const smalti_entry *entry, bool is_usual) {
  printf("\n  %s%s\n", entry->name, is_usual ? " (by default)" : "");
  for (uint64_t i = 0; i < entry->signature_count; i++) {
    const smalti_signature *signature = &entry->signatures[i];
    const char *size = signature->specialisation;
    if (size[0]) printf("    --specialisation %s\n", size);
    widths widths = {0, 0};
    widen_tensors(&widths, signature->inputs, signature->input_count);
    widen_tensors(&widths, signature->outputs, signature->output_count);
    print_tensors("input", signature->inputs, signature->input_count, widths);
    print_tensors("output", signature->outputs, signature->output_count, widths);
  }
}

/* -- The whole --------------------------------------------------------------------------------- */

/* A call that is right for this model, but for the names of files. */
static void print_example(const char *program, const smalti_model *model) {
  const smalti_signature *signature = &smalti_usual_entry(model)->signatures[0];
  printf("Example: %s", program);
  for (uint64_t i = 0; i < signature->input_count; i++) {
    const char *name = signature->inputs[i].name;
    if (!smalti_is_key(&signature->inputs[i])) printf(" --input %s=%s.npy", name, name);
  }
  if (model->prepared_byte_count > 0 && !model->weights.pointer) {
    printf(" --weights-file %s.weights", model->name);
  }
  printf(" --output out.npz\nExample: %s --bench --threads 1\n", program);
}

void smalti_print_help(const char *program) {
  const smalti_model *model = smalti_this_model();
  printf("Runs the model %s, which is in this file, on arrays from files.\n\n", model->name);
  printf("Usage: %s --input NAME=FILE ... --output FILE\n\n", program);
  printf(
      "An input is a .npy file, or an array of a .npz file (NAME=FILE.npz:ARRAY).\n"
      "Pictures of bytes are divided by 255, a missing batch axis is added, of a\n"
      "longer clip the first frames are taken.\n\n");
  print_example(program, model);
  printf("\n");
  print_options();
  printf("\nEntry points:\n");
  const smalti_entry *usual = smalti_usual_entry(model);
  for (uint64_t i = 0; i < model->entry_count; i++) {
    print_entry(&model->entries[i], &model->entries[i] == usual);
  }
  printf("\nExit codes: 0 done, 1 failed, 2 a mistake in the call, 130 after Ctrl-C.\n");
}

void smalti_print_version(void) {
  const smalti_model *model = smalti_this_model();
  printf("%s, compiled by smalti %s\n", model->name, model->version);
}
