/* OpenBLAS, found by pkg-config. */
#include <cblas.h>
