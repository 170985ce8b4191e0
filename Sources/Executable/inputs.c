/* What a run reads: which entry point and sizes the call means, and its arrays. */
#include "arrays.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The array that `--input` names, before it fits. */
typedef struct given {
  const char *name;
  const char *place; /* for messages */
  contents file;
  array array;
} given;

/* -- What the call means ----------------------------------------------------------------------- */

static names entry_names(const smalti_model *model) {
  return NAMES(model->entries, model->entry_count);
}

const smalti_entry *smalti_usual_entry(const smalti_model *model) {
  const uint64_t whole = smalti_find(entry_names(model), "whole");
  return &model->entries[whole < model->entry_count ? whole : model->entry_count - 1];
}

const smalti_entry *smalti_chosen_entry(const smalti_model *model, const options *options) {
  if (!options->entry) return smalti_usual_entry(model);
  const uint64_t index = smalti_find(entry_names(model), options->entry);
  if (index == model->entry_count) {
    smalti_end_call(
        (fact){
            .code = "model.entry-unknown",
            .help = smalti_remedy(entry_names(model), options->entry, "its entry points are"),
        },
        "%s has no entry point %s", model->name, options->entry);
  }
  return &model->entries[index];
}

bool smalti_is_key(const smalti_tensor *input) {
  return strcmp(input->name, "key") == 0 && strcmp(input->element, "u64") == 0 && input->rank == 0;
}

/* The signature of `--specialisation`, or null. */
static const smalti_signature *named_signature(const session *session) {
  const char *name = session->options->specialisation;
  const smalti_entry *entry = session->entry;
  const names known = NAMES(entry->signatures, entry->signature_count);
  if (!name) return NULL;
  const uint64_t index = smalti_find(known, name);
  if (index < known.count) return &entry->signatures[index];
  smalti_end_call(
      (fact){
          .code = "call.specialisation",
          .help = known.count == 1 ? "leave --specialisation out, there is one size"
                                   : smalti_remedy(known, name, "it is compiled for"),
      },
      "%s is not compiled for %s", entry->name, name);
}

/* -- Before any file is read ------------------------------------------------------------------- */

static bool is_given(const options *options, const char *name) {
  return smalti_find(NAMES(options->inputs, options->input_count), name) < options->input_count;
}

void smalti_check_inputs(const session *session) {
  const options *options = session->options;
  const smalti_signature *signature = named_signature(session);
  if (!signature) signature = &session->entry->signatures[0];
  const names known = NAMES(signature->inputs, signature->input_count);
  for (uint64_t i = 0; i < options->input_count; i++) {
    const char *name = options->inputs[i].name;
    if (smalti_find(known, name) == known.count) {
      smalti_end_call(
          (fact){.code = "call.input-unknown", .help = smalti_remedy(known, name, "it reads")},
          "the model has no input %s", name);
    }
    if (smalti_find(NAMES(options->inputs, i), name) < i) {
      smalti_end_call(
          (fact){.code = "call.input-repeated", .help = "give it once"}, "input %s is given twice",
          name);
    }
  }
  for (uint64_t i = 0; i < signature->input_count; i++) {
    const smalti_tensor *input = &signature->inputs[i];
    const array_type type = smalti_type_of(input);
    if (options->bench || is_given(options, input->name) || smalti_is_key(input)) continue;
    smalti_end_call(
        (fact){
            .code = "call.input-missing",
            .help = smalti_words("add --input %s=FILE.npy", input->name),
        },
        "input %s is missing, the model reads %s: %s", input->name, input->name,
        smalti_type_text(&type));
  }
}

/* -- Files ------------------------------------------------------------------------------------- */

static bool is_archive(const char *path) {
  const size_t length = strlen(path);
  return length >= 4 && strcmp(path + length - 4, ".npz") == 0;
}

static given read(const assignment *assignment) {
  given given = {.name = assignment->name, .file = smalti_map_file(assignment->path)};
  contents npy = given.file;
  if (assignment->array || is_archive(assignment->path)) {
    npy = smalti_unzip(&given.file, assignment->array, assignment->name);
  }
  given.array = smalti_read_npy(&npy);
  given.array.name = assignment->name;
  given.place = npy.place;
  return given;
}

/* The input of the signature that is called as `given`; every signature has the same names. */
static const smalti_tensor *input_of(const smalti_signature *signature, const given *given) {
  return &signature
              ->inputs[smalti_find(NAMES(signature->inputs, signature->input_count), given->name)];
}

static bool fits(const given *given, const smalti_signature *signature) {
  const array_type needed = smalti_type_of(input_of(signature, given));
  return smalti_fits(&given->array.type, &needed);
}

/* The first signature that all fit. */
static const smalti_signature *fitting_signature(
    const session *session, const given *all, uint64_t count) {
  for (uint64_t s = 0; s < session->entry->signature_count; s++) {
    const smalti_signature *signature = &session->entry->signatures[s];
    uint64_t i = 0;
    while (i < count && fits(&all[i], signature)) i++;
    if (i == count) return signature;
  }
  return NULL;
}

/* Says which array does not fit, and the other sizes that there are. */
static void check_fit(
    const session *session, const smalti_signature *signature, const given *given) {
  if (fits(given, signature)) return;
  const array_type needed = smalti_type_of(input_of(signature, given));
  const names sizes = NAMES(session->entry->signatures, session->entry->signature_count);
  smalti_end_call(
      (fact){
          .code = "call.input-type",
          .place = given->place,
          .note = sizes.count > 1
                      ? smalti_words("the model is compiled for %s", smalti_list(sizes))
                      : NULL,
          .help = "bring the array to this type and shape, or compile the model with options that "
                  "fit it",
      },
      "%s needs %s, got %s", given->name, smalti_type_text(&needed),
      smalti_type_text(&given->array.type));
}

/* -- Arrays that no file gives ----------------------------------------------------------------- */

/* As `smalti bench` draws its first inputs: uniform in [0, 1) where they are floating numbers,
 * zeros where they may be indices. */
static smalti_buffer drawn(const smalti_tensor *input, uint64_t seed) {
  const array_type type = smalti_type_of(input);
  const smalti_buffer buffer =
      smalti_new_buffer(input->byte_count, smalti_words("input %s", input->name));
  if (smalti_is_key(input)) {
    const uint64_t key = smalti_key_named(seed, "noise");
    memcpy(buffer.pointer, &key, sizeof key);
    return buffer;
  }
  memset(buffer.pointer, 0, input->byte_count);
  if (smalti_elements[type.element].kind != KIND_FLOATING) return buffer;
  const uint64_t key = smalti_key_folded(smalti_key_named(seed, input->name), 0);
  const uint64_t count = smalti_element_count(&type);
  const uint32_t size = smalti_elements[type.element].byte_count;
  for (uint64_t i = 0; i < count; i++) {
    smalti_put_real(type.element, (uint8_t *)buffer.pointer + i * size, smalti_uniform(key, i));
  }
  return buffer;
}

static smalti_buffer fitted(const smalti_tensor *input, const given *given) {
  const array_type needed = smalti_type_of(input);
  const smalti_buffer buffer = smalti_fit(&given->array, &needed, input->alignment, given->place);
  const uintptr_t offset = (uintptr_t)buffer.pointer - (uintptr_t)given->file.bytes;
  const bool is_mapped = offset < given->file.byte_count;
  if (!is_mapped) smalti_unmap(&given->file);
  return buffer;
}

void smalti_load_inputs(session *session) {
  const options *options = session->options;
  const uint64_t count = options->input_count;
  given *all = smalti_new_table(count, sizeof *all);
  for (uint64_t i = 0; i < count; i++) all[i] = read(&options->inputs[i]);
  const smalti_signature *signature = named_signature(session);
  if (!signature) signature = fitting_signature(session, all, count);
  if (!signature) signature = &session->entry->signatures[0];
  for (uint64_t i = 0; i < count; i++) check_fit(session, signature, &all[i]);
  session->signature = signature;
  session->inputs = smalti_new_table(signature->input_count, sizeof *session->inputs);
  for (uint64_t i = 0; i < signature->input_count; i++) {
    const smalti_tensor *input = &signature->inputs[i];
    const uint64_t file = smalti_find(NAMES(all, count), input->name);
    session->inputs[i] =
        file < count ? fitted(input, &all[file]) : drawn(input, options->seed);
    if (options->bench) continue;
    const array array = {input->name, smalti_type_of(input), session->inputs[i].pointer};
    smalti_note_nan("input", &array);
  }
  free(all);
}
