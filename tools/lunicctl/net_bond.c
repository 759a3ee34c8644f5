// SPDX-License-Identifier: GPL-2.0
/* Waits until the ports of a bond take frames again. */
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <string.h>
#include <time.h>

#include "net.h"
#include "net_link.h"
#include "path.h"
#include "text.h"

/* LACP takes its time, and meanwhile the rings fill */
#define PORT_PAUSE_NS	(50 * 1000 * 1000)
#define PORT_TRIES	100

static bool is_active(const char *ifname)
{
	struct path p = path("/sys/class/net/%s/bonding_slave/state", ifname);
	struct text state;

	return text_read(p.s, &state) || !strcmp(state.s, "active");
}

/* A port that LACP left out before has nothing to wait for */
static bool was_active(const struct nlmsghdr *h)
{
	const struct nlattr *data = link_info(h, IFLA_INFO_SLAVE_DATA);
	const struct nlattr *state = nl_nested(data, IFLA_BOND_SLAVE_STATE);

	return nl_nested(data, IFLA_BOND_SLAVE_AD_AGGREGATOR_ID) &&
	       state && nl_len(state) &&
	       *(const uint8_t *)nl_data(state) == BOND_STATE_ACTIVE;
}

/* With the interfaces up: an inactive port's frames are thrown away */
void net_wait_ports(const struct net_restore *r)
{
	const struct timespec pause = { .tv_nsec = PORT_PAUSE_NS };
	const struct net_record *rec;
	unsigned int tries = 0;

	net_for_each(rec, r->f) {
		const struct net_rec_link *head;
		const struct nlmsghdr *h = link_of(rec, &head);
		const struct ifinfomsg *was;
		char name[NET_NAME_LEN];

		if (!h || !was_active(h))
			continue;
		was = NLMSG_DATA(h);
		while (!is_active(net_name(r, was->ifi_index, name)) &&
		       tries++ < PORT_TRIES)
			nanosleep(&pause, NULL);
	}
}
