/* What a compiled file holds beside its kernels: the tables that the compiler writes, and what the
 * functions of its header do. No part of the ABI: tables and runtime are one file.
 *
 * Reasons for what is fixed here: docs/decisions/0008-artefacts.md. */
#ifndef SMALTI_ARTEFACT_H
#define SMALTI_ARTEFACT_H

#include "smalti_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An instruction set that the file has code for. */
typedef struct smalti_level {
  const char *name;
  uint64_t required_features;
} smalti_level;

/* A compiled model. `plans[(entry * level_count + level) * signature_count + signature]` is what a
 * call runs; every entry point has the same number of signatures. */
typedef struct smalti_artefact {
  const smalti_model *model;
  const smalti_level *levels; /* the better ones of a machine later */
  uint64_t level_count;
  uint64_t signature_count;
  const smalti_plan *const *plans;
  const smalti_plan *const *prepare; /* one for each level; null where nothing is prepared */
  uint64_t layout; /* a hash of how the prepared block is laid out, and of what */
  uint32_t weights_checksum; /* CRC-32 of the weights inside the file */
} smalti_artefact;

/* SMALTI_OK when this machine has the features of one of the levels. */
int32_t smalti_artefact_check(
    const smalti_artefact *artefact, char *error_text, uint64_t error_capacity);

/* The name of the level that runs here; null when there is none. */
const char *smalti_artefact_level(const smalti_artefact *artefact);

/* Runs entry point `entry` for the signature that the sizes of the call's inputs name, with the
 * weights inside the file where the call brings none. */
int32_t smalti_artefact_run(
    const smalti_artefact *artefact, uint64_t entry, const smalti_call *call);

/* Raw parameters, the call's inputs, to the prepared block, its one output. */
int32_t smalti_artefact_prepare(const smalti_artefact *artefact, const smalti_call *call);

/* Bytes of workspace for every signature of `entry`. */
uint64_t smalti_artefact_workspace_bytes(
    const smalti_artefact *artefact, uint64_t entry, uint32_t workers);
uint64_t smalti_artefact_prepare_workspace_bytes(
    const smalti_artefact *artefact, uint32_t workers);

/* Maps a file of prepared weights, compares its layout with the model's and its bytes with its
 * checksum, and leaves the block in `weights`. */
int32_t smalti_artefact_open_weights(
    const smalti_artefact *artefact, const char *path, smalti_buffer *weights, char *error_text,
    uint64_t error_capacity);

/* Unmaps what was opened, and clears `weights`. Null and cleared ones are ignored. */
void smalti_artefact_close_weights(smalti_buffer *weights);

/* Compares the weights inside the file with their checksum. */
int32_t smalti_artefact_check_weights(
    const smalti_artefact *artefact, char *error_text, uint64_t error_capacity);

/* The header of a weights file; the block follows at SMALTI_WEIGHTS_OFFSET. Little-endian. */
#define SMALTI_WEIGHTS_MAGIC "SMALTIW\n"
#define SMALTI_WEIGHTS_VERSION 1u
#define SMALTI_WEIGHTS_OFFSET 4096u

typedef struct smalti_weights_header {
  char magic[8];
  uint32_t version;
  uint32_t checksum; /* CRC-32 of the block */
  uint64_t byte_count; /* of the block */
  uint64_t layout;
  char model[64]; /* for people; cut to fit, ends with a zero byte */
} smalti_weights_header;

/* CRC-32 of `bytes`, as zlib, PNG and gzip count it; `checksum` is that of what came before, or 0. */
uint32_t smalti_crc32(uint32_t checksum, const void *bytes, uint64_t byte_count);

#ifdef __cplusplus
}
#endif

#endif
