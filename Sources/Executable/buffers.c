/* Memory of the program: buffers for a run, and how much of all was used. */
#define _GNU_SOURCE
#include "executable.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Where transparent large pages begin to pay. */
#define LARGE_PAGE_BYTES (UINT64_C(2) << 20)

static uint64_t machine_bytes(void) {
  return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

__attribute__((noreturn)) static void end_memory(uint64_t byte_count, const char *what) {
  smalti_end_call(
      (fact){.code = "run.noMemory", .help = "work in smaller parts, or with fewer threads"},
      "%s needs %" PRIu64 " bytes, this machine has %" PRIu64, what, byte_count, machine_bytes());
}

smalti_buffer smalti_new_buffer(uint64_t byte_count, const char *what) {
  if (byte_count > machine_bytes()) end_memory(byte_count, what);
  /* Whole pages, so that the last part lies on a large one too; and at least one line. */
  const bool is_large = byte_count >= LARGE_PAGE_BYTES;
  const uint64_t unit = is_large ? LARGE_PAGE_BYTES : SMALTI_ALIGNMENT;
  const uint64_t room = byte_count > 0 ? (byte_count + unit - 1) / unit * unit : unit;
  void *memory = aligned_alloc(unit, room);
  if (!memory) end_memory(byte_count, what);
  /* A system without large pages refuses, and nothing is lost. */
  if (is_large) madvise(memory, room, MADV_HUGEPAGE);
  return (smalti_buffer){memory, byte_count};
}

void *smalti_new_table(uint64_t count, size_t byte_count) {
  void *table = calloc(count > 0 ? count : 1, byte_count);
  if (!table) end_memory(count * byte_count, "a table");
  return table;
}

char *smalti_keep(const char *text) {
  char *copy = strdup(text);
  if (!copy) end_memory(strlen(text), "a name");
  return copy;
}

/* Not `ru_maxrss` where it can be helped: at `exec` Linux carries over what the process was before
 * (proc(5), `VmHWM`; getrusage(2)). */
uint64_t smalti_peak_resident_bytes(void) {
  unsigned long long kibibytes = 0;
  char line[256];
  FILE *status = fopen("/proc/self/status", "re");
  while (status && kibibytes == 0 && fgets(line, sizeof line, status)) {
    if (sscanf(line, "VmHWM: %llu kB", &kibibytes) != 1) kibibytes = 0;
  }
  if (status) fclose(status);
  struct rusage usage;
  if (kibibytes == 0 && getrusage(RUSAGE_SELF, &usage) == 0) {
    kibibytes = (unsigned long long)usage.ru_maxrss;
  }
  return kibibytes * 1024;
}
