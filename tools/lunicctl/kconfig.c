// SPDX-License-Identifier: GPL-2.0
/*
 * Finds a kernel's configuration: beside the image, with its modules, or in
 * the image itself (CONFIG_IKCONFIG).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kconfig.h"
#include "path.h"
#include "unpack.h"

#define IK_BEGIN	"IKCFG_ST"
#define IK_END		"IKCFG_ED"

static int try_file(struct kconfig *kc, const char *name)
{
	snprintf(kc->from, sizeof(kc->from), "%s", name);
	return bytes_read(name, &kc->text);
}

static int try_beside(struct kconfig *kc, const struct image *im)
{
	const char *slash = strrchr(im->file, '/');
	int dir = slash ? slash + 1 - im->file : 0;
	char name[PATH_MAX];

	if (snprintf(name, sizeof(name), "%.*sconfig-%s", dir, im->file,
		     im->release) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	return try_file(kc, name);
}

static int unpack_bytes(int fd, off_t at, struct bytes *b)
{
	struct unpack u;
	int err = unpack_open(&u, fd, at);

	if (err)
		return err;
	err = bytes_read_fd(u.fd, b);
	unpack_close(&u);
	return err;
}

/* A file again, because a file is what the programs read */
static int unpack_text(const char *s, size_t n, struct bytes *text)
{
	int fd = memfd_create("config.gz", MFD_CLOEXEC);
	int err = -EIO;

	if (fd < 0)
		return -errno;
	if (write(fd, s, n) == (ssize_t)n)
		err = unpack_bytes(fd, 0, text);
	close(fd);
	return err;
}

static int find_text(const struct bytes *kernel, struct bytes *text)
{
	size_t mark = strlen(IK_BEGIN);
	const char *end = kernel->v + kernel->n;
	const char *s = memmem(kernel->v, kernel->n, IK_BEGIN, mark);
	const char *e;

	if (!s)
		return -ENOENT;
	s += mark;
	e = memmem(s, end - s, IK_END, strlen(IK_END));
	return e ? unpack_text(s, e - s, text) : -ENOENT;
}

static int try_image(struct kconfig *kc, const struct image *im)
{
	int fd = open(im->file, O_RDONLY | O_CLOEXEC);
	struct bytes kernel;
	int err;

	if (fd < 0)
		return -errno;
	snprintf(kc->from, sizeof(kc->from), "the image");
	err = unpack_bytes(fd, im->payload, &kernel);
	close(fd);
	if (err)
		return -ENOENT;
	err = find_text(&kernel, &kc->text);
	bytes_free(&kernel);
	return err;
}

int kconfig_find(struct kconfig *kc, const struct image *im)
{
	int err;

	*kc = (struct kconfig){};
	err = try_beside(kc, im);
	if (err == -ENOENT)
		err = try_file(kc, path("/boot/config-%s", im->release).s);
	if (err == -ENOENT)
		err = try_file(kc, path("/lib/modules/%s/config",
					im->release).s);
	if (err == -ENOENT)
		err = try_image(kc, im);
	return err;
}

void kconfig_free(struct kconfig *kc)
{
	bytes_free(&kc->text);
}

char kconfig_get(const struct kconfig *kc, const char *option)
{
	const char *s = bytes_line(&kc->text, option, '=');

	return s && (*s == 'y' || *s == 'm') ? *s : 'n';
}
