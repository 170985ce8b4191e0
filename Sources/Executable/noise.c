/* Random numbers as every program of smalti draws them: Philox4x32-10 as a pure function of a key
 * and a counter.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#include "arrays.h"

typedef struct block {
  uint32_t words[4];
} block;

/* The block at `index` of the stream of `key`, of which the low word comes first. */
static block block_at(uint64_t key, uint64_t index) {
  enum { ROUNDS = 10 };
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  block c = {{(uint32_t)index, (uint32_t)(index >> 32), 0, 0}};
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t left = UINT64_C(0xD2511F53) * c.words[0];
    const uint64_t right = UINT64_C(0xCD9E8D57) * c.words[2];
    c = (block){{
        (uint32_t)(right >> 32) ^ c.words[1] ^ k0,
        (uint32_t)right,
        (uint32_t)(left >> 32) ^ c.words[3] ^ k1,
        (uint32_t)left,
    }};
    k0 += UINT32_C(0x9E3779B9);
    k1 += UINT32_C(0xBB67AE85);
  }
  return c;
}

uint64_t smalti_key_folded(uint64_t key, uint64_t number) {
  const block block = block_at(key, number);
  return block.words[0] | (uint64_t)block.words[1] << 32;
}

/* By the FNV-1a 64 hash of the name: Fowler, Noll, Vo; RFC 9923. */
uint64_t smalti_key_named(uint64_t key, const char *name) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return smalti_key_folded(key, hash);
}

double smalti_uniform(uint64_t key, uint64_t index) {
  return (double)(block_at(key, index).words[0] >> 8) * 0x1p-24;
}
