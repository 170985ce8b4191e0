/* Outcomes and their sentences. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

const char *smalti_status_text(int32_t status) {
  switch (status) {
  case SMALTI_OK: return "the run is complete";
  case SMALTI_NULL_ARGUMENT: return "a pointer that must not be null is null";
  case SMALTI_WRONG_VERSION: return "a structure is of another ABI version than this runtime";
  case SMALTI_WRONG_COUNT: return "the call has more or fewer buffers than the plan";
  case SMALTI_WRONG_BYTES: return "a buffer has another size than the plan asks for";
  case SMALTI_MISALIGNED: return "a buffer is not aligned as the plan asks for";
  case SMALTI_OVERLAP: return "a buffer that is written shares bytes with another one";
  case SMALTI_SMALL_WORKSPACE: return "the workspace is smaller than the plan asks for";
  case SMALTI_BAD_EXECUTOR: return "the executor has no function or no workers";
  case SMALTI_TASK_TWICE: return "the executor ran a task more than once";
  case SMALTI_TASK_MISSING: return "the executor returned before every task had run";
  case SMALTI_TASK_UNKNOWN: return "the executor named a task or worker that does not exist";
  case SMALTI_WORKER_BUSY: return "the executor gave one worker two tasks at the same time";
  case SMALTI_NO_FEATURES: return "this machine lacks features that the plan was compiled for";
  case SMALTI_BAD_PLAN: return "the plan points outside its own tables";
  case SMALTI_SHORT_TIMES: return "there is room for fewer step times than the plan has steps";
  case SMALTI_CANCELLED: return "the run was cancelled";
  case SMALTI_NO_WEIGHTS: return "the file has no weights, and the call brings none";
  case SMALTI_WRONG_WEIGHTS: return "the weights belong to another model, version or layout";
  case SMALTI_DAMAGED_WEIGHTS: return "the weights are cut off or damaged";
  case SMALTI_UNREADABLE: return "a file cannot be opened or mapped";
  default: return "unknown status";
  }
}

int32_t smalti_fail(const smalti_call *call, int32_t status, const char *format, ...) {
  if (call->error_text && call->error_capacity > 0) {
    va_list values;
    va_start(values, format);
    vsnprintf(call->error_text, call->error_capacity, format, values);
    va_end(values);
  }
  return status;
}

int32_t smalti_fail_text(
    char *error_text, uint64_t error_capacity, int32_t status, const char *format, ...) {
  if (error_text && error_capacity > 0) {
    va_list values;
    va_start(values, format);
    vsnprintf(error_text, error_capacity, format, values);
    va_end(values);
  }
  return status;
}
