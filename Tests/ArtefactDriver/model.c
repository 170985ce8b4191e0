/* What a model says of itself, its pool, and its weights in a file. */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_tensors(
    const char *entry, const smalti_tensor *tensors, const smalti_tensor *firsts, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    const smalti_tensor *tensor = &tensors[i];
    uint64_t byte_count = element_bytes(tensor->element);
    for (uint64_t j = 0; j < tensor->rank; j++) byte_count *= tensor->dimensions[j];
    expect(
        byte_count == tensor->byte_count, "%s: %s has %d bytes for %d", entry, tensor->name,
        (int)tensor->byte_count, (int)byte_count);
    expect(
        tensor->alignment > 0 && (tensor->alignment & (tensor->alignment - 1)) == 0 &&
            tensor->alignment <= SMALTI_ALIGNMENT,
        "%s: %s is aligned to %d", entry, tensor->name, (int)tensor->alignment);
    expect(
        strcmp(tensor->name, firsts[i].name) == 0, "%s: %s is %s in another signature", entry,
        tensor->name, firsts[i].name);
  }
}

static void check_signatures(const smalti_entry *entry) {
  const smalti_signature *first = &entry->signatures[0];
  for (uint64_t i = 0; i < entry->signature_count; i++) {
    const smalti_signature *own = &entry->signatures[i];
    expect(
        own->input_count == first->input_count && own->output_count == first->output_count &&
            own->state_count == first->state_count,
        "signatures of %s have other counts", entry->name);
    check_tensors(entry->name, own->inputs, first->inputs, own->input_count);
    check_tensors(entry->name, own->outputs, first->outputs, own->output_count);
    check_tensors(entry->name, own->states, first->states, own->state_count);
  }
}

static void check_words(const smalti_model *model) {
  begin("the model's table");
  expect(model->byte_count >= sizeof *model, "it has %u bytes", model->byte_count);
  expect(model->abi_version == SMALTI_ABI_VERSION, "it has version %u", model->abi_version);
  expect(model->entry_count > 0, "it has no entry points");
  expect(model->name && model->description && model->version, "it has no name or version");
  check_tensors("parameters", model->parameters, model->parameters, model->parameter_count);
  for (uint64_t i = 0; i < model->entry_count; i++) {
    const smalti_entry *entry = &model->entries[i];
    expect(entry->signature_count > 0, "entry point %s has no signature", entry->name);
    check_signatures(entry);
    expect(
        entry->workspace_bytes(0) == entry->workspace_bytes(1),
        "no workers need another workspace than one");
    expect(
        entry->workspace_bytes(2) > entry->workspace_bytes(1) &&
            entry->workspace_bytes(2) % SMALTI_ALIGNMENT == 0,
        "two workers need no more than one, or no whole lines");
  }
  finish();

  begin("its level, and this machine");
  char text[300] = "x";
  const int32_t status = model->check(text, sizeof text);
  expect(status == SMALTI_OK && text[0] == '\0', "status %d: %s", status, text);
  expect(model->check(NULL, 0) == SMALTI_OK, "it needs room for a sentence");
  expect(model->level() != NULL, "it has no level here");
  expect(model->allowed_processors() > 0, "no processor is allowed");
  finish();

  begin("sentences of all statuses");
  for (int32_t i = 0; i <= SMALTI_UNREADABLE; i++) {
    for (int32_t j = -1; j < i; j++) {
      expect(
          strcmp(model->status_text(i), model->status_text(j)) != 0, "%d and %d have the same", i,
          j);
    }
  }
  expect(model->status_text(INT32_MIN) && model->status_text(INT32_MAX), "an unknown has none");
  finish();
}

static void check_pool_words(const smalti_model *model) {
  begin("pools that cannot be, and none");
  errno = 0;
  expect(model->pool_create(1025) == NULL && errno == EINVAL, "1025 threads: errno %d", errno);
  expect(model->pool_create(UINT32_MAX) == NULL, "2^32 - 1 threads");
  expect(model->pool_executor(NULL) == NULL, "no pool has an executor");
  model->pool_free(NULL);
  smalti_pool *pool = model->pool_create(0);
  expect(
      pool && model->pool_executor(pool)->worker_count == model->allowed_processors(),
      "a pool of 0 threads has not one for each processor");
  model->pool_free(pool);
  finish();
}

/* -- Weights ----------------------------------------------------------------------------------- */

static void check_open(
    const smalti_model *model, const char *name, const char *path, int32_t expected) {
  begin("weights: %s", name);
  char text[400] = "x";
  smalti_buffer weights = {text, 5};
  const int32_t status = model->open_weights(path, &weights, text, sizeof text);
  expect(status == expected, "status %d, not %d: %s", status, expected, text);
  expect((status == SMALTI_OK) == (text[0] == '\0'), "the sentence is '%s'", text);
  if (path && status != SMALTI_OK) {
    expect(!weights.pointer && weights.byte_count == 0, "there is a block all the same");
  }
  if (status == SMALTI_OK) {
    expect(weights.byte_count == model->prepared_byte_count, "it has another size");
    model->close_weights(&weights);
    expect(!weights.pointer, "closing leaves it");
  }
  finish();
}

/* A copy of the file of `byte_count` bytes, of which byte `changed` is another. */
static void check_copy(
    const smalti_model *model, const char *name, const char *bytes, uint64_t byte_count,
    uint64_t changed, int32_t expected) {
  char path[] = "weights-XX" "XX" "XX"; /* in parts, as three in a row mean an open end here */
  const int file = mkstemp(path);
  FILE *stream = file < 0 ? NULL : fdopen(file, "wb");
  if (!stream) exit(2);
  fwrite(bytes, 1, byte_count, stream);
  if (changed < byte_count) {
    fseek(stream, (long)changed, SEEK_SET);
    fputc(bytes[changed] ^ 1, stream);
  }
  if (fclose(stream) != 0) exit(2);
  check_open(model, name, path, expected);
  unlink(path);
}

static void check_weights_file(const smalti_model *model, const char *path) {
  check_open(model, "the file that belongs to it", path, SMALTI_OK);
  FILE *stream = fopen(path, "rb");
  if (!stream || fseek(stream, 0, SEEK_END) != 0) exit(2);
  const uint64_t size = (uint64_t)ftell(stream);
  char *bytes = malloc(size);
  rewind(stream);
  if (!bytes || fread(bytes, 1, size, stream) != size) exit(2);
  fclose(stream);
  check_copy(model, "a file of no bytes", bytes, 0, UINT64_MAX, SMALTI_WRONG_WEIGHTS);
  check_copy(model, "half a header", bytes, 2048, UINT64_MAX, SMALTI_WRONG_WEIGHTS);
  check_copy(model, "a header alone", bytes, 4096, UINT64_MAX, SMALTI_DAMAGED_WEIGHTS);
  check_copy(model, "a byte less", bytes, size - 1, UINT64_MAX, SMALTI_DAMAGED_WEIGHTS);
  check_copy(model, "the first byte is another", bytes, size, 0, SMALTI_WRONG_WEIGHTS);
  check_copy(model, "the first weight is another", bytes, size, 4096, SMALTI_DAMAGED_WEIGHTS);
  check_copy(model, "the last byte is another", bytes, size, size - 1, SMALTI_DAMAGED_WEIGHTS);
  free(bytes);
}

void check_no_level(const smalti_model *model) {
  begin("no level here");
  char text[300] = "";
  expect(model->check(text, sizeof text) == SMALTI_NO_FEATURES, "it can run all the same");
  expect(text[0] != '\0', "there is no sentence");
  expect(model->level() == NULL, "the level is %s", model->level());
  for (uint64_t i = 0; i < model->entry_count; i++) {
    const smalti_entry *entry = &model->entries[i];
    smalti_call call = smalti_new_call();
    text[0] = '\0';
    call.error_text = text, call.error_capacity = sizeof text;
    const int32_t status = entry->run(&call);
    expect(status == SMALTI_NO_FEATURES, "%s: status %d", entry->name, status);
    expect(text[0] != '\0', "%s: there is no sentence", entry->name);
    expect(entry->workspace_bytes(1) == 0, "%s needs a workspace", entry->name);
  }
  finish();
}

void check_model(const smalti_model *model, const char *weights_path) {
  check_words(model);
  check_pool_words(model);
  check_open(model, "no path", NULL, SMALTI_NULL_ARGUMENT);
  check_open(model, "a file that is not there", "not-there", SMALTI_UNREADABLE);
  check_open(model, "a folder", ".", SMALTI_WRONG_WEIGHTS);
  begin("weights: no place for the block, and nothing to close");
  expect(model->open_weights(".", NULL, NULL, 0) == SMALTI_NULL_ARGUMENT, "it is not refused");
  model->close_weights(NULL);
  smalti_buffer none = {NULL, 0};
  model->close_weights(&none);
  finish();
  begin("weights: the checksum of those inside");
  const bool is_empty = model->prepared_byte_count > 0 && !model->weights.pointer;
  const int32_t status = model->check_weights(NULL, 0);
  expect(status == (is_empty ? SMALTI_NO_WEIGHTS : SMALTI_OK), "status %d", status);
  finish();
  if (weights_path) check_weights_file(model, weights_path);
}
