/* Targets and settings: a call that is right, for any entry point of any model. */
#define _GNU_SOURCE
#include "driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *allocate(uint64_t count, uint64_t size) {
  void *memory = calloc(count > 0 ? count : 1, size);
  if (memory) return memory;
  perror("driver: no memory");
  exit(2);
}

/* -- Inputs ------------------------------------------------------------------------------------ */

uint64_t element_bytes(const char *element) {
  if (strcmp(element, "bool") == 0) return 1;
  return (uint64_t)atoi(element + strcspn(element, "0123456789")) / 8;
}

/* Element `index`: floating numbers in [0, 1), of parameters smaller ones around 0; otherwise 0 or
 * 1, so that whatever a model uses as an index is one. */
static void write_element(
    const char *element, bool is_parameter, char *place, uint64_t index) {
  const uint32_t random = (uint32_t)((index + 1) * 2654435761u) >> 8;
  double number = (double)random / 16777216;
  if (is_parameter) number = (number - 0.5) / 4;
  uint32_t bits = 0;
  if (strcmp(element, "f64") == 0) {
    memcpy(place, &number, sizeof number);
  } else if (strcmp(element, "f32") == 0 || strcmp(element, "bf16") == 0) {
    const float single = (float)number;
    memcpy(&bits, &single, sizeof bits);
    if (element[0] == 'b') bits >>= 16;
    memcpy(place, &bits, element_bytes(element));
  } else if (strcmp(element, "f16") == 0) {
    bits = 0x3800 | (random & 0x3ff); /* in [0.5, 1) */
    memcpy(place, &bits, 2);
  } else {
    *place = (char)(random & 1); /* the lowest byte, little-endian */
  }
}

static void fill(const guarded *memory, const smalti_tensor *tensor, bool is_parameter) {
  const uint64_t size = element_bytes(tensor->element);
  char *place = memory->buffer.pointer;
  memset(place, 0, memory->buffer.byte_count);
  for (uint64_t i = 0; i * size < memory->buffer.byte_count; i++) {
    write_element(tensor->element, is_parameter, place + i * size, i);
  }
}

/* -- Settings ---------------------------------------------------------------------------------- */

static group make_group(const smalti_tensor *tensors, uint64_t count, side side) {
  group made = {
      allocate(count, sizeof *made.memory), allocate(count, sizeof *made.buffers), tensors, count};
  for (uint64_t i = 0; i < count; i++) {
    made.memory[i] = make_guarded(tensors[i].byte_count, tensors[i].alignment, side);
  }
  return made;
}

static void free_group(group *group) {
  for (uint64_t i = 0; i < group->count; i++) free_guarded(&group->memory[i]);
  free(group->memory);
  free(group->buffers);
}

setting make_setting(const target *target, side side, uint32_t workers) {
  const smalti_signature *signature = target->signature;
  setting made = {
      .target = target,
      .inputs = make_group(signature->inputs, signature->input_count, side),
      .outputs = make_group(signature->outputs, signature->output_count, side),
      .states = make_group(signature->states, signature->state_count, side),
      .workspace = make_guarded(
          target->entry->workspace_bytes(workers), SMALTI_ALIGNMENT, side),
  };
  for (uint64_t i = 0; i < made.inputs.count; i++) {
    fill(
        &made.inputs.memory[i], &made.inputs.tensors[i],
        target->entry->run == target->model->prepare);
    protect(&made.inputs.memory[i], PROT_READ); /* they are only read */
  }
  return made;
}

void free_setting(setting *setting) {
  free_group(&setting->inputs);
  free_group(&setting->outputs);
  free_group(&setting->states);
  free_guarded(&setting->workspace);
}

static void reset_group(group *group) {
  for (uint64_t i = 0; i < group->count; i++) group->buffers[i] = group->memory[i].buffer;
}

void reset(setting *setting) {
  reset_group(&setting->inputs);
  reset_group(&setting->outputs);
  reset_group(&setting->states);
  for (uint64_t i = 0; i < setting->outputs.count; i++) clear(&setting->outputs.memory[i]);
  for (uint64_t i = 0; i < setting->states.count; i++) {
    const smalti_buffer *state = &setting->states.buffers[i];
    memset(state->pointer, 0, state->byte_count);
  }
  clear(&setting->workspace);
  smalti_call call = smalti_new_call();
  call.inputs = setting->inputs.buffers, call.input_count = setting->inputs.count;
  call.outputs = setting->outputs.buffers, call.output_count = setting->outputs.count;
  call.states = setting->states.buffers, call.state_count = setting->states.count;
  call.weights = setting->target->weights, call.weight_count = setting->target->weights ? 1 : 0;
  call.workspace = setting->workspace.buffer;
  call.error_text = setting->error, call.error_capacity = sizeof setting->error;
  setting->call = call;
  memset(setting->error, 'x', sizeof setting->error);
}

int32_t run(setting *setting) { return setting->target->entry->run(&setting->call); }

static bool have_margins(const group *group) {
  for (uint64_t i = 0; i < group->count; i++) {
    if (!has_margins(&group->memory[i])) return false;
  }
  return true;
}

static bool all_have_margins(const setting *setting) {
  return have_margins(&setting->inputs) && have_margins(&setting->outputs) &&
         have_margins(&setting->states) && has_margins(&setting->workspace);
}

static bool agree(const group *group, void *const *expected) {
  for (uint64_t i = 0; i < group->count; i++) {
    const smalti_buffer *found = &group->memory[i].buffer;
    if (memcmp(found->pointer, expected[i], found->byte_count) != 0) return false;
  }
  return true;
}

bool is_right(const setting *setting) {
  return agree(&setting->outputs, setting->target->outputs) &&
         agree(&setting->states, setting->target->states) && all_have_margins(setting);
}

bool is_untouched(const setting *setting) {
  for (uint64_t i = 0; i < setting->outputs.count; i++) {
    if (!is_clear(&setting->outputs.memory[i])) return false;
  }
  for (uint64_t i = 0; i < setting->states.count; i++) {
    const smalti_buffer *state = &setting->states.memory[i].buffer;
    const char *bytes = state->pointer;
    for (uint64_t j = 0; j < state->byte_count; j++) {
      if (bytes[j] != 0) return false;
    }
  }
  return is_clear(&setting->workspace) && all_have_margins(setting);
}

/* -- Outcomes ---------------------------------------------------------------------------------- */

void expect_right(setting *setting, const char *what) {
  const int32_t status = run(setting);
  expect(status == SMALTI_OK, "%s: status %d: %.400s", what, status, setting->error);
  if (status == SMALTI_OK) {
    if (setting->call.error_text == setting->error) {
      expect(setting->error[0] == '\0', "%s: success leaves a sentence", what);
    }
    expect(is_right(setting), "%s: other bits, or bytes beside a buffer are changed", what);
  }
  reset(setting);
}

void refuse(setting *setting, int32_t status, const char *format, ...) {
  char what[160];
  va_list values;
  va_start(values, format);
  vsnprintf(what, sizeof what, format, values);
  va_end(values);
  begin("%s: %s", setting->target->name, what);
  const int32_t found = run(setting);
  expect(
      found == status, "status %d (%s), not %d: %.300s", found,
      setting->target->model->status_text(found), status, setting->error);
  expect(is_untouched(setting), "bytes were written");
  /* A call that is not even whole has no place for a sentence. */
  const bool is_whole = setting->call.byte_count >= offsetof(smalti_call, progress);
  expect(is_whole == (setting->error[0] != 'x'), "there is %s sentence", is_whole ? "no" : "a");
  finish();
  reset(setting);
}

/* -- Targets ----------------------------------------------------------------------------------- */

static int32_t count_steps(void *context, uint64_t done, uint64_t count) {
  (void)done;
  *(uint64_t *)context = count;
  return 0;
}

static void **kept(const group *group) {
  void **copies = allocate(group->count, sizeof *copies);
  for (uint64_t i = 0; i < group->count; i++) {
    const smalti_buffer *buffer = &group->memory[i].buffer;
    copies[i] = allocate(buffer->byte_count, 1);
    memcpy(copies[i], buffer->pointer, buffer->byte_count);
  }
  return copies;
}

target make_target(
    const smalti_model *model, const smalti_entry *entry, const smalti_signature *signature,
    const smalti_buffer *weights) {
  target made = {
      .model = model, .entry = entry, .signature = signature, .weights = weights};
  const bool has_label = signature->specialisation[0] != '\0';
  snprintf(
      made.name, sizeof made.name, "%s%s%s", entry->name, has_label ? " " : "",
      signature->specialisation);
  begin("%s: a plain run", made.name);
  setting first = make_setting(&made, AT_START, 1);
  reset(&first);
  first.call.progress = count_steps, first.call.progress_context = &made.step_count;
  const int32_t status = run(&first);
  expect(status == SMALTI_OK, "status %d: %.400s", status, first.error);
  made.outputs = kept(&first.outputs), made.states = kept(&first.states);
  /* What an entry point does not read, it does not look at. */
  reset(&first);
  const smalti_buffer none = {NULL, 1};
  first.call.weights = &none, first.call.weight_count = 1;
  made.reads_weights = run(&first) == SMALTI_WRONG_BYTES;
  finish();
  free_setting(&first);
  return made;
}

void free_target(target *target) {
  for (uint64_t i = 0; i < target->signature->output_count; i++) free(target->outputs[i]);
  for (uint64_t i = 0; i < target->signature->state_count; i++) free(target->states[i]);
  free(target->outputs);
  free(target->states);
}
