// SPDX-License-Identifier: GPL-2.0
/* Speaks the ioctls of /dev/liveupdate and of its sessions. */
#define _GNU_SOURCE
#include "luo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

/* The kernel's interface; the C library's headers may be older than it */
#define LUO_IOCTL(nr)		_IO(0xBA, nr)
#define LUO_CREATE_SESSION	LUO_IOCTL(0x00)
#define LUO_RETRIEVE_SESSION	LUO_IOCTL(0x01)
#define LUO_PRESERVE_FD		LUO_IOCTL(0x40)
#define LUO_RETRIEVE_FD		LUO_IOCTL(0x41)
#define LUO_FINISH		LUO_IOCTL(0x42)

#define NAME_SIZE	64
#define OPEN_TRIES	500

struct session_call {
	uint32_t size;
	int32_t fd;
	uint8_t name[NAME_SIZE];
};

struct file_call {
	uint32_t size;
	int32_t fd;
	uint64_t token;
};

struct finish_call {
	uint32_t size;
	uint32_t reserved;
};

/* Only one opener at a time is let in: wait for the other to be done */
int luo_open(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < OPEN_TRIES; i++) {
		int fd = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

		if (fd >= 0 || errno != EBUSY)
			return fd;
		nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return -1;
}

static int call_session(int luo, unsigned long request, const char *name)
{
	struct session_call call = { .size = sizeof(call), .fd = -1 };

	snprintf((char *)call.name, sizeof(call.name), "%s", name);
	return ioctl(luo, request, &call) ? -1 : call.fd;
}

int luo_create_session(int luo, const char *name)
{
	return call_session(luo, LUO_CREATE_SESSION, name);
}

int luo_retrieve_session(int luo, const char *name)
{
	return call_session(luo, LUO_RETRIEVE_SESSION, name);
}

int luo_preserve(int session, int fd, uint64_t token)
{
	struct file_call call = { .size = sizeof(call), .fd = fd, .token = token };

	return ioctl(session, LUO_PRESERVE_FD, &call);
}

int luo_retrieve(int session, uint64_t token)
{
	struct file_call call = { .size = sizeof(call), .fd = -1, .token = token };

	return ioctl(session, LUO_RETRIEVE_FD, &call) ? -1 : call.fd;
}

int luo_finish(int session)
{
	struct finish_call call = { .size = sizeof(call) };

	return ioctl(session, LUO_FINISH, &call);
}
