/* SPDX-License-Identifier: GPL-2.0 */
/* Whole files in memory. */
#ifndef LUNICCTL_FILE_H
#define LUNICCTL_FILE_H

#include <stddef.h>

struct bytes {
	char *v;	/* a NUL follows, so that text can be read as such */
	size_t n;
};

/* All: 0 or -errno, with nothing to free */
int bytes_read_fd(int fd, struct bytes *b);
int bytes_read(const char *name, struct bytes *b);
void bytes_free(struct bytes *b);

/* The beginning of the lines that say KEY and @sep; NULL: none does */
const char *bytes_line(const struct bytes *b, const char *key, char sep);

#endif
