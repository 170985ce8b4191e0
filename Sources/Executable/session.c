/* What a run needs beside its inputs, and the run itself. */
#include "arrays.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_BYTES = 1024 };

void smalti_open_weights(session *session) {
  const smalti_model *model = session->model;
  const char *path = session->options->weights_file;
  const bool needs_weights = model->prepared_byte_count > 0;
  if (path && !needs_weights) {
    smalti_end_call(
        (fact){.code = "call.weights-surplus", .help = "leave --weights-file out"},
        "%s has no weights, and --weights-file names %s", model->name, path);
  }
  if (path) {
    char sentence[SENTENCE_BYTES] = "";
    const int32_t status =
        model->open_weights(path, &session->weights, sentence, sizeof sentence);
    if (status != SMALTI_OK) smalti_end_run(status, sentence);
  } else if (needs_weights && !model->weights.pointer) {
    smalti_end_call(
        (fact){.code = "call.weights-missing", .help = "add --weights-file FILE"},
        "the weights of %s are in a file of their own, and none is named", model->name);
  }
}

static smalti_buffer *new_buffers(const char *kind, const smalti_tensor *tensors, uint64_t count) {
  smalti_buffer *buffers = smalti_new_table(count, sizeof *buffers);
  for (uint64_t i = 0; i < count; i++) {
    buffers[i] =
        smalti_new_buffer(tensors[i].byte_count, smalti_words("%s %s", kind, tensors[i].name));
  }
  return buffers;
}

void smalti_prepare_run(session *session) {
  const smalti_model *model = session->model;
  const smalti_signature *signature = session->signature;
  session->pool = model->pool_create(session->options->threads);
  if (!session->pool) {
    smalti_end_call(
        (fact){.code = "run.noThreads", .help = "ask for fewer with --threads"},
        "a pool of %" PRIu32 " threads cannot be made: %s", session->options->threads,
        strerror(errno));
  }
  session->executor = model->pool_executor(session->pool);
  session->outputs = new_buffers("output", signature->outputs, signature->output_count);
  session->states = new_buffers("state", signature->states, signature->state_count);
  for (uint64_t i = 0; i < signature->state_count; i++) {
    memset(session->states[i].pointer, 0, session->states[i].byte_count);
  }
  const uint64_t byte_count = session->entry->workspace_bytes(session->executor->worker_count);
  session->workspace = smalti_new_buffer(byte_count, "the workspace");
}

double smalti_run(session *session, const char *what) {
  const smalti_signature *signature = session->signature;
  char sentence[SENTENCE_BYTES] = "";
  smalti_call call = smalti_new_call();
  call.inputs = session->inputs;
  call.input_count = signature->input_count;
  call.outputs = session->outputs;
  call.output_count = signature->output_count;
  call.weights = session->weights.pointer ? &session->weights : NULL;
  call.weight_count = session->weights.pointer ? 1 : 0;
  call.states = session->states;
  call.state_count = signature->state_count;
  call.workspace = session->workspace;
  call.executor = session->executor;
  call.error_text = sentence;
  call.error_capacity = sizeof sentence;
  call.progress = smalti_progress_made;
  smalti_watch(session->options->quiet ? NULL : what);
  const double start = smalti_seconds();
  const int32_t status = session->entry->run(&call);
  const double seconds = smalti_seconds() - start;
  smalti_clear_line();
  smalti_leave_if_interrupted();
  if (status != SMALTI_OK) smalti_end_run(status, sentence);
  return seconds;
}

/* Memory lives to the end of the process; threads and weights are the model's to end. */
void smalti_close(session *session) {
  session->model->pool_free(session->pool);
  if (session->weights.pointer) session->model->close_weights(&session->weights);
}
