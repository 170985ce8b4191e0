/* What the files of the runtime share. */
#ifndef SMALTI_INTERNAL_H
#define SMALTI_INTERNAL_H

#include "include/smalti_runtime.h"

/* Writes the sentence of an error into the call's buffer, if it has one; returns `status`. */
__attribute__((format(printf, 3, 4)))
int32_t smalti_fail(const smalti_call *call, int32_t status, const char *format, ...);

/* Whether a run of `plan` by `call` may begin; everything but the workspace's size. */
int32_t smalti_check(const smalti_plan *plan, const smalti_call *call);

/* The number of workers that the call's executor has. */
static inline uint32_t smalti_worker_count(const smalti_call *call) {
  return call->executor ? call->executor->worker_count : 1;
}

#endif
