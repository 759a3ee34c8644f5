// SPDX-License-Identifier: GPL-2.0
/* Writes "lab: TEXT boottime=S.mmm" to the console, quiet or not. */
#define _GNU_SOURCE
#include "mark.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void mark(const char *format, ...)
{
	struct timespec ts;
	char text[256], line[320];
	va_list args;
	int fd, n;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* Level 1 passes "quiet" and loglevel=3 */
	n = snprintf(line, sizeof(line), "<1>lab: %s boottime=%lld.%03ld\n", text,
		     (long long)ts.tv_sec, ts.tv_nsec / 1000000);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, n) != n)
		dprintf(STDERR_FILENO, "%s", line + strlen("<1>"));
	if (fd >= 0)
		close(fd);
}
