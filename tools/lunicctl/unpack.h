/* SPDX-License-Identifier: GPL-2.0 */
/* Compressed data, read through the program that the system has for it. */
#ifndef LUNICCTL_UNPACK_H
#define LUNICCTL_UNPACK_H

#include <stdbool.h>
#include <sys/types.h>

struct unpack {
	int fd;			/* the plain data */
	pid_t pid;
	const char *tool;	/* what is run for it, also when it failed */
};

/* False: what stands there is not compressed, or in a way nobody knows */
bool unpack_is_packed(int fd, off_t at);

/* 0, -EINVAL: not compressed, -ENOENT: the program is missing */
int unpack_open(struct unpack *u, int fd, off_t at);
void unpack_close(struct unpack *u);

#endif
