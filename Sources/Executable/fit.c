/* Makes of what people give what a model reads: bytes of a picture become numbers in [0, 1], a
 * missing batch axis is added, of a longer clip the first frames are taken, and a number type that
 * holds the same values is converted. As `smalti run` does; the functions of the model do not. */
#include "arrays.h"

#include <inttypes.h>
#include <string.h>

/* A clip is [batch, frames, height, width, channels]. */
enum { CLIP_RANK = 5, FRAMES_AXIS = 1 };

/* `given` with the batch axis of length 1 that `needed` has and it lacks. */
static array_type with_batch(const array_type *given, const array_type *needed) {
  if (given->rank + 1 != needed->rank || needed->lengths[0] != 1) return *given;
  array_type type = {.element = given->element, .rank = needed->rank, .lengths = {1}};
  memcpy(type.lengths + 1, given->lengths, given->rank * sizeof *given->lengths);
  return type;
}

/* Whether lengths are equal, or those of clips of which `given` has more frames. */
static bool has_shape(const array_type *given, const array_type *needed) {
  if (given->rank != needed->rank) return false;
  for (uint32_t axis = 0; axis < needed->rank; axis++) {
    const bool may_be_longer = needed->rank == CLIP_RANK && axis == FRAMES_AXIS;
    if (given->lengths[axis] == needed->lengths[axis]) continue;
    if (!may_be_longer || given->lengths[axis] < needed->lengths[axis]) return false;
  }
  return true;
}

bool smalti_fits(const array_type *given, const array_type *needed) {
  const array_type type = with_batch(given, needed);
  return has_shape(&type, needed) && smalti_converts(needed->element, given->element);
}

__attribute__((noreturn)) static void end_lost(
    const array *given, const array_type *needed, const uint8_t *bytes, uint64_t index,
    const char *place) {
  const element element = given->type.element;
  const uint64_t size = smalti_elements[element].byte_count;
  uint64_t value = 0;
  memcpy(&value, bytes, size);
  const int shift = 64 - 8 * (int)size;
  const char *text = smalti_elements[element].kind == KIND_SIGNED
                         ? smalti_words("%" PRId64, (int64_t)(value << shift) >> shift)
                         : smalti_words("%" PRIu64, value);
  smalti_end_call(
      (fact){
          .code = "call.input-type",
          .place = place,
          .note = smalti_words(
              "at %s stands %s, which %s does not hold", smalti_place_text(&given->type, index),
              text, smalti_elements[needed->element].name),
          .help = "bring the values into the range of the type",
      },
      "%s needs %s, got %s", given->name, smalti_type_text(needed), smalti_type_text(&given->type));
}

smalti_buffer smalti_fit(
    const array *given, const array_type *needed, uint64_t alignment, const char *place) {
  const element source = given->type.element;
  const uint64_t byte_count = smalti_byte_count(needed);
  const uint64_t count = smalti_element_count(needed);
  const uint64_t given_count = smalti_element_count(&given->type);
  /* With more frames each item of the batch is a part of its own. */
  const uint64_t items = needed->rank == CLIP_RANK && given_count > count ? needed->lengths[0] : 1;
  const bool is_aligned = (uintptr_t)given->bytes % alignment == 0;
  /* A byte of bool may be anything but 0 for true, and the model reads 1. */
  if (needed->element == source && source != ELEMENT_BOOL && items == 1 && is_aligned) {
    return (smalti_buffer){(void *)(uintptr_t)given->bytes, byte_count};
  }
  const smalti_buffer fitted =
      smalti_new_buffer(byte_count, smalti_words("input %s", given->name));
  const uint64_t part = count / (items > 0 ? items : 1);
  const uint64_t stride = given_count / (items > 0 ? items : 1);
  const uint64_t size = smalti_elements[source].byte_count;
  for (uint64_t item = 0; item < items; item++) {
    uint8_t *results = (uint8_t *)fitted.pointer + byte_count / items * item;
    const uint8_t *values = given->bytes + stride * item * size;
    const uint64_t lost = smalti_convert(needed->element, results, source, values, part);
    if (lost == UINT64_MAX) continue;
    end_lost(given, needed, values + lost * size, stride * item + lost, place);
  }
  return fitted;
}
