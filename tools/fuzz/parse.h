/* SPDX-License-Identifier: GPL-2.0 */
/* A handover given to the driver's own parser, outside the kernel. */
#ifndef _FUZZ_PARSE_H
#define _FUZZ_PARSE_H

#include <linux/types.h>

/*
 * An input is a file: the root as it lies in memory (40 bytes), the body that
 * it names, then the tables of slots and chunks that the queues name: 64-bit
 * words, used over and over where there are too few. Parts may be missing.
 *
 * Each part is read in a block of just its length, so that AddressSanitizer
 * sees any access beyond it.
 */

/* As it is: root and body have to go together. NULL, or what is wrong. */
const char *parse_raw(const void *root, size_t root_len, const void *body,
		      size_t body_len);

/* The body below a root of its own, so with right checksums, and its queues'
 * tables from the words given. NULL, or what is wrong.
 */
const char *parse_sealed(const void *body, size_t body_len, const void *words,
			 size_t words_len);

/* Both of a whole input */
void parse_input(const void *input, size_t len);

#endif
