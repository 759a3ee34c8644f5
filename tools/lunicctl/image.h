/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel to boot: its file, and what that says of itself. */
#ifndef LUNICCTL_IMAGE_H
#define LUNICCTL_IMAGE_H

#include <limits.h>
#include <stdint.h>

struct image {
	char file[PATH_MAX];
	char initrd[PATH_MAX];	/* empty: none */
	char release[128];	/* 7.3.4-1-amd64 */
	char banner[256];	/* with who built it and when */
	uint64_t bytes;
	uint64_t run_bytes;	/* what it takes while it boots */
	uint32_t cmdline_max;
	uint32_t payload;	/* where the compressed kernel is */
};

enum image_fault {
	IMAGE_GOOD,
	IMAGE_NONE,		/* no kernel in /boot */
	IMAGE_UNREADABLE,	/* see errno */
	IMAGE_FOREIGN,		/* no kernel, or another architecture's */
	IMAGE_OLD,		/* of a kind that kexec_file_load() can't start */
	IMAGE_TRUNCATED,
};

/* --kernel and --initrd, or what /boot has */
enum image_fault image_find(struct image *im);

#endif
