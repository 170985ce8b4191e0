/* How the program speaks when something is wrong or noteworthy, and how it ends.
 *
 *     error[call.input-missing]: input video is missing, the model reads video: f32[1, 8, 64, 64]
 *       help: add --input video=FILE.npy
 *
 * Text is made in fixed room: a message must not need memory that is not there. */
#define _GNU_SOURCE
#include "executable.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_BYTES = 2048, WORDS_COUNT = 16, NOTES_LIMIT = 64 };

static char words_room[WORDS_COUNT][WORDS_BYTES];
static unsigned words_next;

static const char *notes[NOTES_LIMIT];
static size_t note_count;
static bool notes_are_quiet;

/* File names and what stands in files may hold what steers a terminal. */
static void defuse(char *text) {
  for (; *text; text++) {
    const unsigned char byte = (unsigned char)*text;
    if (byte < 0x20 || byte == 0x7f) *text = '?';
  }
}

__attribute__((format(printf, 1, 0)))
static const char *formatted(const char *format, va_list values) {
  char *text = words_room[words_next];
  words_next = (words_next + 1) % WORDS_COUNT;
  vsnprintf(text, WORDS_BYTES, format, values);
  defuse(text);
  return text;
}

const char *smalti_words(const char *format, ...) {
  va_list values;
  va_start(values, format);
  const char *text = formatted(format, values);
  va_end(values);
  return text;
}

static bool is_mistake(const char *code) {
  return strncmp(code, "call.", 5) == 0 || strncmp(code, "model.", 6) == 0;
}

void smalti_end_call(fact fact, const char *format, ...) {
  va_list values;
  va_start(values, format);
  const char *sentence = formatted(format, values);
  va_end(values);
  smalti_clear_line();
  fprintf(stderr, "error[%s]: %s\n", fact.code, sentence);
  if (fact.place) fprintf(stderr, "  at %s\n", smalti_words("%s", fact.place));
  if (fact.note) fprintf(stderr, "  note: %s\n", smalti_words("%s", fact.note));
  if (fact.help) fprintf(stderr, "  help: %s\n", smalti_words("%s", fact.help));
  smalti_leave(is_mistake(fact.code) ? ENDING_MISTAKE : ENDING_FAILED);
}

/* As the Swift library spells them: `run.noFeatures`. */
static const char *status_code(int32_t status) {
  static const char *const codes[] = {
      "run.ok",
      "run.nullArgument",
      "run.wrongVersion",
      "run.wrongCount",
      "run.wrongBytes",
      "run.misaligned",
      "run.overlap",
      "run.smallWorkspace",
      "run.badExecutor",
      "run.taskTwice",
      "run.taskMissing",
      "run.taskUnknown",
      "run.workerBusy",
      "run.noFeatures",
      "run.badPlan",
      "run.shortTimes",
      "run.cancelled",
      "run.noWeights",
      "run.wrongWeights",
      "run.damagedWeights",
      "run.unreadable",
  };
  const size_t count = sizeof codes / sizeof *codes;
  return status >= 0 && (size_t)status < count ? codes[status] : "run.unknown";
}

void smalti_end_run(int32_t status, const char *sentence) {
  if (sentence[0] == '\0') sentence = smalti_this_model()->status_text(status);
  smalti_end_call((fact){.code = status_code(status)}, "%s", sentence);
}

void smalti_leave(ending ending) {
  smalti_clear_line();
  smalti_remove_partial_file();
  fflush(stdout);
  exit((int)ending);
}

void smalti_keep_notes_quiet(void) { notes_are_quiet = true; }

void smalti_note(const char *format, ...) {
  va_list values;
  va_start(values, format);
  const char *text = formatted(format, values);
  va_end(values);
  if (!notes_are_quiet) {
    smalti_clear_line();
    fprintf(stderr, "note: %s\n", text);
  }
  char *copy = note_count < NOTES_LIMIT ? strdup(text) : NULL;
  if (copy) notes[note_count++] = copy;
}

const char *const *smalti_notes(size_t *count) {
  *count = note_count;
  return notes;
}
