// SPDX-License-Identifier: GPL-2.0
/* Writes a file beside the one that is meant, and puts it in its place. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "opts.h"
#include "output.h"
#include "print.h"

static int not_written(const struct output *out, int err)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = err,
		.hint = "a folder that exists, with room, and as root" },
		"can't write %s", out->name);
}

/*
 * The temporary name begins with a dot and does not end as the name does: who
 * collects files like *.prom leaves it alone.
 */
static int make_temp(struct output *out)
{
	const char *base = strrchr(out->name, '/');
	int dir = base ? base + 1 - out->name : 0;
	int n = snprintf(out->temp, sizeof(out->temp), "%.*s.%s.XXXXXX", dir,
			 out->name, base ? base + 1 : out->name);
	int fd;

	if (n >= (int)sizeof(out->temp))
		return -ENAMETOOLONG;
	fd = mkostemp(out->temp, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int output_open(struct output *out, const char *name)
{
	int fd;

	*out = (struct output){ .f = stdout, .name = name };
	if (!name)
		return EXIT_OK;
	fd = make_temp(out);
	if (fd < 0)
		return not_written(out, -fd);
	out->f = fdopen(fd, "w");
	if (!out->f)
		abort();
	return EXIT_OK;
}

/* Others may read it: node_exporter is not root */
static int put_in_place(struct output *out)
{
	int err = 0;

	if (fflush(out->f) || fchmod(fileno(out->f), 0644) ||
	    fsync(fileno(out->f)))
		err = errno;
	fclose(out->f);
	if (!err && rename(out->temp, out->name))
		err = errno;
	return err;
}

int output_close(struct output *out)
{
	int err;

	if (!out->name)
		return EXIT_OK;
	err = put_in_place(out);
	if (!err)
		return EXIT_OK;
	unlink(out->temp);
	return not_written(out, err);
}
