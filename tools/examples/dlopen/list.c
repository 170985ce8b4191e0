/* Loads a compiled model when it runs, and lists what it offers. The header is included for its
 * types alone: that of any model will do.
 *
 *     smalti compile simone:tiny -o simone.so
 *     cc -std=c11 -O2 list.c -o list
 *     ./list ./simone.so */
#include "simone.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_tensors(const char *kind, const smalti_tensor *tensors, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    printf("  %-3s %s: %s[", kind, tensors[i].name, tensors[i].element);
    for (uint64_t axis = 0; axis < tensors[i].rank; axis++) {
      printf("%s%" PRIu64, axis > 0 ? ", " : "", tensors[i].dimensions[axis]);
    }
    printf("], %" PRIu64 " bytes\n", tensors[i].byte_count);
  }
}

static void print_model(const smalti_model *model) {
  const char *level = model->level();
  printf("%s runs here as %s\n", model->name, level ? level : "nothing: no level fits");
  for (uint64_t i = 0; i < model->entry_count; i++) {
    const smalti_entry *entry = &model->entries[i];
    for (uint64_t j = 0; j < entry->signature_count; j++) {
      const smalti_signature *signature = &entry->signatures[j];
      printf(
          "%s %s(%.3g GFLOP, workspace %" PRIu64 " bytes)\n", entry->name,
          signature->specialisation, (double)signature->flops * 1e-9, entry->workspace_bytes(1));
      print_tensors("in", signature->inputs, signature->input_count);
      print_tensors("out", signature->outputs, signature->output_count);
    }
  }
}

int main(int count, char **words) {
  if (count != 2) {
    fprintf(stderr, "usage: list MODEL.so\n");
    return EXIT_FAILURE;
  }
  void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  /* As POSIX has it: a data pointer that is known to hold a function's address. */
  const smalti_model *(*this_model)(void) = NULL;
  if (library) *(void **)&this_model = dlsym(library, "smalti_this_model");
  if (!this_model) {
    fprintf(stderr, "%s\n", dlerror());
    return EXIT_FAILURE;
  }
  const smalti_model *model = this_model();
  if (model->abi_version != SMALTI_ABI_VERSION) {
    fprintf(stderr, "ABI version %u, this program knows %u\n", model->abi_version,
            SMALTI_ABI_VERSION);
    return EXIT_FAILURE;
  }
  print_model(model);
  dlclose(library);
  return EXIT_SUCCESS;
}
