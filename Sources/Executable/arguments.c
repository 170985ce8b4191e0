/* The words of the call. */
#include "executable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREAD_LIMIT = 1024, RUN_LIMIT = 10000 };

/* The options, in the order of the table. */
typedef enum choice {
  CHOICE_INPUT,
  CHOICE_OUTPUT,
  CHOICE_OUTPUTS,
  CHOICE_ENTRY,
  CHOICE_SPECIALISATION,
  CHOICE_WEIGHTS_FILE,
  CHOICE_THREADS,
  CHOICE_SEED,
  CHOICE_BENCH,
  CHOICE_RUNS,
  CHOICE_JSON,
  CHOICE_QUIET,
  CHOICE_VERSION,
  CHOICE_HELP,
  CHOICE_COUNT
} choice;

static const option all_options[CHOICE_COUNT] = {
    [CHOICE_INPUT] = {"--input", "NAME=FILE", "An input and its file; once for each input."},
    [CHOICE_OUTPUT] = {"--output", "FILE",
                       "The npz file to write; or npy, for one output. Short: -o."},
    [CHOICE_OUTPUTS] = {"--outputs", "LIST",
                        "Outputs to keep, with commas; by default reconstruction,weights, or all."},
    [CHOICE_ENTRY] = {"--entry", "NAME", "The entry point to run; by default whole, or the last."},
    [CHOICE_SPECIALISATION] = {"--specialisation", "NAME",
                               "The sizes to run with; by default the first that the inputs fit."},
    [CHOICE_WEIGHTS_FILE] = {"--weights-file", "FILE",
                             "Prepared weights instead of the model's own."},
    [CHOICE_THREADS] = {"--threads", "N",
                        "Threads to run with; 0, the default, means every processor allowed."},
    [CHOICE_SEED] = {"--seed", "N", "What drawn noise comes from; by default 0."},
    [CHOICE_BENCH] = {"--bench", NULL,
                      "Time several runs and write no file; inputs not given are drawn."},
    [CHOICE_RUNS] = {"--runs", "N", "How many runs to time; by default 5, or 3 long ones."},
    [CHOICE_JSON] = {"--json", NULL, "Write JSON to standard output, and nothing else."},
    [CHOICE_QUIET] = {"--quiet", NULL, "Say nothing but errors."},
    [CHOICE_VERSION] = {"--version", NULL, "Show the version."},
    [CHOICE_HELP] = {"--help", NULL, "Show this text. Short: -h."},
};

const option *smalti_all_options(size_t *count) {
  *count = CHOICE_COUNT;
  return all_options;
}

__attribute__((noreturn)) static void end_syntax(
    const options *options, const char *help, const char *message) {
  smalti_end_call(
      (fact){
          .code = "call.syntax",
          .note = smalti_words(
              "usage: %s --input NAME=FILE ... --output FILE", options->program),
          .help = help ? help : smalti_words("see %s --help", options->program),
      },
      "%s", message);
}

/* -- Values ------------------------------------------------------------------------------------ */

/* A whole number of at most `last`, in decimal digits alone. */
static uint64_t number(const option *option, const char *text, uint64_t first, uint64_t last) {
  uint64_t value = 0;
  bool is_right = text[0] != '\0', is_large = false;
  for (const char *digit = text; *digit; digit++) {
    if (*digit < '0' || *digit > '9') {
      is_right = false;
      break;
    }
    const uint64_t more = (uint64_t)(*digit - '0');
    is_large = is_large || value > (last - more) / 10 || more > last;
    if (!is_large) value = value * 10 + more;
  }
  if (!is_right || is_large || value < first) {
    smalti_end_call(
        (fact){
            .code = "call.number",
            .help = smalti_words(
                "set %s %" PRIu64, option->name, is_right && is_large ? last : first),
        },
        "%s must be %" PRIu64 " to %" PRIu64 ", got %s", option->name, first, last,
        text[0] ? text : "nothing");
  }
  return value;
}

/* `NAME=FILE`, `NAME=FILE.npz:ARRAY`. */
static assignment assignment_of(const char *text) {
  const char *split = strchr(text, '=');
  if (!split || split == text || split[1] == '\0') {
    smalti_end_call(
        (fact){.code = "call.input-syntax", .help = "write NAME=FILE.npy or NAME=FILE.npz"},
        "'%s' does not name an input and a file", text);
  }
  char *copy = smalti_keep(text);
  char *path = copy + (split - text) + 1;
  path[-1] = '\0';
  assignment assignment = {.name = copy, .path = path};
  char *end = strstr(path, ".npz:");
  if (end) {
    assignment.array = end + 5;
    end[4] = '\0';
  }
  return assignment;
}

/* -- Words ------------------------------------------------------------------------------------- */

static void apply(options *options, choice choice, const char *value) {
  const option *option = &all_options[choice];
  switch (choice) {
  case CHOICE_INPUT: options->inputs[options->input_count++] = assignment_of(value); break;
  case CHOICE_OUTPUT: options->output = value; break;
  case CHOICE_OUTPUTS: options->outputs = value; break;
  case CHOICE_ENTRY: options->entry = value; break;
  case CHOICE_SPECIALISATION: options->specialisation = value; break;
  case CHOICE_WEIGHTS_FILE: options->weights_file = value; break;
  case CHOICE_THREADS: options->threads = (uint32_t)number(option, value, 0, THREAD_LIMIT); break;
  case CHOICE_SEED: options->seed = number(option, value, 0, UINT64_MAX); break;
  case CHOICE_BENCH: options->bench = true; break;
  case CHOICE_RUNS: options->runs = number(option, value, 1, RUN_LIMIT); break;
  case CHOICE_JSON: options->json = true; break;
  case CHOICE_QUIET: options->quiet = true; break;
  case CHOICE_VERSION: smalti_print_version(); smalti_leave(ENDING_DONE);
  case CHOICE_HELP: smalti_print_help(options->program); smalti_leave(ENDING_DONE);
  case CHOICE_COUNT: break;
  }
}

static choice choice_of(const options *options, const char *name) {
  if (strcmp(name, "-o") == 0) return CHOICE_OUTPUT;
  if (strcmp(name, "-h") == 0) return CHOICE_HELP;
  const names known = NAMES(all_options, CHOICE_COUNT);
  const uint64_t index = smalti_find(known, name);
  if (index == known.count) {
    end_syntax(
        options, smalti_remedy(known, name, "the options are"),
        smalti_words("unknown option '%s'", name));
  }
  return (choice)index;
}

/* Applies the option at `words[i]`; returns how many words it takes. */
static int read_option(options *options, int count, char **words, int i) {
  const char *equals = words[i][1] == '-' ? strchr(words[i], '=') : NULL;
  const size_t length = equals ? (size_t)(equals - words[i]) : strlen(words[i]);
  char *name = smalti_keep(words[i]);
  name[length] = '\0';
  const choice choice = choice_of(options, name);
  free(name);
  const char *written = all_options[choice].name;
  if (!all_options[choice].value) {
    if (equals) end_syntax(options, NULL, smalti_words("%s takes no value", written));
    apply(options, choice, NULL);
    return 1;
  }
  if (equals) {
    apply(options, choice, equals + 1);
    return 1;
  }
  if (i + 1 == count || (words[i + 1][0] == '-' && words[i + 1][1] != '\0')) {
    end_syntax(
        options, smalti_words("write %s %s", written, all_options[choice].value),
        smalti_words("%s needs a value", written));
  }
  apply(options, choice, words[i + 1]);
  return 2;
}

static void check_together(const options *options) {
  if (options->runs > 0 && !options->bench) {
    end_syntax(options, "add --bench", "--runs counts the runs of --bench, which is not given");
  }
  if (options->bench && (options->output || options->outputs)) {
    end_syntax(
        options, "leave one of them out",
        smalti_words(
            "--bench writes no file, and %s is given",
            options->output ? "--output" : "--outputs"));
  }
  if (!options->bench && !options->output) {
    smalti_end_call(
        (fact){.code = "call.output-missing", .help = "add --output FILE.npz, or --bench"},
        "no file is named for the outputs");
  }
}

void smalti_read_arguments(options *options, int count, char **words) {
  options->program = count > 0 ? words[0] : "model";
  options->inputs = smalti_new_table((uint64_t)count, sizeof *options->inputs);
  if (count <= 1) {
    smalti_print_help(options->program);
    smalti_leave(ENDING_DONE);
  }
  for (int i = 1; i < count;) {
    if (words[i][0] != '-' || words[i][1] == '\0') {
      end_syntax(
          options, strchr(words[i], '=') ? smalti_words("write --input %s", words[i]) : NULL,
          smalti_words("unexpected word '%s'", words[i]));
    }
    i += read_option(options, count, words, i);
  }
  check_together(options);
}
