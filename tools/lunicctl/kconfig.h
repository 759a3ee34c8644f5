/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration that a kernel was built with. */
#ifndef LUNICCTL_KCONFIG_H
#define LUNICCTL_KCONFIG_H

#include <limits.h>

#include "file.h"
#include "image.h"

struct kconfig {
	struct bytes text;
	char from[PATH_MAX];	/* where it was found */
};

/* 0, -ENOENT: nowhere, -errno */
int kconfig_find(struct kconfig *kc, const struct image *im);
void kconfig_free(struct kconfig *kc);

/* 'y', 'm', or 'n' */
char kconfig_get(const struct kconfig *kc, const char *option);

#endif
