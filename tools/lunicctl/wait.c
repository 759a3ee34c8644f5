// SPDX-License-Identifier: GPL-2.0
/* Waits in growing steps until a deadline. */
#include <time.h>
#include <unistd.h>

#include "wait.h"

/* A live update's gap contains the first of these */
#define FIRST_PAUSE_US	1000
#define LONGEST_PAUSE_US	50000

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

struct deadline deadline_in(double seconds)
{
	return (struct deadline){ now() + seconds, FIRST_PAUSE_US };
}

/* For poll(): what is left, rounded up so that it never spins */
int deadline_ms(const struct deadline *dl)
{
	double left = dl->end - now();

	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* False when the time is up */
bool deadline_pause(struct deadline *dl)
{
	if (now() >= dl->end)
		return false;

	usleep(dl->pause_us);
	dl->pause_us *= 2;
	if (dl->pause_us > LONGEST_PAUSE_US)
		dl->pause_us = LONGEST_PAUSE_US;
	return true;
}
