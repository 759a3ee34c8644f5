/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting with an end: a deadline and pauses that grow up to it. */
#ifndef LUNICCTL_WAIT_H
#define LUNICCTL_WAIT_H

#include <stdbool.h>

struct deadline {
	double end;		/* CLOCK_MONOTONIC, in seconds */
	unsigned int pause_us;
};

struct deadline deadline_in(double seconds);
int deadline_ms(const struct deadline *dl);
bool deadline_pause(struct deadline *dl);

#endif
