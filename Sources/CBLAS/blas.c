#include "smalti_blas.h"

#include <cblas.h>

void smalti_blas_sgemm(
    void *const *buffers, const void *arguments, int64_t task, void *scratch) {
  (void)task;
  (void)scratch;
  const smalti_blas_product *p = arguments;
  int64_t index[SMALTI_BLAS_AXES] = {0};
  for (int axis = 0; axis < SMALTI_BLAS_AXES; axis++)
    if (p->counts[axis] == 0) return;
  for (;;) {
    int64_t a = 0, b = 0, c = 0;
    for (int axis = 0; axis < SMALTI_BLAS_AXES; axis++) {
      a += index[axis] * p->a_strides[axis];
      b += index[axis] * p->b_strides[axis];
      c += index[axis] * p->c_strides[axis];
    }
    cblas_sgemm(
        CblasRowMajor, p->transposes_a ? CblasTrans : CblasNoTrans,
        p->transposes_b ? CblasTrans : CblasNoTrans, (blasint)p->m, (blasint)p->n, (blasint)p->k,
        1.0f, (const float *)buffers[0] + a, (blasint)p->lda, (const float *)buffers[1] + b,
        (blasint)p->ldb, 0.0f, (float *)buffers[2] + c, (blasint)p->ldc);
    /* The next position, the last axis fastest. */
    int axis = SMALTI_BLAS_AXES - 1;
    while (axis >= 0 && ++index[axis] == p->counts[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}

void smalti_blas_set_threads(int32_t count) { openblas_set_num_threads(count); }
