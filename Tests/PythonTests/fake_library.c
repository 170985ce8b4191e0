/* A stand-in for libsmalti: writes what it is told into the file $FAKE_LOG, and "compiles" by
 * copying the file that the setting `copy=` names. */
#include "smalti.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct smalti_network {
  FILE *log;
  char copy[512];
};

static int32_t fail(int32_t outcome, const char *text, char *error_text, uint64_t capacity) {
  snprintf(error_text, capacity, "%s", text);
  return outcome;
}

int32_t smalti_load(
    const char *model, const char *const *settings, uint64_t setting_count,
    smalti_network **network, char *error_text, uint64_t error_capacity) {
  if (strcmp(model, "unknown") == 0) {
    return fail(SMALTI_MISTAKE, "there is no model 'unknown' — é", error_text, error_capacity);
  }
  *network = calloc(1, sizeof **network);
  (*network)->log = fopen(getenv("FAKE_LOG"), "w");
  fprintf((*network)->log, "load %s\n", model);
  for (uint64_t i = 0; i < setting_count; i++) {
    fprintf((*network)->log, "setting %s\n", settings[i]);
    if (strncmp(settings[i], "copy=", 5) == 0) strcpy((*network)->copy, settings[i] + 5);
  }
  return SMALTI_DONE;
}

void smalti_free(smalti_network *network) {
  if (!network) return;
  fprintf(network->log, "free\n");
  fclose(network->log);
  free(network);
}

int32_t smalti_read_weights(
    smalti_network *network, const char *path, char *error_text, uint64_t error_capacity) {
  fprintf(network->log, "weights %s\n", path);
  if (strstr(path, "wrong")) return fail(SMALTI_FAILED, "", error_text, error_capacity);
  return SMALTI_DONE;
}

void smalti_make_weights(smalti_network *network, uint64_t seed) {
  fprintf(network->log, "seed %llu\n", (unsigned long long)seed);
}

static void say(FILE *log, const char *name, const char *value) {
  if (value) fprintf(log, "%s %s\n", name, value);
}

int32_t smalti_compile(
    smalti_network *network, const char *output, const smalti_compile_options *options,
    char *error_text, uint64_t error_capacity) {
  FILE *log = network->log;
  if (options->byte_count != sizeof *options || options->abi_version != SMALTI_ABI_VERSION) {
    return fail(SMALTI_MISTAKE, "options of another version", error_text, error_capacity);
  }
  say(log, "emit", options->emit);
  say(log, "entry", options->entry);
  say(log, "target", options->target);
  say(log, "name", options->name);
  say(log, "specialise", options->specialise);
  say(log, "weights_file", options->weights_file);
  say(log, "c_compiler", options->c_compiler);
  fprintf(log, "has_no_weights %d\nthreads %u\n", options->has_no_weights, options->threads);
  if (!network->copy[0]) return fail(SMALTI_FAILED, "the disk is full", error_text, error_capacity);
  char command[2048];
  snprintf(command, sizeof command, "cp '%s' '%s'", network->copy, output);
  return system(command) ? SMALTI_FAILED : SMALTI_DONE;
}
