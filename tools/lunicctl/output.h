/* SPDX-License-Identifier: GPL-2.0 */
/* A result that goes to a file, whole or not at all, or to standard output. */
#ifndef LUNICCTL_OUTPUT_H
#define LUNICCTL_OUTPUT_H

#include <limits.h>
#include <stdio.h>

struct output {
	FILE *f;
	const char *name;	/* NULL: standard output */
	char temp[PATH_MAX];
};

/* Both: the exit code; what failed was told */
int output_open(struct output *out, const char *name);
int output_close(struct output *out);

#endif
