/* Entry points of a compiled model, as tables that a test generates. */
#ifndef PLANS_H
#define PLANS_H
#include "smalti_runtime.h"

#include <stddef.h>

/* Raw parameters go into `prepare`; what it gives is the only weight of `run`. Both may be empty. */
typedef struct entry {
  const smalti_plan *prepare, *run;
} entry;

extern const entry entries[];
extern const uint64_t entry_count;

#endif
