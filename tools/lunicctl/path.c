// SPDX-License-Identifier: GPL-2.0
/* Builds the names of the system's files, below --sysroot. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "opts.h"
#include "path.h"

struct path path(const char *fmt, ...)
{
	struct path p;
	va_list ap;
	size_t n;

	snprintf(p.s, sizeof(p.s), "%s", opts.root);
	n = strlen(p.s);
	va_start(ap, fmt);
	vsnprintf(p.s + n, sizeof(p.s) - n, fmt, ap);
	va_end(ap);
	return p;
}
