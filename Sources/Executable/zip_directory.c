/* The directory of a zip archive. It may come from a stranger, so nothing in it is believed: each
 * number is compared with the room that there is before it is used. */
#include "zip.h"

#include <inttypes.h>
#include <string.h>

enum { COMMENT_LIMIT = 0xffff };

void smalti_end_not_zip(const contents *file, const char *reason) {
  smalti_end_call(
      (fact){
          .code = "npz.not-zip",
          .place = file->place,
          .help = "make the file with numpy.savez; for one array use the suffix .npy",
      },
      "this is no zip archive: %s", reason);
}

uint32_t smalti_read_16(const uint8_t *bytes) { return (uint32_t)(bytes[0] | bytes[1] << 8); }

uint32_t smalti_read_32(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static uint64_t read_64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

bool smalti_read_long_fields(
    const uint8_t *extra, uint64_t length, uint64_t *const *fields, int count) {
  const uint8_t *values = NULL;
  uint64_t left = 0;
  while (length >= 4 && !values) {
    const uint64_t size = smalti_read_16(extra + 2);
    if (size > length - 4) break;
    if (smalti_read_16(extra) == EXTRA_LONG) {
      values = extra + 4;
      left = size;
    }
    extra += 4 + size;
    length -= 4 + size;
  }
  for (int i = 0; i < count; i++) {
    if (*fields[i] != ELSEWHERE_32) continue;
    if (left < 8) return false;
    *fields[i] = read_64(values);
    values += 8;
    left -= 8;
  }
  return true;
}

/* -- The directory ----------------------------------------------------------------------------- */

/* Where the end record lies: the last place that fits, a comment of any length behind it. */
static uint64_t find_end(const contents *file) {
  if (file->byte_count == 0) smalti_end_not_zip(file, "the file is empty");
  const uint64_t least =
      file->byte_count > END_BYTES + COMMENT_LIMIT ? file->byte_count - END_BYTES - COMMENT_LIMIT
                                                   : 0;
  for (uint64_t place = file->byte_count; place-- > least;) {
    const uint64_t room = file->byte_count - place;
    if (room < END_BYTES || smalti_read_32(file->bytes + place) != END_MAGIC) continue;
    if (smalti_read_16(file->bytes + place + 20) == room - END_BYTES) return place;
  }
  smalti_end_not_zip(file, "it has no end record, so it is of another kind or truncated");
}

/* The record of long numbers that stands before the end record at `end`. */
static uint64_t find_long_end(const contents *file, uint64_t end) {
  if (end < LONG_LOCATOR_BYTES + LONG_END_BYTES) {
    smalti_end_not_zip(file, "its end record is damaged");
  }
  const uint64_t locator = end - LONG_LOCATOR_BYTES;
  if (smalti_read_32(file->bytes + locator) != LONG_LOCATOR_MAGIC) {
    smalti_end_not_zip(file, "its end record points to long numbers that are not there");
  }
  const uint64_t place = read_64(file->bytes + locator + 8);
  if (place > locator - LONG_END_BYTES || smalti_read_32(file->bytes + place) != LONG_END_MAGIC ||
      read_64(file->bytes + place + 4) != locator - place - 12) {
    smalti_end_not_zip(file, "the end record of long numbers is damaged");
  }
  return place;
}

directory smalti_find_directory(const contents *file) {
  const uint64_t end = find_end(file);
  const uint8_t *record = file->bytes + end;
  directory directory = {
      .start = smalti_read_32(record + 16),
      .end = end,
      .count = smalti_read_16(record + 10),
  };
  uint64_t size = smalti_read_32(record + 12), here = smalti_read_16(record + 8);
  uint32_t disk = smalti_read_16(record + 4) | smalti_read_16(record + 6);
  if (directory.count == ELSEWHERE_16 || size == ELSEWHERE_32 || directory.start == ELSEWHERE_32) {
    directory.end = find_long_end(file, end);
    record = file->bytes + directory.end;
    disk = smalti_read_32(record + 16) | smalti_read_32(record + 20);
    here = read_64(record + 24);
    directory.count = read_64(record + 32);
    size = read_64(record + 40);
    directory.start = read_64(record + 48);
  }
  if (disk != 0 || here != directory.count) smalti_end_not_zip(file, "it is one part of several");
  if (size > directory.end || directory.start != directory.end - size) {
    smalti_end_not_zip(
        file, smalti_words(
                  "its directory should be %" PRIu64 " bytes from byte %" PRIu64
                  " on, and ends at %" PRIu64,
                  size, directory.start, directory.end));
  }
  return directory;
}

member smalti_read_entry(const contents *file, const directory *directory, uint64_t *place) {
  const uint8_t *entry = file->bytes + *place;
  const uint64_t room = directory->end - *place;
  if (room < ENTRY_BYTES || smalti_read_32(entry) != ENTRY_MAGIC) {
    smalti_end_not_zip(
        file, smalti_words("byte %" PRIu64 " begins no entry of its directory", *place));
  }
  member member = {
      .name = (const char *)entry + ENTRY_BYTES,
      .name_length = smalti_read_16(entry + 28),
      .flags = smalti_read_16(entry + 8),
      .method = smalti_read_16(entry + 10),
      .checksum = smalti_read_32(entry + 16),
      .packed = smalti_read_32(entry + 20),
      .size = smalti_read_32(entry + 24),
      .header = smalti_read_32(entry + 42),
  };
  const uint64_t extra_length = smalti_read_16(entry + 30);
  const uint64_t length =
      ENTRY_BYTES + member.name_length + extra_length + smalti_read_16(entry + 32);
  if (length > room) {
    smalti_end_not_zip(file, smalti_words("the entry at byte %" PRIu64 " has no end", *place));
  }
  uint64_t *const fields[] = {&member.size, &member.packed, &member.header};
  const uint8_t *extra = entry + ENTRY_BYTES + member.name_length;
  if (!smalti_read_long_fields(extra, extra_length, fields, 3)) {
    smalti_end_not_zip(
        file, smalti_words("the entry at byte %" PRIu64 " lacks its long numbers", *place));
  }
  *place += length;
  return member;
}
