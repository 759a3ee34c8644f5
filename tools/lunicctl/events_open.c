// SPDX-License-Identifier: GPL-2.0
/* Opens the kernel's multicast groups. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "events.h"

/* Uevents of the kernel itself; group 2 is udev's */
#define UEVENT_GROUP	1

/* A burst of a whole host's events must fit */
#define ROOM		(1 << 20)

int events_open(enum feed feed)
{
	static const struct {
		int protocol;
		unsigned int groups;
	} feeds[] = {
		[FEED_UEVENT] = { NETLINK_KOBJECT_UEVENT, UEVENT_GROUP },
		[FEED_LINK] = { NETLINK_ROUTE, RTMGRP_LINK },
	};
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK, .nl_groups = feeds[feed].groups,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			feeds[feed].protocol);
	int room = ROOM, err;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}
