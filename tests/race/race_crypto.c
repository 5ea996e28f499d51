/* Goal: the first use of what is made once (the signing context, the choice of a Keccak) may come from several threads together.
 * Method: threads wait at a barrier, then all make keys, sign, hash and recover at the same time; each must get the answers it
 * would get alone. One run is one first use, so the interesting moment comes once: run it often. */
#include <pthread.h>
#include <stdio.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/crypto/secp.h"

enum { THREADS = 8, ROUNDS = 40 };

static pthread_barrier_t start;

static void *work(void *number)
{
    const uint8_t key[32] = { *(const uint8_t *)number };
    (void)pthread_barrier_wait(&start);
    for (int i = 0; i < ROUNDS; i++) {
        struct secp_secret *secret = secp_secret_new(key);
        MM_ASSERT(secret != NULL);
        const mm_bytes input = MM_BYTES_OF(key);
        const mm_bytes inputs[] = { input, input, input, input, input };
        mm_hash32 digests[5];
        keccak256_many(digests, inputs, 5);
        const mm_hash32 digest = keccak256(input);
        for (size_t j = 0; j < 5; j++)
            MM_ASSERT(mm_hash_equal(&digests[j], &digest));
        const struct secp_signature signature = secp_sign(secret, &digest);
        const mm_addr addr = secp_secret_addr(secret);
        mm_addr signer;
        MM_ASSERT(secp_recover(&signer, &signature, &digest, SECP_LOW_S));
        MM_ASSERT(mm_addr_equal(&signer, &addr));
        secp_secret_free(secret);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    uint8_t numbers[THREADS];
    MM_ASSERT(pthread_barrier_init(&start, NULL, THREADS) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        numbers[i] = (uint8_t)(i + 1);
        MM_ASSERT(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        MM_ASSERT(pthread_join(threads[i], NULL) == 0);
    (void)pthread_barrier_destroy(&start);
    printf("%d threads, %d rounds each\n", THREADS, ROUNDS);
    return 0;
}
