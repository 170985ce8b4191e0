/* NumPy's file of one array: magic, version, length, and a Python dictionary such as
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *
 * and then the elements. The dictionary is read by a strict parser for exactly these three entries;
 * nothing is evaluated.
 *
 * Source: numpy/lib/_format_impl.py, which defines versions 1.0 to 3.0. */
#include "npy_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A dictionary takes about 80 bytes, and version 1.0 could not state more than this. */
enum { TEXT_LIMIT = 1 << 16 };

/* -- What is wrong ----------------------------------------------------------------------------- */

__attribute__((noreturn)) static void end_header_length(
    const contents *file, uint64_t stated, uint64_t available) {
  smalti_end_call(
      (fact){
          .code = "npy.header-length",
          .place = file->place,
          .note = smalti_words("at most %d are read", TEXT_LIMIT),
          .help = "the file is truncated or damaged; get it again",
      },
      "the header states %" PRIu64 " bytes, and %" PRIu64 " follow", stated, available);
}

__attribute__((noreturn)) static void end_magic(const contents *file) {
  char text[3 * 6 + 1] = "";
  for (uint64_t i = 0; i < 6 && i < file->byte_count; i++) {
    snprintf(text + 3 * i, sizeof text - 3 * i, " %02x", file->bytes[i]);
  }
  smalti_end_call(
      (fact){
          .code = "npy.magic",
          .place = file->place,
          .help = "make the file with numpy.save; for an archive use the suffix .npz",
      },
      "an npy file begins with 93 4e 55 4d 50 59, got%s", text[0] ? text : " an empty file");
}

__attribute__((noreturn)) static void end_descr(const contents *file, const char *descr) {
  const bool is_raw = strcmp(descr, "|V2") == 0 || strcmp(descr, "<V2") == 0;
  const char *help =
      strncmp(descr, "|O", 2) == 0
          ? "object arrays are Python pickles, which are never run; save plain arrays"
          : is_raw ? "NumPy stores bf16 as raw bytes of 2; save x.astype(numpy.float32)"
                   : "save x.astype(numpy.float32) or another plain type";
  smalti_end_call(
      (fact){
          .code = "npy.dtype",
          .place = file->place,
          .note = "element types are f64, f32, f16, bf16, i8, i16, i32, i64, u8, u16, u32, u64, "
                  "bool",
          .help = help,
      },
      "the array has the type %s, which is no element type", descr);
}

/* -- The dictionary ---------------------------------------------------------------------------- */

static void end_shape(const contents *file, const char *message) {
  smalti_end_call(
      (fact){
          .code = "npy.shape",
          .place = file->place,
          .help = "the file is damaged, or needs another shape",
      },
      "%s", message);
}

/* `()`, `(2,)`, `(2, 3)`; a number in parentheses without a comma is no tuple. */
static void read_shape(scanner *scanner, array_type *type) {
  smalti_require(scanner, '(');
  /* The bound must hold for the lengths even beside one of 0. */
  uint64_t bound = 1, rank = 0;
  while (!smalti_take(scanner, ')')) {
    const uint64_t length = smalti_read_number(scanner);
    if (length > 0 && bound > COUNT_LIMIT / length) {
      end_shape(scanner->file, "a tensor has at most 2^46 elements, and the file states more");
    }
    if (length > 0) bound *= length;
    if (rank < RANK_LIMIT) type->lengths[rank] = length;
    rank++;
    if (smalti_take(scanner, ',')) continue;
    if (rank == 1) smalti_end_expected(scanner, "\",\"");
    smalti_require(scanner, ')');
    break;
  }
  if (rank > RANK_LIMIT) {
    end_shape(
        scanner->file, smalti_words(
                           "a shape has at most %d dimensions, got %" PRIu64, RANK_LIMIT, rank));
  }
  type->rank = (uint32_t)rank;
}

/* `<f4`: byte order, kind, bytes. */
static element element_of(const contents *file, const char *descr) {
  const char order = descr[0];
  element element = ELEMENT_F64;
  for (; element < ELEMENT_COUNT; element++) {
    const char *code = smalti_elements[element].npy_code;
    if (code && order && strcmp(descr + 1, code) == 0) break;
  }
  if (element == ELEMENT_COUNT) end_descr(file, descr);
  const bool is_byte = smalti_elements[element].byte_count == 1;
  if (order == '>' && !is_byte) {
    smalti_end_call(
        (fact){
            .code = "npy.byte-order",
            .place = file->place,
            .help = "save x.astype(x.dtype.newbyteorder('<'))",
        },
        "the array is big-endian (%s), and little-endian is needed", descr);
  }
  if (order != '<' && !(is_byte && (order == '|' || order == '>'))) end_descr(file, descr);
  return element;
}

static array_type read_dictionary(scanner *scanner) {
  array_type type = {.element = ELEMENT_COUNT};
  char key[STRING_LIMIT], descr[STRING_LIMIT] = "";
  bool has_descr = false, has_order = false, has_shape = false, is_fortran = false;
  smalti_require(scanner, '{');
  while (!smalti_take(scanner, '}')) {
    smalti_read_string(scanner, key);
    smalti_require(scanner, ':');
    if (!has_descr && strcmp(key, "descr") == 0) {
      smalti_skip_space(scanner);
      if (smalti_next(scanner) == '[') end_descr(scanner->file, "a list of fields");
      smalti_read_string(scanner, descr);
      has_descr = true;
    } else if (!has_order && strcmp(key, "fortran_order") == 0) {
      is_fortran = smalti_read_bool(scanner);
      has_order = true;
    } else if (!has_shape && strcmp(key, "shape") == 0) {
      read_shape(scanner, &type);
      has_shape = true;
    } else {
      smalti_end_header(
          scanner, scanner->position,
          smalti_words("the key %s is unknown or repeated", key));
    }
    if (smalti_take(scanner, ',')) continue;
    smalti_require(scanner, '}');
    break;
  }
  smalti_skip_space(scanner);
  if (smalti_next(scanner) >= 0) smalti_end_expected(scanner, "the end of the header");
  if (!has_descr || !has_order || !has_shape) {
    smalti_end_header(
        scanner, scanner->position, "the keys descr, fortran_order and shape are needed");
  }
  type.element = element_of(scanner->file, descr);
  /* With fewer than two dimensions both orders are the same. */
  if (is_fortran && type.rank > 1) {
    smalti_end_call(
        (fact){
            .code = "npy.fortran-order",
            .place = scanner->file->place,
            .help = "save numpy.ascontiguousarray(x)",
        },
        "the array %s is in Fortran order, and row-major order is needed",
        smalti_type_text(&type));
  }
  return type;
}

/* -- The file ---------------------------------------------------------------------------------- */

array smalti_read_npy(const contents *file) {
  const uint8_t *bytes = file->bytes;
  if (file->byte_count < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0) end_magic(file);
  if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0) {
    smalti_end_call(
        (fact){
            .code = "npy.version",
            .place = file->place,
            .help = "save the array again with numpy.save",
        },
        "versions 1.0, 2.0 and 3.0 are known, got %u.%u", bytes[6], bytes[7]);
  }
  const uint64_t start = bytes[6] == 1 ? 10 : 12;
  if (file->byte_count < start) end_header_length(file, 0, 0);
  uint64_t stated = 0;
  for (uint64_t i = start; i-- > 8;) stated = stated << 8 | bytes[i];
  if (stated > TEXT_LIMIT || stated > file->byte_count - start) {
    end_header_length(file, stated, file->byte_count - start);
  }
  scanner scanner = {file, start, start + stated};
  const array array = {.type = read_dictionary(&scanner), .bytes = bytes + scanner.end};
  const uint64_t expected = smalti_byte_count(&array.type);
  const uint64_t follow = file->byte_count - scanner.end;
  if (expected != follow) {
    smalti_end_call(
        (fact){
            .code = "npy.size",
            .place = file->place,
            .help = follow < expected ? "the file is truncated; get it again"
                                      : "write one array per file",
        },
        "%s takes %" PRIu64 " bytes, and %" PRIu64 " follow the header",
        smalti_type_text(&array.type), expected, follow);
  }
  return array;
}
