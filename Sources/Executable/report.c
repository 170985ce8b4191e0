/* Results in words and as JSON. */
#include "arrays.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* -- Quantities, as the command of smalti writes them ------------------------------------------ */

const char *smalti_digits_text(double value) {
  return smalti_words("%.*f", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value);
}

const char *smalti_seconds_text(double seconds) {
  if (seconds >= 1) return smalti_words("%s s", smalti_digits_text(seconds));
  if (seconds >= 1e-3) return smalti_words("%s ms", smalti_digits_text(seconds * 1e3));
  return smalti_words("%s µs", smalti_digits_text(seconds * 1e6));
}

const char *smalti_bytes_text(uint64_t count) {
  static const char *const units[] = {"kB", "MB", "GB", "TB"};
  if (count < 1000) return smalti_words("%" PRIu64 " B", count);
  double value = (double)count / 1000;
  int unit = 0;
  for (; value >= 999.5 && unit < 3; unit++) value /= 1000;
  return smalti_words("%s %s", smalti_digits_text(value), units[unit]);
}

const char *smalti_count_text(uint64_t count) {
  if (count < 1000) return smalti_words("%" PRIu64, count);
  return smalti_words("%s,%03" PRIu64, smalti_count_text(count / 1000), count % 1000);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static bool has_members;

void smalti_json_begin(void) {
  printf("{");
  has_members = false;
}

void smalti_json_key(const char *key) {
  printf("%s\n  ", has_members ? "," : "");
  has_members = true;
  smalti_json_quoted(key);
  printf(" : ");
}

void smalti_json_quoted(const char *text) {
  putchar('"');
  for (; *text; text++) {
    const unsigned char byte = (unsigned char)*text;
    if (byte < 0x20) {
      printf("\\u%04x", byte);
    } else {
      if (byte == '"' || byte == '\\') putchar('\\');
      putchar(byte);
    }
  }
  putchar('"');
}

void smalti_json_text(const char *key, const char *text) {
  smalti_json_key(key);
  smalti_json_quoted(text);
}

void smalti_json_number(const char *key, double value) {
  smalti_json_key(key);
  if (isfinite(value)) {
    printf("%.9g", value);
  } else {
    printf("null");
  }
}

void smalti_json_count(const char *key, uint64_t value) {
  smalti_json_key(key);
  printf("%" PRIu64, value);
}

void smalti_json_end(void) { printf("\n}\n"); }

/* -- A run ------------------------------------------------------------------------------------- */

/* The type that the file has. */
static const char *written_type(const session *session, uint64_t output) {
  const array_type type = smalti_type_of(&session->signature->outputs[output]);
  const array_type written = smalti_npy_type(&type);
  return smalti_type_text(&written);
}

static void print_json(
    const session *session, const uint64_t *chosen, uint64_t count, double seconds) {
  size_t note_count;
  const char *const *notes = smalti_notes(&note_count);
  smalti_json_begin();
  smalti_json_text("entry", session->entry->name);
  smalti_json_text("level", session->model->level());
  smalti_json_number("loadSeconds", session->load_seconds);
  smalti_json_text("model", session->model->name);
  smalti_json_key("notes");
  printf("[");
  for (size_t i = 0; i < note_count; i++) {
    printf("%s\n    ", i == 0 ? "" : ",");
    smalti_json_quoted(notes[i]);
  }
  printf("%s]", note_count == 0 ? "" : "\n  ");
  smalti_json_text("output", session->options->output);
  smalti_json_key("outputs");
  printf("[");
  for (uint64_t i = 0; i < count; i++) {
    printf("%s\n    { \"name\" : ", i == 0 ? "" : ",");
    smalti_json_quoted(session->signature->outputs[chosen[i]].name);
    printf(", \"type\" : \"%s\" }", written_type(session, chosen[i]));
  }
  printf("%s]", count == 0 ? "" : "\n  ");
  smalti_json_number("runSeconds", seconds);
  smalti_json_text("specialisation", session->signature->specialisation);
  smalti_json_count("threads", session->executor->worker_count);
  smalti_json_end();
}

static void print_text(
    const session *session, const uint64_t *chosen, uint64_t count, double seconds) {
  const uint32_t threads = session->executor->worker_count;
  printf("wrote %s: ", session->options->output);
  for (uint64_t i = 0; i < count; i++) {
    printf(
        "%s%s %s", i == 0 ? "" : ", ", session->signature->outputs[chosen[i]].name,
        written_type(session, chosen[i]));
  }
  printf(
      "\n%s, %s, for %s: loaded in %s, ran in %s on %" PRIu32 " %s\n", session->model->name,
      session->entry->name, session->model->level(), smalti_seconds_text(session->load_seconds),
      smalti_seconds_text(seconds), threads, threads == 1 ? "thread" : "threads");
}

void smalti_report_run(
    const session *session, const uint64_t *chosen, uint64_t count, double seconds) {
  if (session->options->json) {
    print_json(session, chosen, count, seconds);
  } else if (!session->options->quiet) {
    print_text(session, chosen, count, seconds);
  }
}
