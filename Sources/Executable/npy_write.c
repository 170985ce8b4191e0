/* Writes npy files byte for byte as `numpy.save` does. */
#include "arrays.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

array_type smalti_npy_type(const array_type *type) {
  array_type written = *type;
  if (written.element == ELEMENT_BF16) written.element = ELEMENT_F32;
  return written;
}

/* As NumPy lays it out: room for the first length to grow to 21 digits, then spaces and a line feed
 * up to a multiple of 64 bytes, which is the same for every shape. */
static void append_header(output_file *file, const array_type *type) {
  const element_facts *facts = &smalti_elements[type->element];
  char text[NPY_HEADER_BYTES + 1];
  int length = snprintf(
      text, sizeof text, "\x93NUMPY%c%c%c%c{'descr': '%c%s', 'fortran_order': False, 'shape': (", 1,
      0, NPY_HEADER_BYTES - 10, 0, facts->byte_count == 1 ? '|' : '<', facts->npy_code);
  for (uint32_t axis = 0; axis < type->rank; axis++) {
    length += snprintf(
        text + length, sizeof text - (size_t)length, "%s%" PRIu64, axis == 0 ? "" : ", ",
        type->lengths[axis]);
  }
  length += snprintf(
      text + length, sizeof text - (size_t)length, "%s), }", type->rank == 1 ? "," : "");
  memset(text + length, ' ', NPY_HEADER_BYTES - (size_t)length);
  text[NPY_HEADER_BYTES - 1] = '\n';
  smalti_append(file, text, NPY_HEADER_BYTES);
}

void smalti_append_npy(output_file *file, const array *array) {
  const array_type type = smalti_npy_type(&array->type);
  append_header(file, &type);
  if (type.element == array->type.element) {
    smalti_append(file, array->bytes, smalti_byte_count(&type));
    return;
  }
  /* In pieces, so that no second array is needed. */
  enum { PIECE = 1 << 14 };
  static uint8_t piece[PIECE * sizeof(float)];
  const uint32_t size = smalti_elements[array->type.element].byte_count;
  const uint64_t count = smalti_element_count(&type);
  for (uint64_t done = 0; done < count; done += PIECE) {
    const uint64_t part = count - done < PIECE ? count - done : PIECE;
    smalti_convert(type.element, piece, array->type.element, array->bytes + done * size, part);
    smalti_append(file, piece, part * sizeof(float));
  }
}
