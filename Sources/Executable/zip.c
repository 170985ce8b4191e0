/* Writes a zip archive of npy files, stored as they are, so that a reader may map it: every array
 * begins at a multiple of 64 bytes. The day is the first that a zip file can name, so that equal
 * arrays give equal bytes on every day. */
#include "zip.h"

#include <string.h>

enum {
  ARRAY_ALIGNMENT = 64,
  VERSION_STORED = 20,
  VERSION_LONG = 45, /* with numbers of 64 bits */
  FLAG_UTF8 = 0x800,
  FIRST_DAY = 1 << 5 | 1, /* 1 January 1980 */
  EXTRA_PADDING = 0xd935, /* as the Android archiver pads */
  PADDING_LEAST = 6, /* kind, length, and the alignment */
  EXTRA_LONG_BYTES = 4 + 2 * 8,
};

/* A member as the directory will state it. */
typedef struct written {
  const char *name;
  uint64_t header;
  uint64_t size;
  uint32_t checksum;
} written;

/* Numbers of a record, in order. */
typedef struct record {
  uint8_t bytes[128];
  size_t length;
} record;

static void put(record *record, uint64_t value, size_t byte_count) {
  memcpy(record->bytes + record->length, &value, byte_count);
  record->length += byte_count;
}

static void put_short(record *record, uint64_t value) { put(record, value, 2); }

/* A number of 32 bits, or the sign that it stands elsewhere. */
static void put_word(record *record, uint64_t value) {
  put(record, value < ELSEWHERE_32 ? value : ELSEWHERE_32, 4);
}

static bool is_long(uint64_t value) { return value >= ELSEWHERE_32; }

static uint64_t name_length(const written *member) { return strlen(member->name) + 4; }

static void append_name(output_file *file, const written *member) {
  smalti_append(file, member->name, strlen(member->name));
  smalti_append(file, ".npy", 4);
}

/* What the header of a member and its entry in the directory have in common. */
static void put_common(record *record, const written *member, bool needs_long) {
  put_short(record, needs_long ? VERSION_LONG : VERSION_STORED);
  put_short(record, FLAG_UTF8);
  put_short(record, 0); /* stored */
  put_short(record, 0); /* midnight */
  put_short(record, FIRST_DAY);
  put(record, member->checksum, 4);
  put_word(record, member->size);
  put_word(record, member->size);
  put_short(record, name_length(member));
}

/* -- Members ----------------------------------------------------------------------------------- */

/* The bytes of the extra fields that bring the data behind the header to the alignment. */
static uint64_t padding(uint64_t data) {
  const uint64_t least = data + PADDING_LEAST;
  return PADDING_LEAST + (ARRAY_ALIGNMENT - least % ARRAY_ALIGNMENT) % ARRAY_ALIGNMENT;
}

static void append_header(output_file *file, const written *member) {
  const bool needs_long = is_long(member->size);
  const uint64_t long_bytes = needs_long ? EXTRA_LONG_BYTES : 0;
  const uint64_t fixed = HEADER_BYTES + name_length(member) + long_bytes;
  const uint64_t filling = padding(file->position + fixed);
  record record = {.length = 0};
  put(&record, HEADER_MAGIC, 4);
  put_common(&record, member, needs_long);
  put_short(&record, long_bytes + filling);
  smalti_append(file, record.bytes, record.length);
  append_name(file, member);
  memset(&record, 0, sizeof record);
  if (needs_long) {
    put_short(&record, EXTRA_LONG);
    put_short(&record, EXTRA_LONG_BYTES - 4);
    put(&record, member->size, 8);
    put(&record, member->size, 8);
  }
  put_short(&record, EXTRA_PADDING);
  put_short(&record, filling - 4);
  put_short(&record, ARRAY_ALIGNMENT);
  smalti_append(file, record.bytes, long_bytes + filling);
}

static written append_member(output_file *file, const array *array) {
  const array_type type = smalti_npy_type(&array->type);
  written member = {
      .name = array->name,
      .header = file->position,
      .size = NPY_HEADER_BYTES + smalti_byte_count(&type),
  };
  append_header(file, &member);
  file->checksum = 0;
  smalti_append_npy(file, array);
  member.checksum = file->checksum;
  /* Known only now, and its place is before the data. */
  enum { CHECKSUM_OFFSET = 14 };
  smalti_overwrite(file, member.header + CHECKSUM_OFFSET, &member.checksum, 4);
  return member;
}

/* -- The directory ----------------------------------------------------------------------------- */

static void append_entry(output_file *file, const written *member) {
  const uint64_t numbers[] = {member->size, member->size, member->header};
  record values = {.length = 0};
  for (int i = 0; i < 3; i++) {
    if (is_long(numbers[i])) put(&values, numbers[i], 8);
  }
  const bool needs_long = values.length > 0;
  record extra = {.length = 0};
  if (needs_long) {
    put_short(&extra, EXTRA_LONG);
    put_short(&extra, values.length);
  }
  record record = {.length = 0};
  put(&record, ENTRY_MAGIC, 4);
  put_short(&record, needs_long ? VERSION_LONG : VERSION_STORED); /* who made it */
  put_common(&record, member, needs_long);
  put_short(&record, extra.length + values.length);
  put_short(&record, 0); /* comment */
  put_short(&record, 0); /* disk */
  put_short(&record, 0); /* attributes */
  put(&record, 0, 4);
  put_word(&record, member->header);
  smalti_append(file, record.bytes, record.length);
  append_name(file, member);
  smalti_append(file, extra.bytes, extra.length);
  smalti_append(file, values.bytes, values.length);
}

/* The record of long numbers and where it lies, which the end record points to. */
static void put_long_end(record *record, uint64_t count, uint64_t start, uint64_t end) {
  put(record, LONG_END_MAGIC, 4);
  put(record, LONG_END_BYTES - 12, 8);
  put_short(record, VERSION_LONG);
  put_short(record, VERSION_LONG);
  put(record, 0, 8); /* disks */
  put(record, count, 8);
  put(record, count, 8);
  put(record, end - start, 8);
  put(record, start, 8);
  put(record, LONG_LOCATOR_MAGIC, 4);
  put(record, 0, 4);
  put(record, end, 8);
  put(record, 1, 4);
}

static void append_end(output_file *file, uint64_t count, uint64_t start) {
  const uint64_t end = file->position;
  const uint64_t short_count = count < ELSEWHERE_16 ? count : ELSEWHERE_16;
  record record = {.length = 0};
  if (is_long(start) || short_count == ELSEWHERE_16) put_long_end(&record, count, start, end);
  put(&record, END_MAGIC, 4);
  put(&record, 0, 4); /* disks */
  put_short(&record, short_count);
  put_short(&record, short_count);
  put_word(&record, end - start);
  put_word(&record, start);
  put_short(&record, 0); /* comment */
  smalti_append(file, record.bytes, record.length);
}

void smalti_append_npz(output_file *file, const array *arrays, uint64_t count) {
  written *members = smalti_new_table(count, sizeof *members);
  for (uint64_t i = 0; i < count; i++) members[i] = append_member(file, &arrays[i]);
  const uint64_t start = file->position;
  for (uint64_t i = 0; i < count; i++) append_entry(file, &members[i]);
  append_end(file, count, start);
}
