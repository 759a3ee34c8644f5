/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel tells of devices as it happens: uevents and link messages. */
#ifndef LUNICCTL_EVENTS_H
#define LUNICCTL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "dev.h"

enum feed {
	FEED_UEVENT,
	FEED_LINK,
	NR_FEEDS,
};

#define EVENT_WORD	32

/* One uevent of a lunic device; what it does not say is empty */
struct uevent {
	struct dev dev;
	char action[EVENT_WORD];
	char state[EVENT_WORD];
	char held[EVENT_WORD];
	char updates[EVENT_WORD];
};

struct link_event {
	unsigned int ifindex;
	bool up;
	bool link;
	bool gone;
	char ifname[LUNIC_IFNAMSIZ];
};

/* A file that can be waited for, or -errno */
int events_open(enum feed feed);
/*
 * The length of the next message, 0 where there is none, or -errno: with
 * -ENOBUFS some were lost
 */
int events_receive(int fd, char *buf, size_t size);

bool uevent_parse(const char *buf, size_t n, struct uevent *e);
size_t link_parse(const char *buf, size_t n, size_t at, struct link_event *e);

#endif
