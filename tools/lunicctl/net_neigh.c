// SPDX-License-Identifier: GPL-2.0
/* Saves neighbours and forwarding entries, so that nothing is resolved anew. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "path.h"

#define HDR	sizeof(struct ndmsg)

/* Link-layer groups that somebody has joined by hand: index, address */
struct group {
	uint32_t ifindex;
	uint8_t addr[6];
};

struct groups {
	struct group *v;
	size_t n;
};

static uint32_t neigh_ifindex(const struct nlmsghdr *h)
{
	const struct ndmsg *n = nl_header(h, HDR);

	return n ? (uint32_t)n->ndm_ifindex : 0;
}

/* "2 eth0 1 1 01005e010203": users, and whether one of them is no protocol */
static void read_groups(struct groups *gs)
{
	FILE *f = fopen(path("/proc/net/dev_mcast").s, "re");
	unsigned int a[6], global;
	struct group g;

	while (f && fscanf(f, "%u %*s %*u %u %2x%2x%2x%2x%2x%2x%*[^\n]",
			   &g.ifindex, &global, &a[0], &a[1], &a[2], &a[3],
			   &a[4], &a[5]) == 8) {
		if (!global)
			continue;
		for (int i = 0; i < 6; i++)
			g.addr[i] = a[i];
		gs->v = reallocarray(gs->v, gs->n + 1, sizeof(g));
		if (!gs->v)
			abort();
		gs->v[gs->n++] = g;
	}
	if (f)
		fclose(f);
}

static bool is_by_hand(const struct groups *gs, const struct nlmsghdr *h)
{
	const struct nlattr *a = nl_attr(h, HDR, NDA_LLADDR);
	const uint8_t *addr = a && nl_len(a) == 6 ? nl_data(a) : NULL;

	if (!addr || !(addr[0] & 1))
		return true;
	for (size_t i = 0; i < gs->n; i++) {
		if (gs->v[i].ifindex == neigh_ifindex(h) &&
		    !memcmp(gs->v[i].addr, addr, 6))
			return true;
	}
	return false;
}

/*
 * What was learned by bridging is learned again, and a bridge knows its ports'
 * own addresses.
 */
static bool is_forwarding(const struct net_save *s, const struct groups *gs,
			  const struct nlmsghdr *h)
{
	const struct nlattr *a = nl_attr(h, HDR, NDA_LLADDR);
	const struct ndmsg *n = NLMSG_DATA(h);

	if (!a || nl_len(a) != 6 || net_has_mac(s, nl_data(a)))
		return false;
	return n->ndm_state & (NUD_PERMANENT | NUD_NOARP) &&
	       !(n->ndm_flags & NTF_EXT_LEARNED) && is_by_hand(gs, h);
}

static bool is_neighbour(const struct nlmsghdr *h)
{
	const struct ndmsg *n = NLMSG_DATA(h);

	if (n->ndm_flags & NTF_PROXY)
		return true;
	return n->ndm_state & (NUD_PERMANENT | NUD_REACHABLE | NUD_STALE |
			       NUD_DELAY | NUD_PROBE) &&
	       nl_attr(h, HDR, NDA_LLADDR);
}

static int save(struct net_save *s, const struct ndmsg *which,
		const struct groups *gs)
{
	const struct nlmsghdr *h;
	struct nl_blob b;
	int err = net_dump(s, RTM_GETNEIGH, which, sizeof(*which), &b);

	if (err)
		return err;
	nl_for_each(h, &b) {
		const struct ndmsg *n = nl_header(h, HDR);

		if (!n || h->nlmsg_type != RTM_NEWNEIGH ||
		    !net_has(s, n->ndm_ifindex))
			continue;
		if (n->ndm_family == AF_BRIDGE ? is_forwarding(s, gs, h) :
						 is_neighbour(h))
			net_keep(s, h);
	}
	nl_blob_free(&b);
	return 0;
}

int net_save_neighs(struct net_save *s)
{
	static const struct ndmsg which[] = {
		{ .ndm_family = AF_INET },
		{ .ndm_family = AF_INET6 },
		{ .ndm_family = AF_INET, .ndm_flags = NTF_PROXY },
		{ .ndm_family = AF_INET6, .ndm_flags = NTF_PROXY },
		{ .ndm_family = AF_BRIDGE },
	};
	struct groups gs = {};
	int err = 0;

	read_groups(&gs);
	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]) && !err; i++)
		err = save(s, &which[i], &gs);
	free(gs.v);
	return err;
}

/* Reached a moment ago, or to be asked when it is next used */
static uint16_t state_of(uint16_t state)
{
	if (state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE))
		return state;
	return NUD_STALE;
}

static int send_neigh(struct net_restore *r, const struct nlmsghdr *h)
{
	static const uint16_t drop[] = {
		NDA_CACHEINFO, NDA_PROBES, NDA_MASTER, 0 };
	struct ndmsg *n = (void *)nl_header(h, HDR);
	bool bridge;
	struct nl_msg m;

	if (!n)
		return -EBADMSG;
	bridge = n->ndm_family == AF_BRIDGE;
	nl_copy(&m, h, HDR, NLM_F_CREATE | (bridge ? NLM_F_EXCL :
						     NLM_F_REPLACE), drop);
	n = NLMSG_DATA(&m.h);
	n->ndm_ifindex = net_index(r, n->ndm_ifindex);
	if (!n->ndm_ifindex)
		return -ENODEV;
	if (bridge && !(n->ndm_flags & (NTF_SELF | NTF_MASTER)))
		n->ndm_flags |= nl_attr(h, HDR, NDA_MASTER) ? NTF_MASTER :
							      NTF_SELF;
	if (!bridge && !(n->ndm_flags & NTF_PROXY))
		n->ndm_state = state_of(n->ndm_state);
	return net_send(r, &m);
}

static void describe_neigh(const struct nlmsghdr *h, char *buf, size_t len)
{
	const struct ndmsg *n = nl_header(h, HDR);
	const struct nlattr *a = nl_attr(h, HDR, NDA_DST);
	const uint8_t *ll;

	if (!n)
		return;
	if (a && nl_len(a) >= (n->ndm_family == AF_INET ? 4 : 16)) {
		inet_ntop(n->ndm_family, nl_data(a), buf, len);
		return;
	}
	a = nl_attr(h, HDR, NDA_LLADDR);
	if (!a || nl_len(a) < 6)
		return;
	ll = nl_data(a);
	snprintf(buf, len, "%02x:%02x:%02x:%02x:%02x:%02x",
		 ll[0], ll[1], ll[2], ll[3], ll[4], ll[5]);
}

void net_restore_neighs(struct net_restore *r)
{
	static const struct net_kind neigh = {
		RTM_NEWNEIGH, "neighbour", send_neigh, describe_neigh,
		neigh_ifindex };

	net_replay(r, &neigh, 1);
}
