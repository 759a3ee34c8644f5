// SPDX-License-Identifier: GPL-2.0
/* Reads the members of concatenated cpio archives of the kind "newc". */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpio.h"

#define HEADER_LEN	110
#define MAGIC_LEN	6
#define FIELD_LEN	8
#define FIELD_SIZE	6
#define FIELD_NAMESIZE	11
#define NAME_MAX_LEN	4096
#define LAST_MEMBER	"TRAILER!!!"

static bool get(struct cpio *c, void *buf, size_t n)
{
	size_t got = fread(buf, 1, n, c->f);

	c->pos += got;
	return got == n;
}

static bool copy(struct cpio *c, uint64_t n, int fd)
{
	char buf[16384];

	while (n) {
		size_t part = n < sizeof(buf) ? n : sizeof(buf);

		if (!get(c, buf, part))
			return false;
		if (fd >= 0 && write(fd, buf, part) != (ssize_t)part)
			return false;
		n -= part;
	}
	return true;
}

static bool align(struct cpio *c)
{
	return copy(c, -c->pos & 3, -1);
}

static uint32_t field(const char *header, unsigned int i)
{
	char digits[FIELD_LEN + 1];

	memcpy(digits, header + MAGIC_LEN + i * FIELD_LEN, FIELD_LEN);
	digits[FIELD_LEN] = '\0';
	return strtoul(digits, NULL, 16);
}

/* @header's first bytes are read. 0, 1: it was the last, or -EBADMSG */
static int read_member(struct cpio *c, char *header)
{
	uint32_t size, len;
	char name[NAME_MAX_LEN];

	if (!get(c, header + MAGIC_LEN, HEADER_LEN - MAGIC_LEN))
		return -EBADMSG;
	size = field(header, FIELD_SIZE);
	len = field(header, FIELD_NAMESIZE);
	if (!len || len > sizeof(name) || !get(c, name, len) || !align(c))
		return -EBADMSG;
	name[len - 1] = '\0';
	if (!strcmp(name, LAST_MEMBER))
		return 1;
	if (!copy(c, size, c->member(c->arg, name)) || !align(c))
		return -EBADMSG;
	return 0;
}

/* Zeros fill the space between archives */
static int skip_padding(struct cpio *c)
{
	int byte;

	while ((byte = fgetc(c->f)) == 0)
		c->pos++;
	if (byte != EOF)
		ungetc(byte, c->f);
	return byte;
}

static bool is_magic(const char *s)
{
	return !memcmp(s, "070701", MAGIC_LEN) ||
	       !memcmp(s, "070702", MAGIC_LEN);
}

static int read_archive(struct cpio *c, char *header)
{
	int ret = read_member(c, header);

	while (!ret) {
		if (!get(c, header, MAGIC_LEN) || !is_magic(header))
			return -EBADMSG;
		ret = read_member(c, header);
	}
	return ret < 0 ? ret : 0;
}

int cpio_read(struct cpio *c)
{
	char header[HEADER_LEN];
	int ret = 0;

	while (!ret) {
		off_t begin;

		if (skip_padding(c) == EOF)
			return 0;
		begin = c->pos;
		if (!get(c, header, MAGIC_LEN) || !is_magic(header)) {
			c->pos = begin;
			return 1;
		}
		ret = read_archive(c, header);
	}
	return ret;
}
