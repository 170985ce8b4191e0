/* What the parts of the driver share: guarded memory, whole calls, and lines about checks. */
#ifndef DRIVER_H
#define DRIVER_H

#define DRIVER_TEXT(words) #words
#define DRIVER_HEADER(name) DRIVER_TEXT(name.h)
#include DRIVER_HEADER(MODEL)

#include <stdbool.h>
#include <stddef.h>

/* -- Lines (report.c) -------------------------------------------------------------------------- */

/* A check has a name and ends with one line: `ok NAME`, or `FAILED NAME: …` with the first thing
 * that did not hold. A signal that kills ends it, and the program, as FAILED. */
__attribute__((format(printf, 1, 2))) void begin(const char *format, ...);
__attribute__((format(printf, 2, 3))) bool expect(bool holds, const char *format, ...);
void finish(void);

/* A check that this model or machine has no place for. */
__attribute__((format(printf, 1, 2))) void skip(const char *format, ...);

/* How many checks have failed. */
int failure_count(void);

/* Sends the signals of bad memory here, where `handle` is asked first whether it knows better. */
void catch_signals(bool (*handle)(void *address));

/* -- Memory between pages without access (memory.c) -------------------------------------------- */

typedef enum side {
  AT_END,  /* the last byte, or the last that the alignment allows, lies before such a page */
  AT_START /* the first byte lies behind one */
} side;

typedef struct guarded {
  smalti_buffer buffer;
  char *pages; /* all that can be read or written, the buffer among it */
  uint64_t page_byte_count;
} guarded;

guarded make_guarded(uint64_t byte_count, uint64_t alignment, side side);
void free_guarded(guarded *memory);

/* PROT_NONE, PROT_READ or PROT_READ | PROT_WRITE for all of its pages. */
void protect(const guarded *memory, int protection);

/* Fills the buffer with UNWRITTEN. */
void clear(const guarded *memory);
enum { UNWRITTEN = 0xff }; /* as floats and halves: not a number */

/* Whether the buffer is as `clear` left it, and whether the bytes beside it are as they were. */
bool is_clear(const guarded *memory);
bool has_margins(const guarded *memory);

/* -- Whole calls (settings.c) ------------------------------------------------------------------ */

/* An entry point for inputs of one size, and what a run of it leaves. */
typedef struct target {
  const smalti_model *model;
  const smalti_entry *entry;
  const smalti_signature *signature;
  const smalti_buffer *weights; /* what every call brings, or null */
  char name[120];
  bool reads_weights;
  uint64_t step_count;
  void **outputs, **states; /* after a run of which states were 0 before */
} target;

/* Runs it once, in plain memory. */
target make_target(
    const smalti_model *model, const smalti_entry *entry, const smalti_signature *signature,
    const smalti_buffer *weights);
void free_target(target *target);

/* Guarded memory for the buffers of one kind, and what the call says of them. */
typedef struct group {
  guarded *memory;
  smalti_buffer *buffers;
  const smalti_tensor *tensors;
  uint64_t count;
} group;

/* A call that is right, and all of its memory. A check spoils a part and looks what comes. */
typedef struct setting {
  const target *target;
  group inputs, outputs, states;
  guarded workspace;
  smalti_call call;
  char error[600];
} setting;

/* Bytes of an element, as `f32`. */
uint64_t element_bytes(const char *element);

/* To be `reset` before it is used. */
setting make_setting(const target *target, side side, uint32_t workers);
void free_setting(setting *setting);

/* Makes the call right again, clears outputs and workspace, zeroes states. */
void reset(setting *setting);

int32_t run(setting *setting);

/* Whether outputs and states are what they should be after a run, and nothing was written beside
 * them; whether nothing at all was written. */
bool is_right(const setting *setting);
bool is_untouched(const setting *setting);

/* Part of a check: the call succeeds, with the right bits. Resets. */
void expect_right(setting *setting, const char *what);

/* A check: the call is refused with `status` and a sentence, and nothing is written. Resets. */
__attribute__((format(printf, 3, 4)))
void refuse(setting *setting, int32_t status, const char *format, ...);

/* -- The checks -------------------------------------------------------------------------------- */

/* model.c */
void check_no_level(const smalti_model *model);
void check_model(const smalti_model *model, const char *weights_path);

/* calls.c, overlaps.c */
void check_bad_calls(const target *target);
void check_overlaps(const target *target);

/* running.c */
void check_memory(const target *target);
void check_progress(const target *target);
void check_callers(const target *targets, uint64_t count);

/* executors.c; `handle_fault` is for catch_signals */
void check_executors(const target *target);
bool handle_fault(void *address);

#endif
