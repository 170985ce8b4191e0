/* The executable artefact: a model as a command.
 *
 * `smalti compile MODEL --emit exe` compiles this folder with the system's C compiler and links it
 * with the model: its kernels, its tables and the runtime. All that these files know of the model
 * is what `smalti_this_model` returns, and they need the C library alone.
 *
 * The program is one call long. A mistake therefore ends the process where it is found, and what
 * the call needs to its end is never given back. Words and conversions are those of `smalti run`. */
#ifndef SMALTI_EXECUTABLE_H
#define SMALTI_EXECUTABLE_H

#include "smalti_abi.h"

#include <stdbool.h>
#include <stddef.h>

/* The model, from the tables that the compiler writes. */
const smalti_model *smalti_this_model(void);

/* -- Endings: facts.c -------------------------------------------------------------------------- */

/* How the process ends, as with every command of smalti. */
typedef enum ending {
  ENDING_DONE = 0,
  ENDING_FAILED = 1, /* the call was right, the run failed */
  ENDING_MISTAKE = 2, /* the call itself is wrong */
  ENDING_INTERRUPTED = 130
} ending;

/* What belongs to an error beside its sentence; all but the code may be null. Codes that begin with
 * `call.` or `model.` are mistakes in the call. */
typedef struct fact {
  const char *code;
  const char *place;
  const char *note;
  const char *help;
} fact;

/* Says what is wrong and leaves. A sentence names both values and begins in lower case. */
__attribute__((format(printf, 2, 3), noreturn))
void smalti_end_call(fact fact, const char *format, ...);

/* The same for a status of the runtime and its sentence, which may be empty. */
__attribute__((noreturn)) void smalti_end_run(int32_t status, const char *sentence);

/* Leaves nothing half done: neither a line on the terminal nor a part of a file. */
__attribute__((noreturn)) void smalti_leave(ending ending);

/* Text for a message, valid until sixteen more were made. */
__attribute__((format(printf, 1, 2))) const char *smalti_words(const char *format, ...);

/* A copy that stays. */
char *smalti_keep(const char *text);

/* A circumstance the person should know of, on standard error and in the report. */
__attribute__((format(printf, 1, 2))) void smalti_note(const char *format, ...);

/* From now on notes are kept for the report alone. */
void smalti_keep_notes_quiet(void);

/* The notes so far. */
const char *const *smalti_notes(size_t *count);

/* -- Names: names.c ---------------------------------------------------------------------------- */

/* The names with which equal structures begin: entry points, tensors, signatures, options. */
typedef struct names {
  const void *first;
  size_t stride;
  uint64_t count;
} names;

#define NAMES(table, count) ((names){(table), sizeof *(table), (count)})

const char *smalti_name(names known, uint64_t index);

/* The place of `name`, or `known.count`. */
uint64_t smalti_find(names known, const char *name);

/* All of them, with commas between. */
const char *smalti_list(names known);

/* The remedy for a misspelt name: the nearest one, or all of them after `otherwise`. */
const char *smalti_remedy(names known, const char *name, const char *otherwise);

/* -- The terminal: terminal.c ------------------------------------------------------------------ */

/* Listens to Ctrl-C, which is heard between phases; a second one ends the process at once. */
void smalti_listen(void);

/* Leaves if Ctrl-C was pressed. */
void smalti_leave_if_interrupted(void);

/* A clock that only goes forward. */
double smalti_seconds(void);

/* The file to remove when the process ends early; null when there is none any more. */
void smalti_guard_partial_file(const char *path);
void smalti_remove_partial_file(void);

/* Shows `what` on a terminal while a run takes longer than half a second; nothing for null. */
void smalti_watch(const char *what);
void smalti_clear_line(void);

/* The progress callback of a run. */
int32_t smalti_progress_made(void *unused, uint64_t done, uint64_t count);

/* -- Memory: buffers.c ------------------------------------------------------------------------- */

/* Memory of any content for `what`, which a message names. What this machine does not have is
 * refused before it is asked for: an allocation that the system cannot keep ends the process. */
smalti_buffer smalti_new_buffer(uint64_t byte_count, const char *what);

/* Zeroed memory for a table of the program. */
void *smalti_new_table(uint64_t count, size_t byte_count);

/* The most of this process that was ever resident. */
uint64_t smalti_peak_resident_bytes(void);

/* -- The call: arguments.c, help.c ------------------------------------------------------------- */

/* `--input NAME=FILE`, or `NAME=FILE.npz:ARRAY`. */
typedef struct assignment {
  const char *name;
  const char *path;
  const char *array; /* null when not named */
} assignment;

/* What the person asked for. */
typedef struct options {
  const char *program;
  assignment *inputs;
  uint64_t input_count;
  const char *output;
  const char *outputs;
  const char *entry;
  const char *specialisation;
  const char *weights_file;
  uint32_t threads;
  uint64_t seed;
  uint64_t runs; /* 0 when not given */
  bool bench;
  bool json;
  bool quiet;
} options;

/* An option as the parser and the help know it. */
typedef struct option {
  const char *name; /* `--input` */
  const char *value; /* `NAME=FILE`; null for a flag */
  const char *help;
} option;

/* All options; their number is left in `count`. */
const option *smalti_all_options(size_t *count);

/* Reads the words of the call; answers `--help` and `--version` and leaves. */
void smalti_read_arguments(options *options, int count, char **words);

void smalti_print_help(const char *program);
void smalti_print_version(void);

/* -- The run: inputs.c, outputs.c, session.c, bench.c ------------------------------------------ */

/* One run, or several of one kind: what is run, and all that it touches. */
typedef struct session {
  const options *options;
  const smalti_model *model;
  const smalti_entry *entry;
  const smalti_signature *signature;
  smalti_buffer *inputs;
  smalti_buffer *outputs;
  smalti_buffer *states;
  smalti_buffer weights; /* of --weights-file; null where the model has its own */
  smalti_buffer workspace;
  smalti_pool *pool;
  const smalti_executor *executor;
  double load_seconds; /* reading inputs and weights */
} session;

/* The entry point that runs unless another is named: `whole`, or the last. */
const smalti_entry *smalti_usual_entry(const smalti_model *model);

/* The one that the call names. */
const smalti_entry *smalti_chosen_entry(const smalti_model *model, const options *options);

/* Whether an input that no file gives is drawn from `--seed`: a scalar `key: u64`. */
bool smalti_is_key(const smalti_tensor *input);

/* Whether every input is known, given once, and none is missing. Reads no file. */
void smalti_check_inputs(const session *session);

/* Reads the inputs and chooses the signature that they fit. What `--bench` lacks is drawn. */
void smalti_load_inputs(session *session);

/* Weights, threads and memory; the signature must be chosen. */
void smalti_open_weights(session *session);
void smalti_prepare_run(session *session);

/* One run; returns the seconds that it took. */
double smalti_run(session *session, const char *what);
void smalti_close(session *session);

/* Positions of the outputs to keep, in the order picked; their number is left in `count`. */
uint64_t *smalti_chosen_outputs(const session *session, uint64_t *count);
void smalti_write_outputs(const session *session, const uint64_t *chosen, uint64_t count);

/* Runs several times and says how long it took. */
void smalti_bench(session *session);

/* -- Reports: report.c ------------------------------------------------------------------------- */

/* `1.24 s`, `35.1 ms`; `1.31 MB`; `10,998,788`. */
const char *smalti_seconds_text(double seconds);
const char *smalti_bytes_text(uint64_t count);
const char *smalti_count_text(uint64_t count);

/* Three significant digits. */
const char *smalti_digits_text(double value);

/* Members of a JSON object on standard output, one a line; `smalti_json_end` ends the last. */
void smalti_json_begin(void);
void smalti_json_text(const char *key, const char *text);
void smalti_json_number(const char *key, double value); /* null where it is not finite */
void smalti_json_count(const char *key, uint64_t value);
void smalti_json_key(const char *key); /* whose value the caller prints */
void smalti_json_quoted(const char *text);
void smalti_json_end(void);

/* Says that a run is done. */
void smalti_report_run(
    const session *session, const uint64_t *chosen, uint64_t count, double seconds);

#endif
