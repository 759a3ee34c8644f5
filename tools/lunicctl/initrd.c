// SPDX-License-Identifier: GPL-2.0
/*
 * Looks for the driver and for lunicctl in an initramfs image: archives one
 * after the other, of which the last is compressed in most distributions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpio.h"
#include "initrd.h"
#include "modinfo.h"
#include "unpack.h"

struct search {
	struct initrd *r;
	const char *release;
	int fd;			/* the module's contents */
};

static const char *base_of(const char *name)
{
	const char *s = strrchr(name, '/');

	return s ? s + 1 : name;
}

static bool is_driver(const char *base)
{
	static const char * const names[] = {
		"lunic.ko", "lunic.ko.xz", "lunic.ko.zst", "lunic.ko.gz",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(base, names[i]))
			return true;
	}
	return false;
}

/* modules/RELEASE/...; one that is in no such folder is loaded by its path */
static bool is_for(const char *name, const char *release)
{
	const char *s = strstr(name, "modules/");
	size_t n = strlen(release);

	if (!s)
		return true;
	s += strlen("modules/");
	return !strncmp(s, release, n) && s[n] == '/';
}

static int member(void *arg, const char *name)
{
	struct search *s = arg;
	const char *base = base_of(name);

	if (!strcmp(base, "lunicctl"))
		s->r->has_tool = s->r->has_tool || strstr(name, "bin/");
	if (!is_driver(base) || s->r->right)
		return -1;
	s->r->right = is_for(name, s->release);
	snprintf(s->r->driver, sizeof(s->r->driver), "%s", name);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = memfd_create("lunic.ko", MFD_CLOEXEC);
	return s->fd;
}

/* The descriptor goes to the stream: what it was is closed with it */
static int read_stream(struct search *s, int fd, off_t *pos)
{
	struct cpio c = { .member = member, .arg = s };
	int ret;

	c.f = fdopen(fd, "re");
	if (!c.f)
		return -errno;
	ret = cpio_read(&c);
	*pos = c.pos;
	fclose(c.f);
	return ret;
}

static int read_packed(struct search *s, int fd, off_t at)
{
	struct unpack u;
	off_t end;
	int err = unpack_open(&u, fd, at);

	s->r->tool = u.tool;
	if (err)
		return err == -EINVAL ? -EBADMSG : err;
	err = read_stream(s, dup(u.fd), &end);
	unpack_close(&u);
	/* Nothing at all came out, or what came out is no archive */
	return err > 0 || !end ? -EBADMSG : err;
}

static int read_all(struct search *s, int fd)
{
	off_t pos = 0;
	int ret = read_stream(s, dup(fd), &pos);

	if (ret == 1)
		ret = read_packed(s, fd, pos);
	else if (!ret && !pos)
		ret = -EBADMSG;
	return ret;
}

void initrd_read(struct initrd *r, const char *name, const char *release)
{
	struct search s = { .r = r, .release = release, .fd = -1 };
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	*r = (struct initrd){};
	if (fd < 0) {
		r->err = -errno;
		return;
	}
	r->err = read_all(&s, fd);
	close(fd);
	if (s.fd >= 0) {
		modinfo_read(s.fd, &r->module);
		close(s.fd);
	}
}

void initrd_free(struct initrd *r)
{
	bytes_free(&r->module);
}
