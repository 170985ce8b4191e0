// Every function here has one shape: make libpng's structures, call setjmp, work, release. What
// changes between setjmp and a jump lives behind pointers, not in locals, because the values of
// changed locals are indeterminate after a jump (C11 7.13.2.1).
#include "CSmaltiPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

static void fail(png_structp png, png_const_charp message) {
  smalti_png_info *info = png_get_error_ptr(png);
  strncpy(info->message, message, sizeof info->message - 1);
  info->message[sizeof info->message - 1] = 0;
  png_longjmp(png, 1);
}

/// libpng would print warnings to standard error; a library stays silent.
static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static int out_of_memory(smalti_png_info *info) {
  strcpy(info->message, "out of memory");
  return -1;
}

// MARK: - Reading

typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->position) png_error(png, "the file ends too early");
  memcpy(target, from->bytes + from->position, count);
  from->position += count;
}

/// Ancillary chunks (text, profiles) may be compressed without bound; nothing here needs them.
static void set_limits(png_structp png, uint32_t side_limit) {
  png_set_user_limits(png, side_limit, side_limit);
  png_set_chunk_malloc_max(png, 1 << 20);
  png_set_chunk_cache_max(png, 64);
}

int smalti_png_read_info(
    const uint8_t *bytes, size_t byte_count, uint32_t side_limit, smalti_png_info *info) {
  memset(info, 0, sizeof *info);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, info, fail, ignore);
  if (!png) return out_of_memory(info);
  png_infop header = png_create_info_struct(png);
  if (!header) {
    png_destroy_read_struct(&png, NULL, NULL);
    return out_of_memory(info);
  }
  source from = {bytes, byte_count, 0};
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &header, NULL);
    return -1;
  }
  png_set_read_fn(png, &from, read_bytes);
  set_limits(png, side_limit);
  png_read_info(png, header);
  info->width = png_get_image_width(png, header);
  info->height = png_get_image_height(png, header);
  info->raw_byte_count = (uint64_t)png_get_rowbytes(png, header) * info->height;
  png_destroy_read_struct(&png, &header, NULL);
  return 0;
}

int smalti_png_read_rgb(
    const uint8_t *bytes, size_t byte_count, uint32_t width, uint32_t height, uint8_t *pixels,
    smalti_png_info *info) {
  memset(info, 0, sizeof *info);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, info, fail, ignore);
  if (!png) return out_of_memory(info);
  png_infop header = png_create_info_struct(png);
  if (!header) {
    png_destroy_read_struct(&png, NULL, NULL);
    return out_of_memory(info);
  }
  source from = {bytes, byte_count, 0};
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &header, NULL);
    return -1;
  }
  png_set_read_fn(png, &from, read_bytes);
  set_limits(png, width > height ? width : height);
  png_read_info(png, header);
  png_set_expand(png);  // palettes, fewer than 8 bits, transparent colours
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, header);
  const size_t row_byte_count = (size_t)width * 3;
  if (png_get_image_width(png, header) != width || png_get_image_height(png, header) != height ||
      png_get_rowbytes(png, header) != row_byte_count) {
    png_error(png, "the header states another size than before");
  }
  // Each pass of an interlaced picture adds its pixels to the rows of the passes before.
  memset(pixels, 0, row_byte_count * height);
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < height; row++) {
      png_read_row(png, pixels + row * row_byte_count, NULL);
    }
  }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &header, NULL);
  return 0;
}

// MARK: - Writing

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} sink;

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  sink *to = png_get_io_ptr(png);
  if (count > to->capacity - to->count) {
    const size_t capacity = (to->capacity + count) * 2;
    uint8_t *grown = realloc(to->bytes, capacity);
    if (!grown) png_error(png, "out of memory");
    to->bytes = grown;
    to->capacity = capacity;
  }
  memcpy(to->bytes + to->count, bytes, count);
  to->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

int smalti_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **bytes,
    size_t *byte_count, smalti_png_info *info) {
  memset(info, 0, sizeof *info);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, info, fail, ignore);
  if (!png) return out_of_memory(info);
  png_infop header = png_create_info_struct(png);
  if (!header) {
    png_destroy_write_struct(&png, NULL);
    return out_of_memory(info);
  }
  sink to = {NULL, 0, 0};
  sink *volatile target = &to;
  if (setjmp(png_jmpbuf(png))) {
    free(target->bytes);
    png_destroy_write_struct(&png, &header);
    return -1;
  }
  png_set_write_fn(png, target, write_bytes, flush_nothing);
  const int colors = channels == 1   ? PNG_COLOR_TYPE_GRAY
                     : channels == 3 ? PNG_COLOR_TYPE_RGB
                                     : PNG_COLOR_TYPE_RGBA;
  png_set_IHDR(
      png, header, width, height, 8, colors, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, header);
  const size_t row_byte_count = (size_t)width * (size_t)channels;
  for (uint32_t row = 0; row < height; row++) {
    png_write_row(png, pixels + row * row_byte_count);
  }
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &header);
  *bytes = target->bytes;
  *byte_count = target->count;
  return 0;
}
