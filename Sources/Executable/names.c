/* Finding what a name means, and what a misspelt one may mean. */
#include "executable.h"

#include <stdio.h>
#include <string.h>

enum { NAME_LIMIT = 64, LIST_LIMIT = 1000 };

const char *smalti_name(names known, uint64_t index) {
  const char *structure = (const char *)known.first + index * known.stride;
  return *(const char *const *)(const void *)structure;
}

uint64_t smalti_find(names known, const char *name) {
  uint64_t index = 0;
  while (index < known.count && strcmp(smalti_name(known, index), name) != 0) index++;
  return index;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Insertions, deletions and substitutions that turn one name into the other.
 *
 * Source: Wagner, Fischer, "The string-to-string correction problem", 1974. */
static size_t distance(const char *a, const char *b) {
  const size_t length = strlen(b);
  size_t row[NAME_LIMIT + 1];
  for (size_t j = 0; j <= length; j++) row[j] = j;
  for (size_t i = 0; a[i]; i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < length; j++) {
      const size_t substituted = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = least(substituted, least(row[j + 1], row[j]) + 1);
    }
  }
  return row[length];
}

/* The name of which at most a third of the letters differ; null when none is that near. */
static const char *nearest(names known, const char *name) {
  const size_t length = strlen(name);
  if (length > NAME_LIMIT) return NULL;
  const char *best = NULL;
  size_t limit = length < 6 ? 2 : length / 3 + 1;
  for (uint64_t i = 0; i < known.count; i++) {
    const char *candidate = smalti_name(known, i);
    if (strlen(candidate) > NAME_LIMIT) continue;
    const size_t away = distance(name, candidate);
    if (away >= limit) continue;
    best = candidate;
    limit = away;
  }
  return best;
}

const char *smalti_list(names known) {
  char text[LIST_LIMIT] = "nothing";
  size_t length = 0;
  for (uint64_t i = 0; i < known.count && length < sizeof text; i++) {
    const int more = snprintf(
        text + length, sizeof text - length, "%s%s", i == 0 ? "" : ", ", smalti_name(known, i));
    length += more > 0 ? (size_t)more : 0;
  }
  return smalti_words("%s", text);
}

const char *smalti_remedy(names known, const char *name, const char *otherwise) {
  const char *near = nearest(known, name);
  return near ? smalti_words("did you mean %s?", near)
              : smalti_words("%s %s", otherwise, smalti_list(known));
}
