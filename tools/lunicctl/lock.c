// SPDX-License-Identifier: GPL-2.0
/* Locks /run/lunic/update.lock, which names the process that has it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "opts.h"
#include "path.h"
#include "print.h"
#include "text.h"

#define RUN_DIR		"/run/lunic"
#define LOCK		RUN_DIR "/update.lock"

static int not_writable(int err)
{
	return fail(&(struct problem){
		.code = EXIT_REFUSED, .err = err,
		.hint = "as root, with a writable /run" },
		"can't lock " LOCK);
}

static int is_taken(void)
{
	struct text owner;

	if (text_read(path(LOCK).s, &owner))
		strcpy(owner.s, "?");
	return fail(&(struct problem){
		.code = EXIT_REFUSED, .err = EBUSY,
		.hint = "wait until it has ended" },
		"another lunicctl loads or updates (process %s)", owner.s);
}

int lock_take(int *fd)
{
	*fd = -1;
	if (geteuid())
		return EXIT_OK;
	mkdir(path(RUN_DIR).s, 0755);
	*fd = open(path(LOCK).s, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (*fd < 0)
		return not_writable(errno);
	if (flock(*fd, LOCK_EX | LOCK_NB)) {
		close(*fd);
		return is_taken();
	}
	if (ftruncate(*fd, 0) || dprintf(*fd, "%d\n", getpid()) < 0) {
		close(*fd);
		return not_writable(errno);
	}
	return EXIT_OK;
}

/* The file stays: to remove it would let two have it */
void lock_drop(int fd)
{
	if (fd >= 0)
		close(fd);
}
