/* SPDX-License-Identifier: GPL-2.0 */
/* Where the system's files are, below --sysroot. */
#ifndef LUNICCTL_PATH_H
#define LUNICCTL_PATH_H

#include <limits.h>

struct path {
	char s[PATH_MAX];
};

__attribute__((format(printf, 1, 2)))
struct path path(const char *fmt, ...);

#endif
