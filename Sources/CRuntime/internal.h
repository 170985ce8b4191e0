/* What the files of the runtime share. */
#ifndef SMALTI_INTERNAL_H
#define SMALTI_INTERNAL_H

#include "smalti_artefact.h"

/* Writes the sentence of an error into the call's buffer, if it has one; returns `status`. */
__attribute__((format(printf, 3, 4)))
int32_t smalti_fail(const smalti_call *call, int32_t status, const char *format, ...);

/* The same for a function that has no call. */
__attribute__((format(printf, 4, 5)))
int32_t smalti_fail_text(
    char *error_text, uint64_t error_capacity, int32_t status, const char *format, ...);

/* Copies `call` to `whole`, what its version does not have being 0. Fails for null and for calls
 * that are too short for version 1. */
int32_t smalti_whole_call(const smalti_call *call, smalti_call *whole);

/* Whether a run of `plan` by `call` may begin; everything but the workspace's size. */
int32_t smalti_check(const smalti_plan *plan, const smalti_call *call);

/* The number of workers that the call's executor has. */
static inline uint32_t smalti_worker_count(const smalti_call *call) {
  return call->executor ? call->executor->worker_count : 1;
}

#endif
