// PNG pictures in memory, over libpng. libpng reports errors by longjmp; these functions catch
// every jump themselves and return a sentence instead, so that none crosses a Swift frame.
#ifndef CSMALTI_PNG_H
#define CSMALTI_PNG_H

#include <stddef.h>
#include <stdint.h>

/// The sentence of the last error, and what the header of a picture states.
typedef struct {
  char message[200];
  uint32_t width;
  uint32_t height;
  /// Bytes of the picture in the file's own format, before compression; at most 2^64 - 1.
  uint64_t raw_byte_count;
} smalti_png_info;

/// Reads the header of the PNG in `bytes`. Returns 0, or -1 with `info->message` set.
///
/// Pictures wider or higher than `side_limit` are an error.
int smalti_png_read_info(
    const uint8_t *bytes, size_t byte_count, uint32_t side_limit, smalti_png_info *info);

/// Reads the whole picture as 8-bit RGB, row-major, without padding: gray is repeated, palettes
/// are looked up, alpha is dropped, 16 bits are scaled to 8, interlacing is undone.
///
/// `pixels` holds `width * height * 3` bytes for the `width` and `height` that
/// `smalti_png_read_info` gave; another size in the file is an error. Returns 0 or -1.
int smalti_png_read_rgb(
    const uint8_t *bytes, size_t byte_count, uint32_t width, uint32_t height, uint8_t *pixels,
    smalti_png_info *info);

/// Encodes 8-bit pixels with 1 (gray), 3 (RGB) or 4 (RGBA) channels, row-major, without padding.
///
/// On success `*bytes` is a block of `*byte_count` bytes, to be released with `free`. Returns 0
/// or -1, and then there is no block.
int smalti_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **bytes,
    size_t *byte_count, smalti_png_info *info);

#endif
