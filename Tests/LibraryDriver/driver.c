/* Uses libsmalti as a C program would: loads a model, refuses mistakes, compiles a file, runs in
 * memory and from the file, and compares the bits.
 *
 *     driver FOLDER */
#include <smalti.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error[1024];

static void expect(int is_right, const char *what) {
  if (is_right) return;
  printf("FAILED %s: %s\n", what, error);
  exit(1);
}

static void *room(uint64_t byte_count) {
  void *memory = aligned_alloc(64, (byte_count + 63) / 64 * 64);
  expect(memory != NULL, "memory");
  memset(memory, 0x5a, byte_count);
  return memory;
}

/* Buffers for every output of a signature, and the input 0 filled with a pattern. */
static void fill(const smalti_signature *signature, smalti_buffer *inputs, smalti_buffer *outputs) {
  for (uint64_t i = 0; i < signature->input_count; i++) {
    const uint64_t byte_count = signature->inputs[i].byte_count;
    float *values = room(byte_count);
    for (uint64_t j = 0; j < byte_count / 4; j++) values[j] = (float)(j % 89) / 89;
    inputs[i] = (smalti_buffer){values, byte_count};
  }
  for (uint64_t i = 0; i < signature->output_count; i++) {
    const uint64_t byte_count = signature->outputs[i].byte_count;
    outputs[i] = (smalti_buffer){room(byte_count), byte_count};
  }
}

static void mistakes(void) {
  smalti_network *network = NULL;
  expect(smalti_load("simone:tin", NULL, 0, &network, error, sizeof error) == SMALTI_MISTAKE, "a name");
  expect(strstr(error, "did you mean tiny?") != NULL, "the remedy");
  expect(network == NULL, "no network");
  expect(smalti_load("simone:tiny", NULL, 1, &network, error, sizeof error) == SMALTI_MISTAKE, "settings");
  const char *settings[] = {"frame=3"};
  expect(smalti_load("simone:tiny", settings, 1, &network, error, sizeof error) == SMALTI_MISTAKE, "a key");
  expect(smalti_load("/none.smalti", NULL, 0, &network, error, sizeof error) == SMALTI_FAILED, "a file");
  expect(smalti_load(NULL, NULL, 0, &network, error, 5) == SMALTI_MISTAKE, "null");
  expect(strlen(error) == 4, "a short sentence");
  expect(smalti_load(NULL, NULL, 0, &network, NULL, 0) == SMALTI_MISTAKE, "no place for words");
  expect(smalti_compile(NULL, "x.so", NULL, error, sizeof error) == SMALTI_MISTAKE, "no network");
  smalti_free(NULL);
  smalti_stop(NULL);
}

/* The same in memory and from the file. */
static void parity(smalti_network *network, const char *path) {
  smalti_runner *runner = NULL;
  expect(!smalti_start(network, "encode", 2, &runner, error, sizeof error), "start");
  const smalti_signature *signature = smalti_signature_of(runner);
  smalti_buffer inputs[8], ours[8], theirs[8];
  fill(signature, inputs, ours);
  expect(
      !smalti_run(runner, inputs, signature->input_count, ours, signature->output_count, error,
                  sizeof error),
      "run");
  inputs[0].byte_count -= 4;
  expect(
      smalti_run(runner, inputs, signature->input_count, ours, signature->output_count, error,
                 sizeof error) == SMALTI_FAILED,
      "a short input");
  expect(strstr(error, "'video' has") != NULL, "both values");
  inputs[0].byte_count += 4;
  expect(
      smalti_run(runner, inputs, 0, ours, signature->output_count, error, sizeof error) ==
          SMALTI_MISTAKE,
      "no inputs");

  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  expect(library != NULL, "dlopen");
  const smalti_model *(*this_model)(void) = NULL;
  void *symbol = dlsym(library, "smalti_this_model");
  expect(symbol != NULL, "dlsym");
  memcpy(&this_model, &symbol, sizeof symbol);
  const smalti_entry *entry = &this_model()->entries[0];
  expect(strcmp(entry->name, "encode") == 0, "the entry point");
  smalti_buffer again[8];
  fill(&entry->signatures[0], again, theirs);
  smalti_call call = smalti_new_call();
  call.inputs = inputs;
  call.input_count = signature->input_count;
  call.outputs = theirs;
  call.output_count = signature->output_count;
  call.workspace.byte_count = entry->workspace_bytes(1);
  call.workspace.pointer = room(call.workspace.byte_count);
  call.error_text = error;
  call.error_capacity = sizeof error;
  expect(entry->run(&call) == SMALTI_OK, "the file's run");
  for (uint64_t i = 0; i < signature->output_count; i++) {
    expect(memcmp(ours[i].pointer, theirs[i].pointer, ours[i].byte_count) == 0, "equal bits");
  }
  smalti_stop(runner);
}

int main(int count, char **words) {
  expect(count == 2, "a folder");
  expect(strcmp(smalti_version(), "0.1.0") == 0, "the version");
  mistakes();
  smalti_network *network = NULL;
  const char *settings[] = {"frames=2", "frames_decoded=1"};
  expect(!smalti_load("simone:tiny", settings, 2, &network, error, sizeof error), "load");
  expect(strstr(smalti_describe(network), "\"object_mean\"") != NULL, "the description");
  smalti_make_weights(network, 7);
  char path[4096];
  snprintf(path, sizeof path, "%s/model.so", words[1]);
  smalti_compile_options options = smalti_new_compile_options();
  options.name = "tiny";
  options.emit = "sox";
  expect(smalti_compile(network, path, &options, error, sizeof error) == SMALTI_MISTAKE, "a form");
  options.emit = NULL;
  options.threads = 5000;
  expect(smalti_compile(network, path, &options, error, sizeof error) == SMALTI_MISTAKE, "threads");
  options.threads = 0;
  expect(!smalti_compile(network, path, &options, error, sizeof error), "compile");
  parity(network, path);
  const char *text = NULL;
  expect(!smalti_explain(network, "encode", &text, error, sizeof error), "explain");
  expect(strstr(text, "regions") != NULL, "the explanation");
  expect(smalti_explain(network, "none", &text, error, sizeof error) == SMALTI_MISTAKE, "no entry");
  expect(smalti_read_weights(network, "/none", error, sizeof error) == SMALTI_FAILED, "no weights");
  smalti_free(network);
  puts("all right");
  return 0;
}
