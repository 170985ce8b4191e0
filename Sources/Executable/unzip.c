/* NumPy's archive of arrays: a zip file whose members are npy files, stored as they are.
 *
 * Archives come from strangers: the directory is compared with the header before the member, and
 * the bytes with their checksum. Nothing is unpacked; a packed member is refused. */
#define _GNU_SOURCE
#include "zip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Flags: encrypted in some way; sizes and checksum stand behind the data. */
enum { FLAGS_ENCRYPTED = 0x2041, FLAG_SIZES_BEHIND = 0x8 };

static const char *name_text(const member *member) {
  const uint64_t length = member->name_length < 200 ? member->name_length : 200;
  return smalti_words("%.*s", (int)length, member->name);
}

__attribute__((noreturn)) static void end_damaged(
    const contents *file, const member *member, const char *reason) {
  smalti_end_call(
      (fact){
          .code = "npz.damaged",
          .place = file->place,
          .help = "the file is truncated or damaged; get it again",
      },
      "member %s cannot be unpacked: %s", name_text(member), reason);
}

__attribute__((noreturn)) static void end_member(
    const contents *file, const member *member, const char *fact_of_it, const char *help) {
  smalti_end_call(
      (fact){.code = "npz.member", .place = file->place, .help = help}, "member %s %s",
      name_text(member), fact_of_it);
}

/* -- One member -------------------------------------------------------------------------------- */

static bool is_named(const member *member, const char *array) {
  const uint64_t length = strlen(array);
  return member->name_length == length + 4 && memcmp(member->name, array, length) == 0;
}

/* Members that are no arrays are refused, wanted or not: this is another kind of archive. */
static void check_name(const contents *file, const member *member) {
  const uint64_t length = member->name_length;
  if (length < 4 || memcmp(member->name + length - 4, ".npy", 4) != 0 ||
      memchr(member->name, '\0', length)) {
    end_member(file, member, "is not an npy file", "save the arrays with numpy.savez");
  }
}

static void check_storage(const contents *file, const member *member) {
  if (member->flags & FLAGS_ENCRYPTED) {
    end_member(file, member, "is encrypted", "save the arrays with numpy.savez");
  }
  if (member->method != 0) {
    end_member(
        file, member,
        member->method == 8
            ? "is compressed, and this program reads members that are stored as they are"
            : smalti_words(
                  "is packed by method %u, and this program reads members that are stored as they "
                  "are",
                  member->method),
        "save the arrays with numpy.savez instead of numpy.savez_compressed");
  }
  if (member->packed != member->size) {
    smalti_end_call(
        (fact){
            .code = "npz.lying-size",
            .place = file->place,
            .help = "the file is damaged or hostile; get it from somewhere else",
        },
        "member %s states %" PRIu64 " bytes stored in %" PRIu64, name_text(member), member->size,
        member->packed);
  }
}

/* Whether the header before the data says the same as the directory. */
static bool agrees(const member *member, const uint8_t *header, uint64_t extra_length) {
  const uint64_t name_length = smalti_read_16(header + 26);
  if (name_length != member->name_length ||
      memcmp(header + HEADER_BYTES, member->name, name_length) != 0 ||
      smalti_read_16(header + 8) != member->method ||
      ((smalti_read_16(header + 6) ^ member->flags) & (FLAGS_ENCRYPTED | FLAG_SIZES_BEHIND))) {
    return false;
  }
  if (member->flags & FLAG_SIZES_BEHIND) return true;
  uint64_t size = smalti_read_32(header + 22), packed = smalti_read_32(header + 18);
  uint64_t *const fields[] = {&size, &packed};
  return smalti_read_long_fields(header + HEADER_BYTES + name_length, extra_length, fields, 2) &&
         size == member->size && packed == member->packed &&
         smalti_read_32(header + 14) == member->checksum;
}

/* Reads in pieces whose pages are let go: perhaps little of a long clip is needed. */
static uint32_t checksum_of(const contents *data) {
  enum { PIECE_BYTES = 1 << 22 };
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uint32_t checksum = 0;
  for (uint64_t done = 0; done < data->byte_count;) {
    const uint64_t left = data->byte_count - done;
    const uint64_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
    const uintptr_t start = (uintptr_t)(data->bytes + done) / page * page;
    checksum = smalti_crc32(checksum, data->bytes + done, piece);
    done += piece;
    madvise((void *)start, (uintptr_t)(data->bytes + done) - start, MADV_DONTNEED);
  }
  return checksum;
}

static contents member_contents(
    const contents *file, const directory *directory, const member *member) {
  check_storage(file, member);
  const uint64_t place = member->header;
  if (place > directory->start || directory->start - place < HEADER_BYTES) {
    end_damaged(file, member, "its header lies outside the archive");
  }
  const uint8_t *header = file->bytes + place;
  const uint64_t extra_length = smalti_read_16(header + 28);
  const uint64_t length = HEADER_BYTES + smalti_read_16(header + 26) + extra_length;
  const uint64_t room = directory->start - place;
  if (smalti_read_32(header) != HEADER_MAGIC || length > room) {
    end_damaged(file, member, smalti_words("byte %" PRIu64 " begins no header", place));
  }
  if (!agrees(member, header, extra_length)) {
    end_damaged(file, member, "its header says something else than the directory");
  }
  if (member->size > room - length) {
    end_damaged(
        file, member,
        smalti_words(
            "it has %" PRIu64 " bytes, and %" PRIu64 " follow its header", member->size,
            room - length));
  }
  const contents found = {
      .place = smalti_keep(smalti_words("%s: %s", file->place, name_text(member))),
      .bytes = header + length,
      .byte_count = member->size,
  };
  const uint32_t checksum = checksum_of(&found);
  if (checksum != member->checksum) {
    end_damaged(
        file, member,
        smalti_words(
            "its bytes have checksum %08" PRIx32 ", the directory states %08" PRIx32, checksum,
            member->checksum));
  }
  return found;
}

/* The members that may be meant, and their names for a message. */
typedef struct search {
  member match; /* the last of the name that was asked for */
  uint64_t match_count;
  member last;
  char names[1000];
} search;

static void add_name(search *search, const member *member) {
  const size_t length = strlen(search->names);
  const uint64_t name_length = member->name_length < 200 ? member->name_length : 200;
  snprintf(
      search->names + length, sizeof search->names - length, "%s%.*s", length == 0 ? "" : ", ",
      (int)name_length - 4, member->name);
}

static search find(const contents *archive, const directory *directory, const char *array) {
  search search = {.match_count = 0};
  uint64_t place = directory->start;
  for (uint64_t i = 0; i < directory->count; i++) {
    search.last = smalti_read_entry(archive, directory, &place);
    check_name(archive, &search.last);
    add_name(&search, &search.last);
    if (!is_named(&search.last, array)) continue;
    search.match = search.last;
    search.match_count++;
  }
  if (place != directory->end) {
    smalti_end_not_zip(archive, "its directory is longer than its entries");
  }
  return search;
}

contents smalti_unzip(const contents *archive, const char *wanted, const char *usual) {
  const directory directory = smalti_find_directory(archive);
  const char *array = wanted ? wanted : usual;
  const search search = find(archive, &directory, array);
  if (search.match_count > 1) {
    end_member(archive, &search.match, "occurs twice", "save each array under a name of its own");
  }
  if (search.match_count == 1) return member_contents(archive, &directory, &search.match);
  if (!wanted && directory.count == 1) return member_contents(archive, &directory, &search.last);
  smalti_end_call(
      (fact){
          .code = "file.no-tensor",
          .place = archive->place,
          .help = directory.count > 0 ? smalti_words("it has %s", search.names)
                                      : "the file has none",
      },
      "there is no tensor %s", array);
}
