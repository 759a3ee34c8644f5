// SPDX-License-Identifier: GPL-2.0
/* Speaks to the kernel's live update orchestrator. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "luo.h"
#include "path.h"
#include "wait.h"

/* One process at a time may have it open; most let go of it at once */
int luo_open(double timeout)
{
	struct deadline dl = deadline_in(timeout);
	struct path p = path("/dev/liveupdate");
	int fd;

	do {
		fd = open(p.s, O_RDWR | O_CLOEXEC);
	} while (fd < 0 && errno == EBUSY && deadline_pause(&dl));

	return fd < 0 ? -errno : fd;
}

static int session_call(int luo, unsigned long cmd, const char *name)
{
	struct luo_session_arg arg = { .size = sizeof(arg), .fd = -1 };

	snprintf((char *)arg.name, sizeof(arg.name), "%s", name);
	return ioctl(luo, cmd, &arg) ? -errno : arg.fd;
}

int luo_create_session(int luo, const char *name)
{
	return session_call(luo, LUO_CREATE_SESSION, name);
}

int luo_retrieve_session(int luo, const char *name)
{
	return session_call(luo, LUO_RETRIEVE_SESSION, name);
}

int luo_preserve_fd(int session, int fd, __u64 token)
{
	struct luo_fd_arg arg = {
		.size = sizeof(arg), .fd = fd, .token = token,
	};

	return ioctl(session, LUO_PRESERVE_FD, &arg) ? -errno : 0;
}

int luo_retrieve_fd(int session, __u64 token)
{
	struct luo_fd_arg arg = {
		.size = sizeof(arg), .fd = -1, .token = token,
	};

	return ioctl(session, LUO_RETRIEVE_FD, &arg) ? -errno : arg.fd;
}

int luo_finish(int session)
{
	struct luo_finish_arg arg = { .size = sizeof(arg) };

	return ioctl(session, LUO_FINISH, &arg) ? -errno : 0;
}
