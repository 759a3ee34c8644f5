// SPDX-License-Identifier: GPL-2.0
/* Finds the NUL-separated KEY=VALUE strings that modinfo(8) shows. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "modinfo.h"
#include "unpack.h"

int modinfo_read(int fd, struct bytes *b)
{
	struct unpack u;
	int err;

	*b = (struct bytes){};
	if (!unpack_is_packed(fd, 0)) {
		if (lseek(fd, 0, SEEK_SET) < 0)
			return -errno;
		return bytes_read_fd(fd, b);
	}
	err = unpack_open(&u, fd, 0);
	if (err)
		return err;
	err = bytes_read_fd(u.fd, b);
	unpack_close(&u);
	return err;
}

/* Before the first of them stands whatever the linker put there */
const char *modinfo_get(const struct bytes *b, const char *key)
{
	size_t n = strlen(key);
	const char *end = b->v + b->n;
	const char *s = b->v;

	while (s && (s = memmem(s, end - s, key, n))) {
		s += n;
		if (*s == '=')
			return s + 1;
	}
	return NULL;
}
