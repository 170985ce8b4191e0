/* The compiler as a C library, `libsmalti`: load a model, compile it into a file, run it here, see
 * what it does. Programs that only run a compiled file need its own header and not this one.
 *
 *   char error[1024];
 *   smalti_network *network = NULL;
 *   if (smalti_load("simone:tiny", NULL, 0, &network, error, sizeof error)) puts(error);
 *   smalti_compile_options options = smalti_new_compile_options();
 *   if (smalti_compile(network, "simone.so", &options, error, sizeof error)) puts(error);
 *   smalti_free(network);
 *
 * Functions that can fail return a smalti_outcome and leave the sentence of an error, which names
 * cause, place, both values and remedy, at `error_text`, cut to `error_capacity` bytes; both may be
 * 0. A network is used by one thread at a time; several networks by several threads. */
#ifndef SMALTI_H
#define SMALTI_H

#include "smalti_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are the exit codes of the command `smalti`. */
typedef enum smalti_outcome {
  SMALTI_DONE = 0,
  SMALTI_FAILED = 1, /* the call was right: a damaged file, a full disk */
  SMALTI_MISTAKE = 2 /* the call itself is wrong; nothing was tried */
} smalti_outcome;

/* As "0.1.0". */
const char *smalti_version(void);

/* -- Networks ---------------------------------------------------------------------------------- */

/* A model with its options and weights. */
typedef struct smalti_network smalti_network;

/* Loads `model`, a name of the zoo with an optional preset ("simone:tiny") or the path of a file of
 * graph text, with `settings` of the form "key=value". Its weights are made from seed 0. */
int32_t smalti_load(
    const char *model, const char *const *settings, uint64_t setting_count,
    smalti_network **network, char *error_text, uint64_t error_capacity);

/* Frees the network with all runners of it. Null is ignored. */
void smalti_free(smalti_network *network);

/* Takes the weights of a safetensors file, which has exactly the model's parameters; when it fails,
 * the network keeps those it had. */
int32_t smalti_read_weights(
    smalti_network *network, const char *path, char *error_text, uint64_t error_capacity);

/* Takes weights made from `seed`. */
void smalti_make_weights(smalti_network *network, uint64_t seed);

/* What the network is: its entry points with the names, element types and shapes of inputs and
 * outputs, and its parameters, as JSON. Valid until the network is freed. */
const char *smalti_describe(smalti_network *network);

/* -- Files ------------------------------------------------------------------------------------- */

/* How a file is made; null and 0 are the defaults of `smalti compile`. */
typedef struct smalti_compile_options {
  uint32_t byte_count; /* sizeof(smalti_compile_options) where the caller was compiled */
  uint32_t abi_version;
  const char *emit;         /* "so", "exe", "a", "obj"; by default what the output's ending says */
  const char *entry;        /* one entry point; by default all */
  const char *target;       /* levels, with commas; by default this machine's */
  const char *name;         /* what the functions begin with; by default the output's name */
  const char *specialise;   /* "batch=1,8" */
  const char *weights_file; /* put prepared weights into this file */
  int32_t has_no_weights;   /* not 0: none inside, NAME_prepare is exported */
  uint32_t threads;         /* for preparing weights; 0 means every processor allowed */
  const char *c_compiler;   /* by default cc */
} smalti_compile_options;

static inline smalti_compile_options smalti_new_compile_options(void) {
#ifdef __cplusplus
  smalti_compile_options options = {};
#else
  smalti_compile_options options = {0};
#endif
  options.byte_count = sizeof(smalti_compile_options);
  options.abi_version = SMALTI_ABI_VERSION;
  return options;
}

/* Compiles the network into the file `output`, a library's header beside it. Null options are the
 * defaults. */
int32_t smalti_compile(
    smalti_network *network, const char *output, const smalti_compile_options *options,
    char *error_text, uint64_t error_capacity);

/* -- Runs in this process ---------------------------------------------------------------------- */

/* An entry point, compiled in memory, with threads and workspace; used by one thread at a time. */
typedef struct smalti_runner smalti_runner;

/* Compiles `entry` (null means the model as a whole) and prepares its weights. `threads` 0 means
 * every processor allowed. */
int32_t smalti_start(
    smalti_network *network, const char *entry, uint32_t threads, smalti_runner **runner,
    char *error_text, uint64_t error_capacity);

/* Frees the runner; its network may be used on. Null is ignored. */
void smalti_stop(smalti_runner *runner);

/* What the runner reads and writes, valid until it is freed. */
const smalti_signature *smalti_signature_of(const smalti_runner *runner);

/* One run: buffers in the order of the signature, sizes exactly as there. */
int32_t smalti_run(
    smalti_runner *runner, const smalti_buffer *inputs, uint64_t input_count,
    const smalti_buffer *outputs, uint64_t output_count, char *error_text,
    uint64_t error_capacity);

/* -- Reports ----------------------------------------------------------------------------------- */

/* What `smalti explain` says of `entry` (null means the model as a whole), as text; valid until the
 * network is freed or explained again. */
int32_t smalti_explain(
    smalti_network *network, const char *entry, const char **text, char *error_text,
    uint64_t error_capacity);

#ifdef __cplusplus
}
#endif

#endif
