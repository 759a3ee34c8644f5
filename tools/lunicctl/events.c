// SPDX-License-Identifier: GPL-2.0
/* Reads uevents of lunic's devices and messages about links. */
#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "events.h"
#include "nl.h"

#define NODE		"lunic/"

/* Only the kernel's word counts: a process has a port */
int events_receive(int fd, char *buf, size_t size)
{
	struct sockaddr_nl sa = {};
	socklen_t len = sizeof(sa);
	ssize_t n;

	do {
		n = recvfrom(fd, buf, size - 1, MSG_DONTWAIT,
			     (struct sockaddr *)&sa, &len);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
	} while (sa.nl_family == AF_NETLINK && sa.nl_pid);
	buf[n] = '\0';
	return n;
}

static void take_word(const char *line, const char *key, char *word)
{
	size_t n = strlen(key);

	if (!strncmp(line, key, n) && line[n] == '=')
		snprintf(word, EVENT_WORD, "%s", line + n + 1);
}

/* Lines that end in a null byte; the first repeats the action */
bool uevent_parse(const char *buf, size_t n, struct uevent *e)
{
	char node[EVENT_WORD] = "";

	*e = (struct uevent){};
	for (size_t at = 0; at < n; at += strlen(buf + at) + 1) {
		take_word(buf + at, "ACTION", e->action);
		take_word(buf + at, "DEVNAME", node);
		take_word(buf + at, "LUNIC_STATE", e->state);
		take_word(buf + at, "LUNIC_HELD", e->held);
		take_word(buf + at, "LUNIC_UPDATES", e->updates);
	}
	return !strncmp(node, NODE, strlen(NODE)) &&
	       dev_parse(node + strlen(NODE), &e->dev);
}

static bool take_link(const struct nlmsghdr *h, struct link_event *e)
{
	const struct ifinfomsg *info = nl_header(h, sizeof(*info));
	const struct nlattr *name = nl_attr(h, sizeof(*info), IFLA_IFNAME);

	/* A bridge tells of its ports in messages of its own */
	if (!info || info->ifi_family != AF_UNSPEC)
		return false;
	*e = (struct link_event){
		.ifindex = info->ifi_index,
		.up = info->ifi_flags & IFF_UP,
		.link = info->ifi_flags & IFF_LOWER_UP,
		.gone = h->nlmsg_type == RTM_DELLINK,
	};
	if (name)
		snprintf(e->ifname, sizeof(e->ifname), "%s", nl_str(name));
	return true;
}

/*
 * The first message about a link from @at on; where to look for the next one,
 * 0 when there is none
 */
size_t link_parse(const char *buf, size_t n, size_t at, struct link_event *e)
{
	while (at + sizeof(struct nlmsghdr) <= n) {
		const struct nlmsghdr *h = (const void *)(buf + at);

		if (h->nlmsg_len < sizeof(*h) || h->nlmsg_len > n - at)
			return 0;
		at += NLMSG_ALIGN(h->nlmsg_len);
		if ((h->nlmsg_type == RTM_NEWLINK ||
		     h->nlmsg_type == RTM_DELLINK) && take_link(h, e))
			return at;
	}
	return 0;
}
