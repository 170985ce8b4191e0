/* The header as C sees it. */
#include "smalti.h"

_Static_assert((int)SMALTI_DONE == (int)SMALTI_OK, "0 means well in every interface");
