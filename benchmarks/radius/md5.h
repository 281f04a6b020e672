/* MD5 (RFC 1321) and HMAC-MD5 (RFC 2104) with keyed states that are copied, not computed again. */
#ifndef HOTGATE_MD5_H
#define HOTGATE_MD5_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    uint32_t word[4];
    uint64_t octets;
    uint8_t block[64];
} md5_state;

typedef struct {
    md5_state inner, outer;
} hmac_key;

static uint32_t md5_sines[64];

/* The constants are the fractions of the sines of 1 … 64 (RFC 1321 §3.4). Call once. */
static inline void md5_prepare(void) {
    for (int i = 0; i < 64; i++) md5_sines[i] = (uint32_t)(fabs(sin(i + 1)) * 4294967296.0);
}

static inline uint32_t md5_rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

#define MD5_ROUND(MIX, AT, S0, S1, S2, S3, FROM)                                     \
    for (int i = FROM; i < FROM + 16; i += 4) {                                      \
        MD5_STEP(a, b, c, d, MIX(b, c, d), AT(i), S0, i)                             \
        MD5_STEP(d, a, b, c, MIX(a, b, c), AT(i + 1), S1, i + 1)                     \
        MD5_STEP(c, d, a, b, MIX(d, a, b), AT(i + 2), S2, i + 2)                     \
        MD5_STEP(b, c, d, a, MIX(c, d, a), AT(i + 3), S3, i + 3)                     \
    }
#define MD5_STEP(A, B, C, D, MIXED, AT, SHIFT, I) A = B + md5_rotate(A + (MIXED) + in[(AT) & 15] + md5_sines[I], SHIFT);
#define MD5_F(x, y, z) (((x) & (y)) | (~(x) & (z)))
#define MD5_G(x, y, z) (((x) & (z)) | ((y) & ~(z)))
#define MD5_H(x, y, z) ((x) ^ (y) ^ (z))
#define MD5_I(x, y, z) ((y) ^ ((x) | ~(z)))
#define MD5_AT_F(i) (i)
#define MD5_AT_G(i) (5 * (i) + 1)
#define MD5_AT_H(i) (3 * (i) + 5)
#define MD5_AT_I(i) (7 * (i))

static inline void md5_block(md5_state *state, const uint8_t *octets) {
    uint32_t in[16], a = state->word[0], b = state->word[1], c = state->word[2], d = state->word[3];
    memcpy(in, octets, 64); /* little end first, as this machine is */
    MD5_ROUND(MD5_F, MD5_AT_F, 7, 12, 17, 22, 0)
    MD5_ROUND(MD5_G, MD5_AT_G, 5, 9, 14, 20, 16)
    MD5_ROUND(MD5_H, MD5_AT_H, 4, 11, 16, 23, 32)
    MD5_ROUND(MD5_I, MD5_AT_I, 6, 10, 15, 21, 48)
    state->word[0] += a, state->word[1] += b, state->word[2] += c, state->word[3] += d;
}

static inline void md5_start(md5_state *state) {
    static const uint32_t first[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    memcpy(state->word, first, sizeof first);
    state->octets = 0;
}

static inline void md5_add(md5_state *state, const void *data, size_t size) {
    const uint8_t *octets = data;
    size_t held = state->octets % 64;
    state->octets += size;
    while (held + size >= 64) {
        size_t part = 64 - held;
        memcpy(state->block + held, octets, part);
        md5_block(state, state->block);
        octets += part, size -= part, held = 0;
    }
    memcpy(state->block + held, octets, size);
}

static inline void md5_end(md5_state *state, uint8_t digest[16]) {
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = state->octets * 8;
    md5_add(state, padding, 1 + (119 - state->octets % 64) % 64);
    md5_add(state, &bits, 8);
    memcpy(digest, state->word, 16);
}

static inline void hmac_prepare(hmac_key *key, const uint8_t *secret, size_t size) {
    uint8_t block[64] = {0}, pad[64];
    if (size > 64) {
        md5_state state;
        md5_start(&state), md5_add(&state, secret, size), md5_end(&state, block);
    } else {
        memcpy(block, secret, size);
    }
    for (int i = 0; i < 64; i++) pad[i] = block[i] ^ 0x36;
    md5_start(&key->inner), md5_add(&key->inner, pad, 64);
    for (int i = 0; i < 64; i++) pad[i] = block[i] ^ 0x5c;
    md5_start(&key->outer), md5_add(&key->outer, pad, 64);
}

static inline void hmac(const hmac_key *key, const void *data, size_t size, uint8_t digest[16]) {
    md5_state state = key->inner;
    md5_add(&state, data, size), md5_end(&state, digest);
    state = key->outer;
    md5_add(&state, digest, 16), md5_end(&state, digest);
}

#endif
