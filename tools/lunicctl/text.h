/* SPDX-License-Identifier: GPL-2.0 */
/* The small files of sysfs and procfs, read and written as text. */
#ifndef LUNICCTL_TEXT_H
#define LUNICCTL_TEXT_H

#include <stddef.h>

#define TEXT_LEN	512

struct text {
	char s[TEXT_LEN];
};

/* Both: 0 or -errno; a line's end is not part of it */
int text_read(const char *name, struct text *t);
int text_write(const char *name, const char *s);

#endif
