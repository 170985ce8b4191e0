/* Zip archives: what reading and writing share. Numbers in them are little-endian. The ones of 64
 * bits stand elsewhere, where those of 16 or 32 bits are too short; then the short ones have all
 * bits set.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5. */
#ifndef SMALTI_ZIP_H
#define SMALTI_ZIP_H

#include "arrays.h"

enum {
  HEADER_BYTES = 30, /* before a member's name and data */
  ENTRY_BYTES = 46, /* of the directory, before the name */
  END_BYTES = 22,
  LONG_END_BYTES = 56,
  LONG_LOCATOR_BYTES = 20,
};

#define HEADER_MAGIC UINT32_C(0x04034b50)
#define ENTRY_MAGIC UINT32_C(0x02014b50)
#define END_MAGIC UINT32_C(0x06054b50)
#define LONG_END_MAGIC UINT32_C(0x06064b50)
#define LONG_LOCATOR_MAGIC UINT32_C(0x07064b50)

/* The short numbers that stand for a long one. */
#define ELSEWHERE_16 UINT32_C(0xffff)
#define ELSEWHERE_32 UINT32_C(0xffffffff)

/* The kind of extra field that holds long numbers. */
enum { EXTRA_LONG = 1 };

/* -- Reading: zip_directory.c ------------------------------------------------------------------ */

/* Where the directory lies in the file. */
typedef struct directory {
  uint64_t start;
  uint64_t end;
  uint64_t count;
} directory;

/* What the directory says of a member; nothing of it has been compared with the file yet. */
typedef struct member {
  const char *name; /* not ended */
  uint64_t name_length;
  uint32_t flags;
  uint32_t method;
  uint32_t checksum;
  uint64_t packed;
  uint64_t size;
  uint64_t header; /* where its header begins */
} member;

uint32_t smalti_read_16(const uint8_t *bytes);
uint32_t smalti_read_32(const uint8_t *bytes);

/* Replaces those of `fields` that stand elsewhere by what the `length` bytes at `extra` hold, in
 * this order. False when they do not. */
bool smalti_read_long_fields(
    const uint8_t *extra, uint64_t length, uint64_t *const *fields, int count);

directory smalti_find_directory(const contents *file);

/* The entry at `*place`, which moves to the next one. */
member smalti_read_entry(const contents *file, const directory *directory, uint64_t *place);

__attribute__((noreturn)) void smalti_end_not_zip(const contents *file, const char *reason);

#endif
