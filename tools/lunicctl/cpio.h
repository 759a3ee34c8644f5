/* SPDX-License-Identifier: GPL-2.0 */
/* cpio archives as initramfs images have them. */
#ifndef LUNICCTL_CPIO_H
#define LUNICCTL_CPIO_H

#include <stdio.h>

struct cpio {
	FILE *f;
	off_t pos;	/* how much of @f was read */
	/* Gets each member's name; a descriptor there receives its contents */
	int (*member)(void *arg, const char *name);
	void *arg;
};

/*
 * Reads archives until something else begins, where @pos then stands.
 * 1: something else, 0: the end, -EBADMSG: it ends too early
 */
int cpio_read(struct cpio *c);

#endif
