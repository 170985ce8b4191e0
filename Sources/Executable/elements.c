/* Types of elements and arrays, and how messages write them. */
#include "arrays.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const element_facts smalti_elements[ELEMENT_COUNT] = {
    [ELEMENT_F64] = {"f64", "f8", 8, KIND_FLOATING},
    [ELEMENT_F32] = {"f32", "f4", 4, KIND_FLOATING},
    [ELEMENT_F16] = {"f16", "f2", 2, KIND_FLOATING},
    [ELEMENT_BF16] = {"bf16", NULL, 2, KIND_FLOATING},
    [ELEMENT_I8] = {"i8", "i1", 1, KIND_SIGNED},
    [ELEMENT_I16] = {"i16", "i2", 2, KIND_SIGNED},
    [ELEMENT_I32] = {"i32", "i4", 4, KIND_SIGNED},
    [ELEMENT_I64] = {"i64", "i8", 8, KIND_SIGNED},
    [ELEMENT_U8] = {"u8", "u1", 1, KIND_UNSIGNED},
    [ELEMENT_U16] = {"u16", "u2", 2, KIND_UNSIGNED},
    [ELEMENT_U32] = {"u32", "u4", 4, KIND_UNSIGNED},
    [ELEMENT_U64] = {"u64", "u8", 8, KIND_UNSIGNED},
    [ELEMENT_BOOL] = {"bool", "b1", 1, KIND_BOOL},
};

uint64_t smalti_element_count(const array_type *type) {
  uint64_t count = 1;
  for (uint32_t axis = 0; axis < type->rank; axis++) count *= type->lengths[axis];
  return count;
}

uint64_t smalti_byte_count(const array_type *type) {
  return smalti_element_count(type) * smalti_elements[type->element].byte_count;
}

/* `[2, 3]` */
static const char *numbers_text(const uint64_t *numbers, uint32_t count) {
  /* Each number has at most 20 digits. */
  char text[RANK_LIMIT * 22 + 3] = "[";
  size_t length = 1;
  for (uint32_t i = 0; i < count; i++) {
    const int more = snprintf(
        text + length, sizeof text - length, "%s%" PRIu64, i == 0 ? "" : ", ", numbers[i]);
    length += more > 0 ? (size_t)more : 0;
  }
  return smalti_words("%s]", text);
}

const char *smalti_type_text(const array_type *type) {
  const char *lengths = numbers_text(type->lengths, type->rank);
  return smalti_words("%s%s", smalti_elements[type->element].name, lengths);
}

const char *smalti_place_text(const array_type *type, uint64_t index) {
  uint64_t place[RANK_LIMIT];
  for (uint32_t axis = type->rank; axis-- > 0;) {
    const uint64_t length = type->lengths[axis] > 0 ? type->lengths[axis] : 1;
    place[axis] = index % length;
    index /= length;
  }
  return numbers_text(place, type->rank);
}

array_type smalti_type_of(const smalti_tensor *tensor) {
  array_type type = {.element = ELEMENT_F64, .rank = (uint32_t)tensor->rank};
  while (type.element < ELEMENT_COUNT &&
         strcmp(smalti_elements[type.element].name, tensor->element) != 0) {
    type.element++;
  }
  if (type.element == ELEMENT_COUNT || tensor->rank > RANK_LIMIT) {
    smalti_end_call(
        (fact){.code = "model.tensor", .help = "compile the model again, and report this"},
        "tensor %s has element type %s and %" PRIu64 " dimensions, which this program cannot read",
        tensor->name, tensor->element, tensor->rank);
  }
  for (uint32_t axis = 0; axis < type.rank; axis++) type.lengths[axis] = tensor->dimensions[axis];
  return type;
}
