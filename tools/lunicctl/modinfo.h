/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel module says of itself. */
#ifndef LUNICCTL_MODINFO_H
#define LUNICCTL_MODINFO_H

#include "file.h"

/* Reads a module's file, compressed or not, from its start: 0 or -errno */
int modinfo_read(int fd, struct bytes *b);

/* The value of KEY=VALUE in a module or in modules.builtin.modinfo, or NULL */
const char *modinfo_get(const struct bytes *b, const char *key);

#endif
