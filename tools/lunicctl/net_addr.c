// SPDX-License-Identifier: GPL-2.0
/* Saves addresses and puts them back, with the lifetime that they have left. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net.h"

#define FOREVER		UINT32_MAX
#define HDR		sizeof(struct ifaddrmsg)
/* For an address of IPv6 to be one of ours, which a worker sees to */
#define LOCAL_TRIES	200
#define LOCAL_PAUSE_NS	2000000

static uint32_t addr_ifindex(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *a = nl_header(h, HDR);

	return a ? a->ifa_index : 0;
}

static const struct nlattr *local_of(const struct nlmsghdr *h)
{
	return nl_attr(h, HDR, IFA_LOCAL) ?: nl_attr(h, HDR, IFA_ADDRESS);
}

static uint32_t addr_flags(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	const struct nlattr *flags = nl_attr(h, HDR, IFA_FLAGS);

	return flags ? nl_u32(flags) : a->ifa_flags;
}

static int save_family(struct net_save *s, uint8_t family)
{
	const struct ifaddrmsg all = { .ifa_family = family };
	const struct nlmsghdr *h, **v = NULL;
	struct nl_blob b;
	size_t n = 0;
	int err = net_dump(s, RTM_GETADDR, &all, sizeof(all), &b);

	if (err)
		return err;
	nl_for_each(h, &b) {
		if (h->nlmsg_type != RTM_NEWADDR ||
		    !net_has(s, addr_ifindex(h)))
			continue;
		v = reallocarray(v, n + 1, sizeof(*v));
		if (!v)
			abort();
		v[n++] = h;
	}
	/* IPv6 has the newest first */
	for (size_t i = 0; i < n; i++)
		net_keep(s, v[family == AF_INET6 ? n - 1 - i : i]);
	free(v);
	nl_blob_free(&b);
	return 0;
}

int net_save_addrs(struct net_save *s)
{
	int err = save_family(s, AF_INET);

	return err ?: save_family(s, AF_INET6);
}

static uint32_t left(uint32_t lifetime, uint32_t elapsed)
{
	if (lifetime == FOREVER)
		return FOREVER;
	return lifetime > elapsed ? lifetime - elapsed : 0;
}

/* False where the address has expired meanwhile */
static bool put_lifetime(struct nl_msg *m, const struct net_restore *r,
			 const struct nlmsghdr *h)
{
	const struct nlattr *a = nl_attr(h, HDR, IFA_CACHEINFO);
	struct ifa_cacheinfo ci;

	if (!a || nl_len(a) < sizeof(ci))
		return true;
	memcpy(&ci, nl_data(a), sizeof(ci));
	ci.ifa_prefered = left(ci.ifa_prefered, r->elapsed_s);
	ci.ifa_valid = left(ci.ifa_valid, r->elapsed_s);
	nl_put(m, IFA_CACHEINFO, &ci, sizeof(ci));
	return ci.ifa_valid;
}

static int put_back(struct net_restore *r, const struct nlmsghdr *h,
		    uint32_t flags)
{
	static const uint16_t drop[] = { IFA_CACHEINFO, IFA_FLAGS, 0 };
	struct ifaddrmsg *a;
	struct nl_msg m;

	nl_copy(&m, h, HDR, NLM_F_CREATE | NLM_F_REPLACE, drop);
	a = NLMSG_DATA(&m.h);
	a->ifa_index = net_index(r, a->ifa_index);
	if (!a->ifa_index)
		return -ENODEV;
	a->ifa_flags = flags;
	nl_put_u32(&m, IFA_FLAGS, flags);
	if (!put_lifetime(&m, r, h))
		return 0;
	return net_send(r, &m);
}

/*
 * It was ours all the time: to look for duplicates would make it unusable for
 * a second. Then its flags are as before.
 */
static int send_addr(struct net_restore *r, const struct nlmsghdr *h)
{
	uint32_t flags = addr_flags(h) & ~IFA_F_PERMANENT;
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	int err;

	if (a->ifa_family != AF_INET6)
		return put_back(r, h, flags);
	if (flags & IFA_F_DADFAILED)
		return -EADDRINUSE;
	if (flags & (IFA_F_TENTATIVE | IFA_F_NODAD))
		return put_back(r, h, flags);
	err = put_back(r, h, flags | IFA_F_NODAD);
	return err ?: put_back(r, h, flags);
}

static void describe_addr(const struct nlmsghdr *h, char *buf, size_t len)
{
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	const struct nlattr *local = local_of(h);
	char text[INET6_ADDRSTRLEN] = "?";

	if (local && nl_len(local) >= (a->ifa_family == AF_INET ? 4 : 16))
		inet_ntop(a->ifa_family, nl_data(local), text, sizeof(text));
	snprintf(buf, len, "%s/%u", text, a->ifa_prefixlen);
}

static bool is_local(struct net_restore *r, const struct nlattr *addr)
{
	const struct rtmsg rt = { .rtm_family = AF_INET6, .rtm_dst_len = 128 };
	const struct rtmsg *found;
	struct nl_blob b;
	struct nl_msg m;
	bool local;

	nl_begin(&m, RTM_GETROUTE, 0, &rt, sizeof(rt));
	nl_put(&m, RTA_DST, nl_data(addr), nl_len(addr));
	if (nl_get(&r->nl, &m, &b))
		return false;
	found = nl_first(&b) ? nl_header(nl_first(&b), sizeof(*found)) : NULL;
	local = found && found->rtm_type == RTN_LOCAL;
	nl_blob_free(&b);
	return local;
}

static int wait_local(struct net_restore *r, const struct nlmsghdr *h)
{
	const struct timespec pause = { .tv_nsec = LOCAL_PAUSE_NS };
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	const struct nlattr *local = local_of(h);
	static unsigned int tries;

	/* A link-local one needs its interface to be looked up */
	if (a->ifa_family != AF_INET6 || a->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !local || addr_flags(h) & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return 0;
	while (!is_local(r, local) && tries++ < LOCAL_TRIES)
		nanosleep(&pause, NULL);
	return 0;
}

static int checked(struct net_restore *r, const struct nlmsghdr *h,
		   int (*do_it)(struct net_restore *r,
				const struct nlmsghdr *h))
{
	return nl_header(h, HDR) ? do_it(r, h) : -EBADMSG;
}

static int send_checked(struct net_restore *r, const struct nlmsghdr *h)
{
	return checked(r, h, send_addr);
}

static int wait_checked(struct net_restore *r, const struct nlmsghdr *h)
{
	return checked(r, h, wait_local);
}

void net_restore_addrs(struct net_restore *r)
{
	const struct net_kind kind = {
		.type = RTM_NEWADDR, .name = "address", .send = send_checked,
		.describe = describe_addr, .ifindex = addr_ifindex,
	};

	net_replay(r, &kind, 1);
}

/* With the interfaces up */
void net_wait_addrs(struct net_restore *r)
{
	const struct net_kind kind = {
		.type = RTM_NEWADDR, .name = "address", .send = wait_checked,
	};

	net_replay(r, &kind, 1);
}
