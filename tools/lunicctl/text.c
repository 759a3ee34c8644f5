// SPDX-License-Identifier: GPL-2.0
/* Reads and writes one setting in a file of sysfs or procfs. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

int text_read(const char *name, struct text *t)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, t->s, sizeof(t->s) - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	t->s[n] = '\0';
	t->s[strcspn(t->s, "\n")] = '\0';
	return 0;
}

int text_write(const char *name, const char *s)
{
	int fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, s, strlen(s)) < 0)
		err = -errno;
	close(fd);
	return err;
}
