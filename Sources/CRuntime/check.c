/* Everything that is checked before a run writes its first byte. */
#include "internal.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

/* The size of a version 1 plan. */
#define PLAN_BYTES (offsetof(smalti_plan, scratch_byte_count) + sizeof(uint64_t))

/* One kind of buffer: what the plan asks for and what the call brings. */
typedef struct group {
  const char *kind;
  const smalti_slot *slots;
  uint64_t slot_count;
  const smalti_buffer *buffers;
  uint64_t buffer_count;
  bool written;
} group;

enum { GROUP_COUNT = 4 };

static const char *named(const char *name) { return name ? name : "unnamed"; }

static int32_t check_versions(const smalti_plan *plan, const smalti_call *call) {
  if (call->abi_version != SMALTI_ABI_VERSION) {
    return smalti_fail(
        call, SMALTI_WRONG_VERSION, "the call has ABI version %" PRIu32 ", this runtime has %u",
        call->abi_version, SMALTI_ABI_VERSION);
  }
  if (plan->abi_version != SMALTI_ABI_VERSION) {
    return smalti_fail(
        call, SMALTI_WRONG_VERSION,
        "the plan has ABI version %" PRIu32 ", this runtime has %u; compile the network again",
        plan->abi_version, SMALTI_ABI_VERSION);
  }
  if (plan->byte_count < PLAN_BYTES) {
    return smalti_fail(
        call, SMALTI_WRONG_VERSION, "the plan has %" PRIu32 " bytes, version %u has %zu",
        plan->byte_count, SMALTI_ABI_VERSION, PLAN_BYTES);
  }
  return SMALTI_OK;
}

/* One buffer against its slot: null, size, alignment. */
static int32_t check_buffer(
    const smalti_call *call, const char *kind, const smalti_slot *slot,
    const smalti_buffer *buffer) {
  if (buffer->byte_count != slot->byte_count) {
    return smalti_fail(
        call, SMALTI_WRONG_BYTES,
        "%s '%s' has %" PRIu64 " bytes, the plan asks for %" PRIu64, kind, named(slot->name),
        buffer->byte_count, slot->byte_count);
  }
  if (!buffer->pointer && buffer->byte_count > 0) {
    return smalti_fail(
        call, SMALTI_NULL_ARGUMENT, "%s '%s' is null, the plan asks for %" PRIu64 " bytes", kind,
        named(slot->name), slot->byte_count);
  }
  if (slot->alignment == 0 || (slot->alignment & (slot->alignment - 1)) != 0) {
    return smalti_fail(
        call, SMALTI_BAD_PLAN, "%s '%s' has alignment %" PRIu64 ", which is no power of two", kind,
        named(slot->name), slot->alignment);
  }
  if ((uintptr_t)buffer->pointer & (slot->alignment - 1)) {
    return smalti_fail(
        call, SMALTI_MISALIGNED, "%s '%s' lies at %p, the plan asks for a multiple of %" PRIu64,
        kind, named(slot->name), buffer->pointer, slot->alignment);
  }
  return SMALTI_OK;
}

static int32_t check_group(const smalti_call *call, const group *group) {
  if (group->buffer_count != group->slot_count) {
    return smalti_fail(
        call, SMALTI_WRONG_COUNT, "the call has %" PRIu64 " %s buffers, the plan has %" PRIu64,
        group->buffer_count, group->kind, group->slot_count);
  }
  if (group->slot_count == 0) return SMALTI_OK;
  if (!group->buffers || !group->slots) {
    return smalti_fail(
        call, SMALTI_NULL_ARGUMENT, "the %s's array of %s buffers is null, its count is %" PRIu64,
        group->buffers ? "plan" : "call", group->kind, group->slot_count);
  }
  for (uint64_t i = 0; i < group->slot_count; i++) {
    const int32_t status = check_buffer(call, group->kind, &group->slots[i], &group->buffers[i]);
    if (status != SMALTI_OK) return status;
  }
  return SMALTI_OK;
}

static bool overlap(const smalti_buffer *a, const smalti_buffer *b) {
  const uintptr_t first = (uintptr_t)a->pointer, second = (uintptr_t)b->pointer;
  if (a->byte_count == 0 || b->byte_count == 0) return false;
  return first <= second ? second - first < a->byte_count : first - second < b->byte_count;
}

static int32_t fail_overlap(
    const smalti_call *call, const char *kind, const char *name, const smalti_buffer *buffer,
    const char *other_kind, const char *other_name, const smalti_buffer *other) {
  return smalti_fail(
      call, SMALTI_OVERLAP,
      "%s '%s' (%" PRIu64 " bytes at %p) overlaps %s '%s' (%" PRIu64 " bytes at %p)", kind,
      named(name), buffer->byte_count, buffer->pointer, other_kind, named(other_name),
      other->byte_count, other->pointer);
}

/* Buffer `i` of `written` against the workspace and every buffer of the groups, each pair of two
 * written buffers once. Quadratic in the number of buffers, a nanosecond a pair. */
static int32_t check_alone(
    const smalti_call *call, const group *groups, const group *written, uint64_t i) {
  const smalti_buffer *buffer = &written->buffers[i];
  const char *name = written->slots[i].name;
  if (overlap(buffer, &call->workspace)) {
    return fail_overlap(call, written->kind, name, buffer, "the", "workspace", &call->workspace);
  }
  for (const group *other = groups; other < groups + GROUP_COUNT; other++) {
    if (other->written && other > written) continue;
    const uint64_t end = other == written ? i : other->slot_count;
    for (uint64_t j = 0; j < end; j++) {
      if (overlap(buffer, &other->buffers[j])) {
        return fail_overlap(
            call, written->kind, name, buffer, other->kind, other->slots[j].name,
            &other->buffers[j]);
      }
    }
  }
  return SMALTI_OK;
}

/* Read-only buffers may share bytes with each other, but not with the workspace. */
static int32_t check_overlaps(const smalti_call *call, const group *groups) {
  for (const group *group = groups; group < groups + GROUP_COUNT; group++) {
    for (uint64_t i = 0; i < group->slot_count; i++) {
      if (!group->written) {
        if (!overlap(&group->buffers[i], &call->workspace)) continue;
        return fail_overlap(
            call, group->kind, group->slots[i].name, &group->buffers[i], "the", "workspace",
            &call->workspace);
      }
      const int32_t status = check_alone(call, groups, group, i);
      if (status != SMALTI_OK) return status;
    }
  }
  return SMALTI_OK;
}

/* The size of the buffer that `binding` points into; UINT64_MAX if there is none. */
static uint64_t space_bytes(
    const smalti_plan *plan, const group *groups, const smalti_binding *binding) {
  if (binding->space == SMALTI_SPACE_ARENA) {
    return binding->index == 0 ? plan->arena_byte_count : UINT64_MAX;
  }
  if (binding->space == SMALTI_SPACE_CONSTANT) {
    return binding->index < plan->constant_count ? plan->constants[binding->index].byte_count
                                                 : UINT64_MAX;
  }
  if (binding->space > SMALTI_SPACE_STATE) return UINT64_MAX;
  const group *group = &groups[binding->space];
  return binding->index < group->slot_count ? group->slots[binding->index].byte_count : UINT64_MAX;
}

static int32_t check_step(
    const smalti_plan *plan, const smalti_call *call, const group *groups,
    const smalti_step *step) {
  if (!step->kernel || step->task_count < 0) {
    return smalti_fail(
        call, SMALTI_BAD_PLAN, "step '%s' has %s kernel and %" PRId64 " tasks", named(step->name),
        step->kernel ? "a" : "no", step->task_count);
  }
  const uint64_t end = (uint64_t)step->first_binding + step->binding_count;
  if (end > plan->binding_count) {
    return smalti_fail(
        call, SMALTI_BAD_PLAN,
        "step '%s' uses bindings up to %" PRIu64 ", the plan has %" PRIu64, named(step->name), end,
        plan->binding_count);
  }
  for (uint64_t i = step->first_binding; i < end; i++) {
    const smalti_binding *binding = &plan->bindings[i];
    const uint64_t size = space_bytes(plan, groups, binding);
    if (size == UINT64_MAX || binding->offset > size) {
      return smalti_fail(
          call, SMALTI_BAD_PLAN,
          "binding %" PRIu64 " of step '%s' is byte %" PRIu64 " of buffer %" PRIu32
          " in space %" PRIu32 ", which the plan does not have",
          i - step->first_binding, named(step->name), binding->offset, binding->index,
          binding->space);
    }
  }
  return SMALTI_OK;
}

static int32_t check_plan(
    const smalti_plan *plan, const smalti_call *call, const group *groups) {
  if ((plan->step_count > 0 && !plan->steps) || (plan->binding_count > 0 && !plan->bindings) ||
      (plan->constant_count > 0 && !plan->constants)) {
    return smalti_fail(call, SMALTI_BAD_PLAN, "a table of the plan is null and its count is not 0");
  }
  for (uint64_t i = 0; i < plan->constant_count; i++) {
    const smalti_constant *constant = &plan->constants[i];
    if (constant->byte_count == 0) continue;
    if (!constant->pointer || (uintptr_t)constant->pointer % SMALTI_ALIGNMENT) {
      return smalti_fail(
          call, SMALTI_BAD_PLAN, "constant %" PRIu64 " lies at %p, not at a multiple of %u", i,
          constant->pointer, SMALTI_ALIGNMENT);
    }
  }
  for (uint64_t i = 0; i < plan->step_count; i++) {
    const int32_t status = check_step(plan, call, groups, &plan->steps[i]);
    if (status != SMALTI_OK) return status;
  }
  return SMALTI_OK;
}

static int32_t check_rest(const smalti_plan *plan, const smalti_call *call) {
  const smalti_executor *executor = call->executor;
  if (executor && (!executor->parallel_for || executor->worker_count == 0)) {
    return smalti_fail(
        call, SMALTI_BAD_EXECUTOR, "the executor has %s function and %" PRIu32 " workers",
        executor->parallel_for ? "a" : "no", executor->worker_count);
  }
  if (call->step_nanoseconds && call->step_nanosecond_count < plan->step_count) {
    return smalti_fail(
        call, SMALTI_SHORT_TIMES,
        "there is room for %" PRIu64 " step times, the plan has %" PRIu64 " steps",
        call->step_nanosecond_count, plan->step_count);
  }
  const int32_t status = smalti_require_features(plan->required_features);
  if (status != SMALTI_OK) {
    return smalti_fail(
        call, status,
        "plan '%s' needs features %#" PRIx64 ", this machine offers %#" PRIx64
        "; compile for its level",
        named(plan->name), plan->required_features, smalti_features());
  }
  return SMALTI_OK;
}

int32_t smalti_check(const smalti_plan *plan, const smalti_call *call) {
  int32_t status = check_versions(plan, call);
  if (status != SMALTI_OK) return status;
  /* In the order of smalti_space, which indexes them. */
  const group groups[GROUP_COUNT] = {
      {"input", plan->inputs, plan->input_count, call->inputs, call->input_count, false},
      {"output", plan->outputs, plan->output_count, call->outputs, call->output_count, true},
      {"weight", plan->weights, plan->weight_count, call->weights, call->weight_count, false},
      {"state", plan->states, plan->state_count, call->states, call->state_count, true},
  };
  for (int i = 0; i < GROUP_COUNT; i++) {
    status = check_group(call, &groups[i]);
    if (status != SMALTI_OK) return status;
  }
  status = check_rest(plan, call);
  if (status == SMALTI_OK) status = check_plan(plan, call, groups);
  if (status == SMALTI_OK) status = check_overlaps(call, groups);
  return status;
}
