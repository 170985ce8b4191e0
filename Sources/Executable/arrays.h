/* Arrays: their types, the files that hold them, and what makes them fit. */
#ifndef SMALTI_ARRAYS_H
#define SMALTI_ARRAYS_H

#include "executable.h"
#include "smalti_artefact.h"

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "files are little-endian, and so must the machine be"
#endif

/* -- Types: elements.c ------------------------------------------------------------------------- */

typedef enum element {
  ELEMENT_F64,
  ELEMENT_F32,
  ELEMENT_F16,
  ELEMENT_BF16,
  ELEMENT_I8,
  ELEMENT_I16,
  ELEMENT_I32,
  ELEMENT_I64,
  ELEMENT_U8,
  ELEMENT_U16,
  ELEMENT_U32,
  ELEMENT_U64,
  ELEMENT_BOOL,
  ELEMENT_COUNT
} element;

typedef enum element_kind { KIND_FLOATING, KIND_SIGNED, KIND_UNSIGNED, KIND_BOOL } element_kind;

typedef struct element_facts {
  const char *name;
  const char *npy_code; /* null: NumPy has no such type */
  uint32_t byte_count;
  element_kind kind;
} element_facts;

extern const element_facts smalti_elements[ELEMENT_COUNT];

enum { RANK_LIMIT = 8 };

/* 2^46: few enough elements that no count of bytes overflows. */
#define COUNT_LIMIT (UINT64_C(1) << 46)

/* Element type and lengths, outermost first. Made by functions that check both limits. */
typedef struct array_type {
  element element;
  uint32_t rank;
  uint64_t lengths[RANK_LIMIT];
} array_type;

/* An array in memory of someone else: dense, row-major, at any address. */
typedef struct array {
  const char *name;
  array_type type;
  const uint8_t *bytes;
} array;

uint64_t smalti_element_count(const array_type *type);
uint64_t smalti_byte_count(const array_type *type);

/* `f32[2, 3]`, as `smalti_words` makes it. */
const char *smalti_type_text(const array_type *type);

/* Where element `index` stands: `[0, 2]`. */
const char *smalti_place_text(const array_type *type, uint64_t index);

/* The type of a tensor of the model. */
array_type smalti_type_of(const smalti_tensor *tensor);

/* -- Numbers: numbers.c ------------------------------------------------------------------------ */

/* The floating element at `bytes`, and `value` rounded to one: to nearest, ties to even. */
double smalti_real(element element, const uint8_t *bytes);
void smalti_put_real(element element, uint8_t *bytes, double value);

/* Converts `count` elements. UINT64_MAX, or the place of the first whole number that the target
 * cannot hold; pairs of types that have no conversion must have been refused before. */
uint64_t smalti_convert(
    element target, uint8_t *results, element source, const uint8_t *values, uint64_t count);

/* Whether there is a conversion at all. */
bool smalti_converts(element target, element source);

/* -- Noise: noise.c ---------------------------------------------------------------------------- */

/* A key of the generator of random numbers; see graphs/Core/Philox.swift. */
uint64_t smalti_key_folded(uint64_t key, uint64_t number);
uint64_t smalti_key_named(uint64_t key, const char *name);

/* Uniform in [0, 1). */
double smalti_uniform(uint64_t key, uint64_t index);

/* -- Files: files.c, npy.c, unzip.c, zip.c ----------------------------------------------------- */

/* The bytes of a file, or of a member of an archive, mapped. */
typedef struct contents {
  const char *place; /* for messages */
  const uint8_t *bytes;
  uint64_t byte_count;
} contents;

/* Maps a regular file. Another process that shortens it meanwhile ends this one with SIGBUS, as
 * with every use of mmap. */
contents smalti_map_file(const char *path);
void smalti_unmap(const contents *contents);

/* The array of an npy file. */
array smalti_read_npy(const contents *file);

/* The member that holds array `wanted`; where that is null, `usual` or the only one. */
contents smalti_unzip(const contents *archive, const char *wanted, const char *usual);

/* A file that is written whole or not at all. */
typedef struct output_file {
  const char *path; /* as the person wrote it */
  char *target; /* behind symbolic links */
  char *partial; /* beside the target until all bytes are there */
  int descriptor;
  uint64_t position;
  uint32_t checksum; /* of what was appended since it was set to 0 */
} output_file;

/* Looks at once whether `path` can be written, so that nobody waits for a run in vain. */
void smalti_check_output(const char *path);
output_file smalti_create(const char *path);
void smalti_append(output_file *file, const void *bytes, uint64_t byte_count);
void smalti_overwrite(
    output_file *file, uint64_t position, const void *bytes, uint64_t byte_count);
void smalti_commit(output_file *file);

enum { NPY_HEADER_BYTES = 128 };

/* The type under which an array is written: NumPy has no bf16, and f32 holds all its values. */
array_type smalti_npy_type(const array_type *type);

/* Appends `array` as an npy file: a header of NPY_HEADER_BYTES, then the elements. */
void smalti_append_npy(output_file *file, const array *array);

/* Appends an archive of `arrays` as `numpy.savez` makes it. Equal arrays give equal bytes. */
void smalti_append_npz(output_file *file, const array *arrays, uint64_t count);

/* -- Fitting: fit.c ---------------------------------------------------------------------------- */

/* Whether `given` is what people mean by an array of type `needed`, as far as types tell. */
bool smalti_fits(const array_type *given, const array_type *needed);

/* Brings `given` to `needed`, which it fits: where it lies, when nothing is to be done and its
 * address divides by `alignment`, or in memory of its own. `place` is the file, for messages. */
smalti_buffer smalti_fit(
    const array *given, const array_type *needed, uint64_t alignment, const char *place);

/* -- Looking: numbers.c ------------------------------------------------------------------------ */

/* Notes at how many places of a floating array NaN stands; `kind` is input or output. */
void smalti_note_nan(const char *kind, const array *array);

#endif
