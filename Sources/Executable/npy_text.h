/* The text of an npy header, read from left to right; every failure says at which byte. */
#ifndef SMALTI_NPY_TEXT_H
#define SMALTI_NPY_TEXT_H

#include "arrays.h"

enum { STRING_LIMIT = 64 };

typedef struct scanner {
  const contents *file;
  uint64_t position; /* in the file */
  uint64_t end;
} scanner;

/* The next byte; -1 at the end. */
int smalti_next(const scanner *scanner);

void smalti_skip_space(scanner *scanner);

/* Steps over `byte` after any space; false, and no step, when another follows. */
bool smalti_take(scanner *scanner, char byte);
void smalti_require(scanner *scanner, char byte);

/* Python's literals: a string, True or False, a whole number of at least 0. */
void smalti_read_string(scanner *scanner, char text[STRING_LIMIT]);
bool smalti_read_bool(scanner *scanner);
uint64_t smalti_read_number(scanner *scanner);

/* The header is not what it must be, at `position` or where the scanner stands. */
__attribute__((noreturn))
void smalti_end_header(const scanner *scanner, uint64_t position, const char *message);
__attribute__((noreturn)) void smalti_end_expected(const scanner *scanner, const char *what);

#endif
