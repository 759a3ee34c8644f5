// SPDX-License-Identifier: GPL-2.0
/* Reads whole files whose size nobody knows before. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define FIRST_SIZE	4096

static void grow(struct bytes *b, size_t *room)
{
	*room = *room ? 2 * *room : FIRST_SIZE;
	b->v = realloc(b->v, *room);
	if (!b->v)
		abort();
}

int bytes_read_fd(int fd, struct bytes *b)
{
	size_t room = 0;
	ssize_t n;

	*b = (struct bytes){};
	do {
		if (b->n + 1 >= room)
			grow(b, &room);
		n = read(fd, b->v + b->n, room - b->n - 1);
		if (n < 0 && errno != EINTR) {
			int err = -errno;

			bytes_free(b);
			return err;
		}
		b->n += n > 0 ? n : 0;
	} while (n);
	b->v[b->n] = '\0';
	return 0;
}

int bytes_read(const char *name, struct bytes *b)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	int err;

	*b = (struct bytes){};
	if (fd < 0)
		return -errno;
	err = bytes_read_fd(fd, b);
	close(fd);
	return err;
}

void bytes_free(struct bytes *b)
{
	free(b->v);
	*b = (struct bytes){};
}

const char *bytes_line(const struct bytes *b, const char *key, char sep)
{
	size_t n = strlen(key);

	for (const char *s = b->v; s && *s; s++) {
		if (!strncmp(s, key, n) && s[n] == sep)
			return s + n + 1;
		s = strchr(s, '\n');
		if (!s)
			break;
	}
	return NULL;
}
