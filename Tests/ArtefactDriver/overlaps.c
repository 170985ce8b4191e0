/* Buffers that share bytes: refused where one of them is written, allowed where all are read. */
#define _GNU_SOURCE
#include "driver.h"

#include <string.h>

/* One that is moved onto another, which keeps its place. */
static void check_pair(
    setting *setting, const char *kind, const char *name, uint64_t alignment,
    smalti_buffer *moved, const char *other_kind, const char *other_name,
    const smalti_buffer *other) {
  if (moved->byte_count == 0 || other->byte_count == 0) return;
  moved->pointer = other->pointer;
  if ((uintptr_t)moved->pointer % alignment == 0) {
    refuse(
        setting, SMALTI_OVERLAP, "%s %s begins where %s %s does", kind, name, other_kind,
        other_name);
  }
  /* As few bytes in common as the alignment allows. */
  const uintptr_t last = ((uintptr_t)other->pointer + other->byte_count - 1) & ~(alignment - 1);
  moved->pointer = (void *)last;
  refuse(
      setting, SMALTI_OVERLAP, "%s %s begins in the last bytes of %s %s", kind, name, other_kind,
      other_name);
  const uintptr_t first =
      ((uintptr_t)other->pointer - moved->byte_count + alignment) & ~(alignment - 1);
  moved->pointer = (void *)first;
  refuse(
      setting, SMALTI_OVERLAP, "%s %s ends in the first bytes of %s %s", kind, name, other_kind,
      other_name);
}

/* Buffer `i` of `group` onto all of `others`, or onto those before it. */
static void check_onto(
    setting *setting, const char *kind, group *group, uint64_t i, const char *other_kind,
    const struct group *others) {
  for (uint64_t j = 0; j < (others == group ? i : others->count); j++) {
    check_pair(
        setting, kind, group->tensors[i].name, group->tensors[i].alignment, &group->buffers[i],
        other_kind, others->tensors[j].name, &others->memory[j].buffer);
  }
}

static void check_written(setting *setting, const char *kind, group *group) {
  const smalti_buffer *weights = &setting->target->model->weights;
  if (setting->target->weights) weights = setting->target->weights;
  for (uint64_t i = 0; i < group->count; i++) {
    check_onto(setting, kind, group, i, "input", &setting->inputs);
    check_onto(setting, kind, group, i, "output", &setting->outputs);
    check_onto(setting, kind, group, i, "state", &setting->states);
    const smalti_tensor *tensor = &group->tensors[i];
    check_pair(
        setting, kind, tensor->name, tensor->alignment, &group->buffers[i], "the", "workspace",
        &setting->workspace.buffer);
    if (!setting->target->reads_weights) continue;
    check_pair(
        setting, kind, tensor->name, tensor->alignment, &group->buffers[i], "the",
        "block of weights", weights);
  }
}

static void check_read(setting *setting) {
  group *inputs = &setting->inputs;
  for (uint64_t i = 0; i < inputs->count; i++) {
    check_pair(
        setting, "input", inputs->tensors[i].name, inputs->tensors[i].alignment,
        &inputs->buffers[i], "the", "workspace", &setting->workspace.buffer);
    for (uint64_t j = 0; j < i; j++) {
      if (inputs->tensors[i].byte_count != inputs->tensors[j].byte_count) continue;
      begin(
          "%s: inputs %s and %s are one array", setting->target->name, inputs->tensors[j].name,
          inputs->tensors[i].name);
      inputs->buffers[i].pointer = inputs->buffers[j].pointer;
      const int32_t status = run(setting);
      expect(status == SMALTI_OK, "status %d: %.400s", status, setting->error);
      finish();
      reset(setting);
    }
  }
}

/* Moves `*end` past the tensor; where it begins. */
static uint64_t place(const smalti_tensor *tensor, uint64_t *end) {
  const uint64_t start = (*end + tensor->alignment - 1) / tensor->alignment * tensor->alignment;
  *end = start + tensor->byte_count;
  return start;
}

/* Outputs one behind the other, as near as their alignments let them. */
static void check_neighbours(setting *setting, bool is_backwards) {
  begin(
      "%s: outputs without a gap, the %s first", setting->target->name,
      is_backwards ? "last" : "first");
  group *outputs = &setting->outputs;
  uint64_t end = 0;
  for (uint64_t i = 0; i < outputs->count; i++) end += outputs->tensors[i].byte_count + 64;
  guarded all = make_guarded(end, SMALTI_ALIGNMENT, AT_START);
  end = 0;
  for (uint64_t i = 0; i < outputs->count; i++) {
    const uint64_t which = is_backwards ? outputs->count - 1 - i : i;
    const uint64_t start = place(&outputs->tensors[which], &end);
    outputs->buffers[which].pointer = (char *)all.buffer.pointer + start;
  }
  const int32_t status = run(setting);
  expect(status == SMALTI_OK, "status %d: %.400s", status, setting->error);
  for (uint64_t i = 0; i < outputs->count && status == SMALTI_OK; i++) {
    const smalti_buffer *found = &outputs->buffers[i];
    expect(
        memcmp(found->pointer, setting->target->outputs[i], found->byte_count) == 0,
        "output %s has other bits", outputs->tensors[i].name);
  }
  expect(has_margins(&all), "bytes beside them are changed");
  finish();
  free_guarded(&all);
  reset(setting);
}

void check_overlaps(const target *target) {
  setting setting = make_setting(target, AT_START, 1);
  reset(&setting);
  check_written(&setting, "output", &setting.outputs);
  check_written(&setting, "state", &setting.states);
  check_read(&setting);
  check_neighbours(&setting, false);
  check_neighbours(&setting, true);
  free_setting(&setting);
}
