/* A scanner for the Python literals of npy headers; nothing is evaluated. */
#include "npy_text.h"

#include <inttypes.h>
#include <string.h>

void smalti_end_header(const scanner *scanner, uint64_t position, const char *message) {
  smalti_end_call(
      (fact){
          .code = "npy.header",
          .place = smalti_words("%s, byte %" PRIu64, scanner->file->place, position),
          .help = "save the array again with numpy.save",
      },
      "the header is no dictionary of an npy file: %s", message);
}

/* The next byte; -1 at the end. */
int smalti_next(const scanner *scanner) {
  return scanner->position < scanner->end ? scanner->file->bytes[scanner->position] : -1;
}

static const char *found(const scanner *scanner) {
  const int byte = smalti_next(scanner);
  if (byte < 0) return "the end";
  return byte > 0x20 && byte < 0x7f ? smalti_words("\"%c\"", byte)
                                    : smalti_words("byte 0x%x", (unsigned)byte);
}

void smalti_end_expected(const scanner *scanner, const char *what) {
  smalti_end_header(
      scanner, scanner->position,
      smalti_words("expected %s, got %s", what, found(scanner)));
}

void smalti_skip_space(scanner *scanner) {
  for (int byte; (byte = smalti_next(scanner)) >= 0 && strchr(" \t\n\r", byte);) {
    if (byte == '\0') return;
    scanner->position++;
  }
}

/* Steps over `byte` after any space; false, and no step, when another follows. */
bool smalti_take(scanner *scanner, char byte) {
  smalti_skip_space(scanner);
  if (smalti_next(scanner) != byte) return false;
  scanner->position++;
  return true;
}

void smalti_require(scanner *scanner, char byte) {
  if (!smalti_take(scanner, byte)) smalti_end_expected(scanner, smalti_words("\"%c\"", byte));
}

static bool take_word(scanner *scanner, const char *word) {
  smalti_skip_space(scanner);
  const uint64_t length = strlen(word);
  if (scanner->end - scanner->position < length ||
      memcmp(scanner->file->bytes + scanner->position, word, length) != 0) {
    return false;
  }
  scanner->position += length;
  return true;
}

void smalti_read_string(scanner *scanner, char text[STRING_LIMIT]) {
  smalti_skip_space(scanner);
  const int quote = smalti_next(scanner);
  if (quote != '\'' && quote != '"') smalti_end_expected(scanner, "a string");
  scanner->position++;
  size_t length = 0;
  for (int byte; (byte = smalti_next(scanner)) != quote; scanner->position++) {
    if (byte < 0) smalti_end_header(scanner, scanner->position, "a string without end");
    if (byte < 0x20 || byte > 0x7e || byte == '\\') {
      smalti_end_header(
          scanner, scanner->position,
          smalti_words("unexpected %s inside a string", found(scanner)));
    }
    if (length + 1 == STRING_LIMIT) {
      smalti_end_header(
          scanner, scanner->position,
          smalti_words("a string of more than %d characters", STRING_LIMIT - 1));
    }
    text[length++] = (char)byte;
  }
  scanner->position++;
  text[length] = '\0';
}

bool smalti_read_bool(scanner *scanner) {
  if (take_word(scanner, "True")) return true;
  if (!take_word(scanner, "False")) smalti_end_expected(scanner, "True or False");
  return false;
}

/* A whole number of at least 0, without sign, fraction or leading zeros. */
uint64_t smalti_read_number(scanner *scanner) {
  smalti_skip_space(scanner);
  const uint64_t start = scanner->position;
  uint64_t value = 0;
  for (int byte; (byte = smalti_next(scanner)) >= '0' && byte <= '9'; scanner->position++) {
    const uint64_t digit = (uint64_t)(byte - '0');
    if (value > (INT64_MAX - digit) / 10) {
      smalti_end_header(scanner, start, "a number beyond 2^63");
    }
    value = value * 10 + digit;
  }
  if (scanner->position == start) smalti_end_expected(scanner, "a whole number of at least 0");
  if (scanner->position > start + 1 && scanner->file->bytes[start] == '0') {
    smalti_end_header(scanner, start, "a number with leading zeros");
  }
  return value;
}
