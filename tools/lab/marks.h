/* SPDX-License-Identifier: GPL-2.0 */
/* What the application in the guest really read, in memory that survives. */
#ifndef LAB_MARKS_H
#define LAB_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "probe.h"

#define MARKS_MAX_FLOWS	256
/* Numbers a flow can use in one run of the witness */
#define MARKS_NUMBERS	262144U

struct marks_flow {
	uint64_t received;	/* each number counts once */
	uint64_t duplicated;
	uint64_t reordered;
	uint32_t next;		/* one more than the highest number read */
	uint32_t spare;
};

struct marks_head {
	uint64_t magic;
	uint32_t version;
	uint32_t flows;
	uint64_t run;		/* of the witness that is heard */
	uint64_t corrupted;
	uint64_t stale;		/* frames of an earlier run */
	uint64_t foreign;	/* not from a witness at all */
	uint64_t beyond;	/* flow or number too large to be marked */
	uint64_t unsent;	/* answers that the socket did not take */
	uint64_t updates;	/* kernels that handed these marks on */
};

struct marks {
	struct marks_head *head;
	struct marks_flow *flow;
	uint8_t *bits;
	size_t size;
	int fd;
};

/* A fresh memfd, every page of it touched; -1 with errno set */
int marks_create(struct marks *m, uint32_t flows);
/* Takes over a memfd of an earlier sink; -1 if it is not one */
int marks_adopt(struct marks *m, int fd);
/* Books what was read; 1 if it deserves an answer */
int marks_take(struct marks *m, const void *data, size_t length);
void marks_json(const struct marks *m, FILE *out);

#endif
