/* OpenBLAS as the other matmul of the unfused baseline: a kernel as the runtime calls it. */
#ifndef SMALTI_BLAS_H
#define SMALTI_BLAS_H

#include <stdint.h>

/* Outer axes of a batch of products. */
#define SMALTI_BLAS_AXES 8

/* A batch of row-major products c = a b, m x k times k x n, in f32.
 *
 * Every outer axis repeats the product `counts[axis]` times, with a, b and c that many elements
 * further on each time. Unused axes have a count of 1. */
typedef struct smalti_blas_product {
  int64_t m, n, k;
  int64_t lda, ldb, ldc;
  int64_t transposes_a, transposes_b; /* 1: stored as k x m, or n x k */
  int64_t counts[SMALTI_BLAS_AXES];
  int64_t a_strides[SMALTI_BLAS_AXES];
  int64_t b_strides[SMALTI_BLAS_AXES];
  int64_t c_strides[SMALTI_BLAS_AXES];
} smalti_blas_product;

/* buffers: a, b, c; arguments: a smalti_blas_product. One task does the whole batch; OpenBLAS
 * brings its own threads. */
void smalti_blas_sgemm(
    void *const *buffers, const void *arguments, int64_t task, void *scratch);

/* How many threads OpenBLAS uses from now on. */
void smalti_blas_set_threads(int32_t count);

#endif
