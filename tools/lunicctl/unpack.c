// SPDX-License-Identifier: GPL-2.0
/* Finds the program for a compressed file and reads what it writes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "spawn.h"
#include "unpack.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAGIC_MAX	6

static const struct format {
	const char *magic;
	size_t len;
	const char *argv[4];
} formats[] = {
	{ "\x1f\x8b", 2, { "gzip", "-dc" } },
	{ "\x28\xb5\x2f\xfd", 4, { "zstd", "-dc" } },
	{ "\xfd" "7zXZ", 6, { "xz", "-dc" } },
	{ "\x5d\x00\x00", 3, { "xz", "-dc", "--format=lzma" } },
	{ "\x04\x22\x4d\x18", 4, { "lz4", "-dc" } },
	{ "\x02\x21\x4c\x18", 4, { "lz4", "-dc" } },
	{ "BZh", 3, { "bzip2", "-dc" } },
	{ "\x89LZO", 4, { "lzop", "-dc" } },
};

static const struct format *format_at(int fd, off_t at)
{
	char magic[MAGIC_MAX] = "";
	ssize_t n = pread(fd, magic, sizeof(magic), at);

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (n >= (ssize_t)formats[i].len &&
		    !memcmp(magic, formats[i].magic, formats[i].len))
			return &formats[i];
	}
	return NULL;
}

bool unpack_is_packed(int fd, off_t at)
{
	return format_at(fd, at);
}

int unpack_open(struct unpack *u, int fd, off_t at)
{
	const struct format *f = format_at(fd, at);
	int fds[2];

	*u = (struct unpack){ .fd = -1 };
	if (!f)
		return -EINVAL;
	u->tool = f->argv[0];
	if (lseek(fd, at, SEEK_SET) < 0 || pipe2(fds, O_CLOEXEC))
		return -errno;

	u->pid = spawn_start(f->argv, fd, fds[1]);
	close(fds[1]);
	if (u->pid < 0) {
		close(fds[0]);
		return u->pid;
	}
	u->fd = fds[0];
	return 0;
}

/* Whether it is content with the end of its input, which may be padded, says little */
void unpack_close(struct unpack *u)
{
	close(u->fd);
	spawn_wait(u->pid);
	u->fd = -1;
}
