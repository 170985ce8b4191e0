/* Prepared weights that lie in a file of their own: mapped, never copied, and checked first. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a mapping begins with; the block lies SMALTI_WEIGHTS_OFFSET bytes further. */
typedef struct mapping {
  const void *bytes;
  uint64_t byte_count;
} mapping;

static int32_t map_file(
    const char *path, mapping *mapping, char *error_text, uint64_t error_capacity) {
  /* Without waiting: a pipe without a writer would never open. */
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    const int code = errno;
    if (file >= 0) close(file);
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_UNREADABLE, "cannot open '%s': %s", path,
        strerror(code));
  }
  if (!S_ISREG(status.st_mode) || status.st_size < (off_t)SMALTI_WEIGHTS_OFFSET) {
    close(file);
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_WRONG_WEIGHTS,
        "'%s' is no file of prepared weights: it has %lld bytes, less than a header of %u", path,
        S_ISREG(status.st_mode) ? (long long)status.st_size : 0, SMALTI_WEIGHTS_OFFSET);
  }
  mapping->byte_count = (uint64_t)status.st_size;
  void *bytes = mmap(NULL, mapping->byte_count, PROT_READ, MAP_PRIVATE, file, 0);
  const int code = errno;
  close(file);
  if (bytes == MAP_FAILED) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_UNREADABLE, "cannot map '%s': %s", path,
        strerror(code));
  }
  mapping->bytes = bytes;
  return SMALTI_OK;
}

/* The header against the model and the size of the file. */
static int32_t check_header(
    const smalti_artefact *artefact, const char *path, const mapping *mapping,
    const smalti_weights_header *header, char *error_text, uint64_t error_capacity) {
  const smalti_model *model = artefact->model;
  if (memcmp(header->magic, SMALTI_WEIGHTS_MAGIC, sizeof header->magic) != 0) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_WRONG_WEIGHTS,
        "'%s' is no file of prepared weights; compile with --weights-file to make one", path);
  }
  if (header->version != SMALTI_WEIGHTS_VERSION) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_WRONG_WEIGHTS,
        "'%s' has version %" PRIu32 ", this model reads %u; compile both again", path,
        header->version, SMALTI_WEIGHTS_VERSION);
  }
  if (header->layout != artefact->layout || header->byte_count != model->prepared_byte_count) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_WRONG_WEIGHTS,
        "'%s' holds weights of '%.*s' in layout %016" PRIx64 " (%" PRIu64
        " bytes), %s needs layout %016" PRIx64 " (%" PRIu64
        " bytes); use the file that was written with it",
        path, (int)sizeof header->model - 1, header->model, header->layout, header->byte_count,
        model->name, artefact->layout, model->prepared_byte_count);
  }
  if (mapping->byte_count - SMALTI_WEIGHTS_OFFSET != header->byte_count) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_DAMAGED_WEIGHTS,
        "'%s' has %" PRIu64 " bytes, its header says %" PRIu64 "; copy it again", path,
        mapping->byte_count, SMALTI_WEIGHTS_OFFSET + header->byte_count);
  }
  return SMALTI_OK;
}

static int32_t check_bytes(
    const char *what, const smalti_buffer *block, uint32_t expected, char *error_text,
    uint64_t error_capacity) {
  const uint32_t checksum = smalti_crc32(0, block->pointer, block->byte_count);
  if (checksum == expected) return SMALTI_OK;
  return smalti_fail_text(
      error_text, error_capacity, SMALTI_DAMAGED_WEIGHTS,
      "the weights in %s are damaged: their checksum is %08" PRIx32 ", it should be %08" PRIx32
      "; copy the file again",
      what, checksum, expected);
}

int32_t smalti_artefact_open_weights(
    const smalti_artefact *artefact, const char *path, smalti_buffer *weights, char *error_text,
    uint64_t error_capacity) {
  if (error_text && error_capacity > 0) error_text[0] = '\0';
  if (!path || !weights) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_NULL_ARGUMENT, "the %s is null",
        path ? "place for the weights" : "path");
  }
  *weights = (smalti_buffer){NULL, 0};
  mapping mapping = {NULL, 0};
  int32_t status = map_file(path, &mapping, error_text, error_capacity);
  if (status != SMALTI_OK) return status;
  smalti_weights_header header;
  memcpy(&header, mapping.bytes, sizeof header);
  status = check_header(artefact, path, &mapping, &header, error_text, error_capacity);
  const smalti_buffer block = {
      (char *)mapping.bytes + SMALTI_WEIGHTS_OFFSET, mapping.byte_count - SMALTI_WEIGHTS_OFFSET};
  if (status == SMALTI_OK) {
    status = check_bytes(path, &block, header.checksum, error_text, error_capacity);
  }
  if (status == SMALTI_OK) {
    *weights = block;
  } else {
    munmap((void *)mapping.bytes, mapping.byte_count);
  }
  return status;
}

void smalti_artefact_close_weights(smalti_buffer *weights) {
  if (!weights || !weights->pointer) return;
  munmap(
      (char *)weights->pointer - SMALTI_WEIGHTS_OFFSET,
      weights->byte_count + SMALTI_WEIGHTS_OFFSET);
  *weights = (smalti_buffer){NULL, 0};
}

int32_t smalti_artefact_check_weights(
    const smalti_artefact *artefact, char *error_text, uint64_t error_capacity) {
  if (error_text && error_capacity > 0) error_text[0] = '\0';
  const smalti_model *model = artefact->model;
  if (model->prepared_byte_count == 0) return SMALTI_OK;
  if (!model->weights.pointer) {
    return smalti_fail_text(
        error_text, error_capacity, SMALTI_NO_WEIGHTS, "the file of %s has no weights in it",
        model->name);
  }
  return check_bytes(
      model->name, &model->weights, artefact->weights_checksum, error_text, error_capacity);
}
