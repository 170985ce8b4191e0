/* Memory of which every neighbour is known: bytes that must stay, then pages without access. */
#define _GNU_SOURCE
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MARGIN = 0xa5 };

static void fail_memory(void) {
  perror("driver: no memory");
  exit(2);
}

guarded make_guarded(uint64_t byte_count, uint64_t alignment, side side) {
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  guarded made = {{NULL, byte_count}, NULL, (byte_count / page + 1) * page};
  if (byte_count > 0 && byte_count % page == 0) made.page_byte_count = byte_count;
  char *all = mmap(
      NULL, made.page_byte_count + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) fail_memory();
  made.pages = all + page;
  protect(&made, PROT_READ | PROT_WRITE);
  memset(made.pages, MARGIN, made.page_byte_count);
  uint64_t offset = 0;
  if (side == AT_END) offset = (made.page_byte_count - byte_count) / alignment * alignment;
  made.buffer.pointer = made.pages + offset;
  clear(&made);
  return made;
}

void free_guarded(guarded *memory) {
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  if (memory->pages) munmap(memory->pages - page, memory->page_byte_count + 2 * page);
  *memory = (guarded){0};
}

void protect(const guarded *memory, int protection) {
  if (mprotect(memory->pages, memory->page_byte_count, protection) != 0) fail_memory();
}

void clear(const guarded *memory) {
  memset(memory->buffer.pointer, UNWRITTEN, memory->buffer.byte_count);
}

/* Whether all of `count` bytes are `value`: the first is, and each is like the next. */
static bool all_are(const char *bytes, uint64_t count, int value) {
  if (count == 0) return true;
  return (unsigned char)bytes[0] == value && memcmp(bytes, bytes + 1, count - 1) == 0;
}

bool is_clear(const guarded *memory) {
  return all_are(memory->buffer.pointer, memory->buffer.byte_count, UNWRITTEN);
}

bool has_margins(const guarded *memory) {
  const char *start = memory->buffer.pointer, *end = start + memory->buffer.byte_count;
  const uint64_t before = (uint64_t)(start - memory->pages);
  const uint64_t after = memory->page_byte_count - before - memory->buffer.byte_count;
  return all_are(memory->pages, before, MARGIN) && all_are(end, after, MARGIN);
}
