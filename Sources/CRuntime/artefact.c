/* What the functions of a compiled file's header do: find the level and the signature, then run. */
#include "internal.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The best level whose features this machine has; -1 if there is none. */
static int64_t chosen_level(const smalti_artefact *artefact) {
  for (uint64_t i = artefact->level_count; i > 0; i--) {
    if (smalti_require_features(artefact->levels[i - 1].required_features) == SMALTI_OK) {
      return (int64_t)i - 1;
    }
  }
  return -1;
}

int32_t smalti_artefact_check(
    const smalti_artefact *artefact, char *error_text, uint64_t error_capacity) {
  if (error_text && error_capacity > 0) error_text[0] = '\0';
  if (chosen_level(artefact) >= 0) return SMALTI_OK;
  char levels[256] = "";
  size_t length = 0;
  for (uint64_t i = 0; i < artefact->level_count && length < sizeof levels; i++) {
    const int count = snprintf(
        levels + length, sizeof levels - length, "%s%s", i > 0 ? ", " : "",
        artefact->levels[i].name);
    if (count > 0) length += (size_t)count;
  }
  const char *limit = getenv(SMALTI_LEVEL_VARIABLE);
  return smalti_fail_text(
      error_text, error_capacity, SMALTI_NO_FEATURES,
      "%s has code for %s; this machine offers features %#" PRIx64 "%s%s; compile it for this "
      "machine's level",
      artefact->model->name, levels, smalti_features(),
      limit && *limit ? ", limited by " SMALTI_LEVEL_VARIABLE "=" : "",
      limit && *limit ? limit : "");
}

const char *smalti_artefact_level(const smalti_artefact *artefact) {
  const int64_t level = chosen_level(artefact);
  return level < 0 ? NULL : artefact->levels[level].name;
}

static const smalti_plan *plan_of(
    const smalti_artefact *artefact, uint64_t entry, uint64_t level, uint64_t signature) {
  return artefact->plans[
      (entry * artefact->level_count + level) * artefact->signature_count + signature];
}

/* Whether the call's inputs have the sizes that `plan` asks for. */
static bool fits(const smalti_plan *plan, const smalti_call *call) {
  if (call->input_count != plan->input_count || !call->inputs) return false;
  for (uint64_t i = 0; i < plan->input_count; i++) {
    if (call->inputs[i].byte_count != plan->inputs[i].byte_count) return false;
  }
  return true;
}

/* The plan that the sizes of the inputs name; where none does the first, which will say so. */
static const smalti_plan *chosen_plan(
    const smalti_artefact *artefact, uint64_t entry, uint64_t level, const smalti_call *call) {
  for (uint64_t i = 0; i < artefact->signature_count; i++) {
    const smalti_plan *plan = plan_of(artefact, entry, level, i);
    if (fits(plan, call)) return plan;
  }
  return plan_of(artefact, entry, level, 0);
}

/* Without any signature that fits, all of them are worth naming. */
static int32_t fail_signature(
    const smalti_artefact *artefact, uint64_t entry, uint64_t level, const smalti_call *call) {
  const smalti_entry *own = &artefact->model->entries[entry];
  char known[512] = "";
  size_t length = 0;
  for (uint64_t i = 0; i < artefact->signature_count && length < sizeof known; i++) {
    const smalti_plan *plan = plan_of(artefact, entry, level, i);
    int count = snprintf(
        known + length, sizeof known - length, "%s%s:", i > 0 ? "; " : "",
        own->signatures[i].specialisation);
    if (count > 0) length += (size_t)count;
    for (uint64_t j = 0; j < plan->input_count && length < sizeof known; j++) {
      count = snprintf(
          known + length, sizeof known - length, " %s %" PRIu64, plan->inputs[j].name,
          plan->inputs[j].byte_count);
      if (count > 0) length += (size_t)count;
    }
  }
  return smalti_fail(
      call, SMALTI_WRONG_BYTES, "no specialisation of '%s' has inputs of these sizes; bytes are %s",
      own->name, known);
}

int32_t smalti_artefact_run(
    const smalti_artefact *artefact, uint64_t entry, const smalti_call *given) {
  smalti_call call;
  const int32_t status = smalti_whole_call(given, &call);
  if (status != SMALTI_OK) return status;
  const int64_t level = chosen_level(artefact);
  if (level < 0) return smalti_artefact_check(artefact, call.error_text, call.error_capacity);
  const smalti_plan *plan = chosen_plan(artefact, entry, (uint64_t)level, &call);
  if (artefact->signature_count > 1 && call.abi_version == SMALTI_ABI_VERSION &&
      call.input_count == plan->input_count && call.inputs && !fits(plan, &call)) {
    return fail_signature(artefact, entry, (uint64_t)level, &call);
  }
  if (call.weight_count == 0 && plan->weight_count == 1) {
    if (!artefact->model->weights.pointer) {
      return smalti_fail(
          &call, SMALTI_NO_WEIGHTS,
          "the file of %s has no weights in it: pass those that its open_weights or prepare gave",
          artefact->model->name);
    }
    call.weights = &artefact->model->weights;
    call.weight_count = 1;
  }
  /* One block serves all entry points, so whoever has it may pass it to each. */
  if (plan->weight_count == 0) call.weight_count = 0;
  return smalti_execute(plan, &call);
}

int32_t smalti_artefact_prepare(const smalti_artefact *artefact, const smalti_call *given) {
  smalti_call call;
  const int32_t status = smalti_whole_call(given, &call);
  if (status != SMALTI_OK) return status;
  const int64_t level = chosen_level(artefact);
  if (level < 0) return smalti_artefact_check(artefact, call.error_text, call.error_capacity);
  return smalti_execute(artefact->prepare[level], &call);
}

uint64_t smalti_artefact_workspace_bytes(
    const smalti_artefact *artefact, uint64_t entry, uint32_t workers) {
  uint64_t largest = 0;
  /* Without a level nothing runs, and any number will do. */
  const int64_t level = chosen_level(artefact);
  for (uint64_t i = 0; level >= 0 && i < artefact->signature_count; i++) {
    const uint64_t bytes =
        smalti_workspace_bytes(plan_of(artefact, entry, (uint64_t)level, i), workers);
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

uint64_t smalti_artefact_prepare_workspace_bytes(
    const smalti_artefact *artefact, uint32_t workers) {
  const int64_t level = chosen_level(artefact);
  return level < 0 ? 0 : smalti_workspace_bytes(artefact->prepare[level], workers);
}
