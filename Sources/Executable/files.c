/* Files as bytes: those that are read are mapped, those that are written appear whole or not at
 * all. */
#define _GNU_SOURCE
#include "arrays.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- Reading ----------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void end_unreadable(const char *path) {
  const char *reason = strerror(errno);
  smalti_end_call(
      (fact){
          .code = "file.unreadable",
          .place = path,
          .help = "check the path and its permissions",
      },
      "cannot read %s: %s", path, reason);
}

__attribute__((noreturn)) static void end_not_regular(const char *path) {
  smalti_end_call(
      (fact){.code = "file.not-regular", .place = path, .help = "name a regular file"},
      "%s is a directory or a device, not a regular file", path);
}

contents smalti_map_file(const char *path) {
  /* Without O_NONBLOCK, opening a pipe waits for its writer, perhaps for ever. */
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) end_unreadable(path);
  if (!S_ISREG(status.st_mode)) end_not_regular(path);
  contents file = {.place = path, .byte_count = (uint64_t)status.st_size};
  /* mmap refuses a length of 0. */
  if (file.byte_count > 0) {
    void *bytes = mmap(NULL, file.byte_count, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) end_unreadable(path);
    file.bytes = bytes;
  }
  close(descriptor);
  return file;
}

void smalti_unmap(const contents *contents) {
  if (contents->byte_count > 0) munmap((void *)(uintptr_t)contents->bytes, contents->byte_count);
}

/* -- Writing ----------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void end_unwritable(const char *path, const char *reason) {
  smalti_end_call(
      (fact){
          .code = "file.unwritable",
          .place = path,
          .note = "nothing was left behind",
          .help = "name a file in an existing directory that you may write, on a disk with room",
      },
      "cannot write %s: %s", path, reason);
}

/* The folder of `path`, in memory of its own. */
static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return strdup(".");
  return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

void smalti_check_output(const char *path) {
  struct stat status;
  if (stat(path, &status) == 0) {
    if (S_ISDIR(status.st_mode)) end_unwritable(path, "it is a directory");
    if (!S_ISREG(status.st_mode)) end_not_regular(path);
  }
  char *folder = folder_of(path);
  if (!folder) end_unwritable(path, strerror(errno));
  if (stat(folder, &status) != 0) {
    end_unwritable(path, smalti_words("there is no directory %s", folder));
  }
  if (!S_ISDIR(status.st_mode)) {
    end_unwritable(path, smalti_words("%s is not a directory", folder));
  }
  if (access(folder, W_OK) != 0) end_unwritable(path, strerror(errno));
  free(folder);
}

output_file smalti_create(const char *path) {
  smalti_check_output(path);
  output_file file = {.path = path, .descriptor = -1};
  /* A rename would replace a link by a plain file, so links are followed. */
  file.target = realpath(path, NULL);
  if (!file.target) file.target = strdup(path);
  char *folder = file.target ? folder_of(file.target) : NULL;
  uint64_t random = 0;
  if (!folder || getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random ||
      asprintf(&file.partial, "%s/.%016" PRIx64 ".partial", folder, random) < 0) {
    end_unwritable(path, strerror(errno));
  }
  free(folder);
  /* Guarded before it exists, so that no moment is left in which Ctrl-C would leave it. */
  smalti_guard_partial_file(file.partial);
  file.descriptor = open(file.partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file.descriptor < 0) {
    smalti_guard_partial_file(NULL);
    end_unwritable(path, strerror(errno));
  }
  return file;
}

void smalti_overwrite(
    output_file *file, uint64_t position, const void *bytes, uint64_t byte_count) {
  const uint8_t *next = bytes;
  while (byte_count > 0) {
    const ssize_t written = pwrite(file->descriptor, next, byte_count, (off_t)position);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) end_unwritable(file->path, strerror(errno));
    next += written;
    position += (uint64_t)written;
    byte_count -= (uint64_t)written;
  }
}

void smalti_append(output_file *file, const void *bytes, uint64_t byte_count) {
  /* Ctrl-C is heard between pieces of this size. */
  enum { PIECE_BYTES = 1 << 22 };
  const uint8_t *next = bytes;
  while (byte_count > 0) {
    smalti_leave_if_interrupted();
    const uint64_t piece = byte_count < PIECE_BYTES ? byte_count : PIECE_BYTES;
    smalti_overwrite(file, file->position, next, piece);
    file->checksum = smalti_crc32(file->checksum, next, piece);
    file->position += piece;
    next += piece;
    byte_count -= piece;
  }
}

void smalti_commit(output_file *file) {
  if (close(file->descriptor) != 0) end_unwritable(file->path, strerror(errno));
  smalti_leave_if_interrupted();
  if (rename(file->partial, file->target) != 0) end_unwritable(file->path, strerror(errno));
  smalti_guard_partial_file(NULL);
  free(file->partial);
  free(file->target);
}
