/* SPDX-License-Identifier: GPL-2.0 */
/* Sends numbered frames at a fixed rate and never waits for the other side. */
#ifndef LAB_SENDER_H
#define LAB_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tally.h"
#include "wire.h"

/* What the sender does wrong on purpose, each to every nth frame; 0: never */
struct faults {
	uint32_t drop;
	uint32_t dup;
	uint32_t alter;
};

struct sender {
	int fd;
	struct tally *tally;
	struct faults faults;
	uint32_t rate;
	uint64_t frames;	/* as many and no more; 0: without end */
	unsigned int flows;
	size_t frame_size;
	uint64_t run;
	uint64_t start_ns;
	uint64_t step_end_ns;	/* nothing is sent before */
	uint64_t done;		/* numbers used up so far, all flows */
	uint8_t *templates;
	const struct wire *wire;
};

int sender_init(struct sender *s, const struct wire *w, uint16_t dport);
/* Sends what is due; -1 when the other end is gone */
int sender_run(struct sender *s, uint64_t now_ns);
bool sender_is_done(const struct sender *s);
uint64_t sender_next_ns(const struct sender *s);

#endif
