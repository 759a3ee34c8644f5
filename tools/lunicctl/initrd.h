/* SPDX-License-Identifier: GPL-2.0 */
/* What an initramfs image holds of ours. */
#ifndef LUNICCTL_INITRD_H
#define LUNICCTL_INITRD_H

#include <stdbool.h>

#include "file.h"

struct initrd {
	int err;		/* 0, or why it can't be read */
	const char *tool;	/* the program that -ENOENT is about */
	bool has_tool;		/* lunicctl */
	char driver[256];	/* where lunic.ko is; empty: nowhere */
	bool right;		/* that is no other kernel's folder */
	struct bytes module;	/* lunic.ko; empty where it can't be unpacked */
};

/* @release: whose module is wanted, where there are several kernels' */
void initrd_read(struct initrd *r, const char *name, const char *release);
void initrd_free(struct initrd *r);

#endif
