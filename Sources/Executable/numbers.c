/* What stands in arrays: reading, rounding and converting numbers.
 *
 * Every floating type is read as a double, which holds the values of all of them, and rounded from
 * there once: f64 → f32 → bf16 would round twice. */
#include "arrays.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* -- Floating numbers -------------------------------------------------------------------------- */

/* A number of 16 bits of which the low ones are `fraction_bits`, the top one is the sign. */
static double widened(uint16_t bits, int fraction_bits) {
  const int exponent_bits = 15 - fraction_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
  const int fraction = bits & ((1 << fraction_bits) - 1);
  double magnitude;
  if (exponent == 2 * bias + 1) {
    magnitude = fraction ? (double)NAN : (double)INFINITY;
  } else if (exponent == 0) {
    magnitude = ldexp(fraction, 1 - bias - fraction_bits);
  } else {
    magnitude = ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
  }
  return bits >> 15 ? -magnitude : magnitude;
}

/* The nearest number of 16 bits, ties to even; what is too large becomes an infinity. */
static uint16_t narrowed(double value, int fraction_bits) {
  enum { DOUBLE_FRACTION = 52, DOUBLE_BIAS = 1023 };
  const int exponent_bits = 15 - fraction_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const uint32_t infinity = (uint32_t)(2 * bias + 1) << fraction_bits;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = (uint32_t)(bits >> 63) << 15;
  const int exponent = (int)(bits >> DOUBLE_FRACTION & 0x7ff) - DOUBLE_BIAS;
  const uint64_t leading = UINT64_C(1) << DOUBLE_FRACTION;
  if (isnan(value)) return (uint16_t)(sign | infinity | 1u << (fraction_bits - 1));
  if (exponent > bias) return (uint16_t)(sign | infinity);
  /* Below the smallest normal number the same unit serves all exponents. */
  const bool is_small = exponent < 1 - bias;
  const int shift = DOUBLE_FRACTION - fraction_bits + (is_small ? 1 - bias - exponent : 0);
  if (shift > DOUBLE_FRACTION + 2) return (uint16_t)sign;
  const uint64_t significand = (bits & (leading - 1)) | leading;
  const uint64_t half = UINT64_C(1) << (shift - 1);
  const uint64_t rest = significand & (2 * half - 1);
  uint64_t rounded = significand >> shift;
  if (rest > half || (rest == half && (rounded & 1))) rounded++;
  /* The leading one, and a carry out of the fraction, raise the exponent by one. */
  const uint32_t base = is_small ? 0 : (uint32_t)(exponent + bias - 1) << fraction_bits;
  return (uint16_t)(sign | (base + (uint32_t)rounded));
}

static int fraction_bits(element element) { return element == ELEMENT_F16 ? 10 : 7; }

double smalti_real(element element, const uint8_t *bytes) {
  if (element == ELEMENT_F64) {
    double value;
    memcpy(&value, bytes, sizeof value);
    return value;
  }
  if (element == ELEMENT_F32) {
    float value;
    memcpy(&value, bytes, sizeof value);
    return (double)value;
  }
  uint16_t value;
  memcpy(&value, bytes, sizeof value);
  return widened(value, fraction_bits(element));
}

void smalti_put_real(element element, uint8_t *bytes, double value) {
  if (element == ELEMENT_F64) {
    memcpy(bytes, &value, sizeof value);
  } else if (element == ELEMENT_F32) {
    const float single = (float)value;
    memcpy(bytes, &single, sizeof single);
  } else {
    const uint16_t narrow = narrowed(value, fraction_bits(element));
    memcpy(bytes, &narrow, sizeof narrow);
  }
}

/* -- Whole numbers ----------------------------------------------------------------------------- */

/* The element at `bytes`, extended to 64 bits by its sign. */
static uint64_t whole(element element, const uint8_t *bytes) {
  const element_facts *facts = &smalti_elements[element];
  uint64_t value = 0;
  memcpy(&value, bytes, facts->byte_count);
  const uint64_t top = UINT64_C(1) << (8 * facts->byte_count - 1);
  return facts->kind == KIND_SIGNED && (value & top) ? value | ~(2 * top - 1) : value;
}

/* Whether `target` holds the number that `value` is as an element of `source`. */
static bool holds(element target, element source, uint64_t value) {
  const bool is_negative = smalti_elements[source].kind == KIND_SIGNED && value >> 63;
  const uint64_t top = UINT64_C(1) << (8 * smalti_elements[target].byte_count - 1);
  if (smalti_elements[target].kind == KIND_SIGNED) {
    return is_negative ? value >= ~(top - 1) : value < top;
  }
  return !is_negative && value <= 2 * (top - 1) + 1;
}

/* -- Conversions ------------------------------------------------------------------------------- */

static bool is_floating(element element) {
  return smalti_elements[element].kind == KIND_FLOATING;
}

static bool is_whole(element element) {
  return smalti_elements[element].kind == KIND_SIGNED ||
         smalti_elements[element].kind == KIND_UNSIGNED;
}

bool smalti_converts(element target, element source) {
  if (target == source) return true;
  if (is_floating(target)) return is_floating(source) || source == ELEMENT_U8;
  return is_whole(target) && is_whole(source);
}

/* Bytes of a picture become numbers in [0, 1]. */
static void convert_bytes(element target, uint8_t *results, const uint8_t *values, uint64_t count) {
  const uint32_t size = smalti_elements[target].byte_count;
  uint8_t brightness[256][sizeof(double)];
  for (int byte = 0; byte < 256; byte++) smalti_put_real(target, brightness[byte], byte / 255.0);
  for (uint64_t i = 0; i < count; i++) memcpy(results + i * size, brightness[values[i]], size);
}

static void convert_reals(
    element target, uint8_t *results, element source, const uint8_t *values, uint64_t count) {
  const uint32_t size = smalti_elements[target].byte_count;
  const uint32_t stride = smalti_elements[source].byte_count;
  for (uint64_t i = 0; i < count; i++) {
    smalti_put_real(target, results + i * size, smalti_real(source, values + i * stride));
  }
}

static uint64_t convert_wholes(
    element target, uint8_t *results, element source, const uint8_t *values, uint64_t count) {
  const uint32_t size = smalti_elements[target].byte_count;
  const uint32_t stride = smalti_elements[source].byte_count;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t value = whole(source, values + i * stride);
    if (!holds(target, source, value)) return i;
    memcpy(results + i * size, &value, size);
  }
  return UINT64_MAX;
}

uint64_t smalti_convert(
    element target, uint8_t *results, element source, const uint8_t *values, uint64_t count) {
  if (count == 0) return UINT64_MAX;
  if (target == ELEMENT_BOOL) {
    for (uint64_t i = 0; i < count; i++) results[i] = values[i] != 0;
  } else if (target == source) {
    memcpy(results, values, count * smalti_elements[target].byte_count);
  } else if (is_whole(target)) {
    return convert_wholes(target, results, source, values, count);
  } else if (source == ELEMENT_U8) {
    convert_bytes(target, results, values, count);
  } else {
    convert_reals(target, results, source, values, count);
  }
  return UINT64_MAX;
}

/* -- NaN --------------------------------------------------------------------------------------- */

void smalti_note_nan(const char *kind, const array *array) {
  const element element = array->type.element;
  if (!is_floating(element)) return;
  const uint64_t total = smalti_element_count(&array->type);
  const uint32_t size = smalti_elements[element].byte_count;
  uint64_t count = 0, first = 0;
  for (uint64_t i = 0; i < total; i++) {
    if (!isnan(smalti_real(element, array->bytes + i * size))) continue;
    if (count == 0) first = i;
    count++;
  }
  if (count == 0) return;
  smalti_note(
      "%s %s holds NaN at %" PRIu64 " of %" PRIu64 " places, first at %s", kind, array->name,
      count, total, smalti_place_text(&array->type, first));
}
