/* SPDX-License-Identifier: GPL-2.0 */
/* The witness's books: what was sent, what was answered, and when. */
#ifndef LAB_TALLY_H
#define LAB_TALLY_H

#include <stdint.h>
#include <stdio.h>

#define TALLY_BIN_NS	10000000ULL

struct tally_flow {
	uint32_t sent;		/* numbers used up, the refused ones too */
	uint32_t refused;
	uint32_t answered;
	uint32_t next;		/* one more than the highest number answered */
	uint8_t *seen;		/* a bit for each number answered */
	uint32_t seen_bytes;
};

struct tally {
	struct tally_flow *flow;
	unsigned int flows;
	uint64_t duplicated;
	uint64_t reordered;
	uint64_t corrupted;
	uint64_t stale;		/* answers to an earlier witness */
	uint64_t unknown;	/* answers to what was never sent */
	uint64_t start_ns;
	uint64_t stop_ns;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t gap_begin_ns;
	uint64_t gap_end_ns;
	uint64_t late_ns;	/* the furthest that sending fell behind */
	uint32_t *bin;
	uint32_t bins;
};

int tally_init(struct tally *t, unsigned int flows, uint64_t start_ns);
/* The gap that this answer ended, in ns */
uint64_t tally_answer(struct tally *t, unsigned int flow, uint32_t seq,
		      uint64_t now_ns);
void tally_stop(struct tally *t, uint64_t now_ns);
void tally_json(const struct tally *t, FILE *out);

#endif
