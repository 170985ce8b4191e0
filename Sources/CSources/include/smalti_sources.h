/* The C that compiled files are made from, as data: `smalti` compiles it where it links. */
#ifndef SMALTI_SOURCES_H
#define SMALTI_SOURCES_H

#include <stdint.h>

/* A file's name without its folder, and its text, which no zero byte ends. */
typedef struct smalti_source {
  const char *name;
  const unsigned char *bytes;
  uint64_t byte_count;
} smalti_source;

/* Headers and sources of the runtime; the sources of the executable. By name. */
const smalti_source *smalti_runtime_sources(uint64_t *count);
const smalti_source *smalti_executable_sources(uint64_t *count);

#endif
