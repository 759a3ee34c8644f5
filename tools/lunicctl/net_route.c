// SPDX-License-Identifier: GPL-2.0
/* Saves routes, nexthops and rules of the interfaces, and puts them back. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/nexthop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_link.h"

#define HDR		sizeof(struct rtmsg)
#define RULE_HDR	sizeof(struct fib_rule_hdr)
#define NH_HDR		sizeof(struct nhmsg)
#define CLOCK		100	/* USER_HZ */
/* What a request may set; the others are the kernel's view */
#define NH_FLAGS	(RTNH_F_PERVASIVE | RTNH_F_ONLINK)

struct tables {
	uint32_t *v;
	size_t n;
};

static uint32_t route_table(const struct nlmsghdr *h)
{
	const struct rtmsg *rt = NLMSG_DATA(h);
	const struct nlattr *a = nl_attr(h, HDR, RTA_TABLE);

	return a ? nl_u32(a) : rt->rtm_table;
}

static uint32_t route_ifindex(const struct nlmsghdr *h)
{
	return nl_u32(nl_attr(h, HDR, RTA_OIF));
}

static bool next_hop(const struct rtnexthop **nh, size_t *len, bool first)
{
	if (!first) {
		size_t step = NLMSG_ALIGN((*nh)->rtnh_len);

		*len -= step < *len ? step : *len;
		*nh = (const void *)((const char *)*nh + step);
	}
	return *len >= sizeof(**nh) && (*nh)->rtnh_len >= sizeof(**nh) &&
	       (*nh)->rtnh_len <= *len;
}

static bool is_through_us(const struct net_save *s, const struct nlmsghdr *h)
{
	const struct nlattr *multi = nl_attr(h, HDR, RTA_MULTIPATH);
	const struct rtnexthop *nh = multi ? nl_data(multi) : NULL;
	size_t len = multi ? nl_len(multi) : 0;

	if (net_has(s, route_ifindex(h)))
		return true;
	for (bool ok = nh && next_hop(&nh, &len, true); ok;
	     ok = next_hop(&nh, &len, false)) {
		if (net_has(s, nh->rtnh_ifindex))
			return true;
	}
	return false;
}

/* The kernel makes those of table local along with the addresses */
static bool is_worth_saving(const struct net_save *s, const struct nlmsghdr *h)
{
	const struct rtmsg *rt = nl_header(h, HDR);

	if (!rt || h->nlmsg_type != RTM_NEWROUTE ||
	    rt->rtm_flags & RTM_F_CLONED)
		return false;
	if (route_table(h) == RT_TABLE_LOCAL &&
	    rt->rtm_protocol == RTPROT_KERNEL)
		return false;
	return is_through_us(s, h);
}

static void add_table(struct tables *t, uint32_t table)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i] == table)
			return;
	}
	t->v = reallocarray(t->v, t->n + 1, sizeof(*t->v));
	if (!t->v)
		abort();
	t->v[t->n++] = table;
}

static int save_routes(struct net_save *s, struct tables *t)
{
	const struct rtmsg all = {};
	const struct nlmsghdr *h;
	struct nl_blob b;
	int err = net_dump(s, RTM_GETROUTE, &all, sizeof(all), &b);

	if (err)
		return err;
	nl_for_each(h, &b) {
		if (!is_worth_saving(s, h))
			continue;
		net_keep(s, h);
		if (route_table(h) < RT_TABLE_DEFAULT ||
		    route_table(h) > RT_TABLE_LOCAL)
			add_table(t, route_table(h));
	}
	nl_blob_free(&b);
	return 0;
}

/* Rules that name an interface of ours, or lead to a table with its routes */
static bool is_our_rule(const struct net_save *s, const struct tables *t,
			const struct nlmsghdr *h)
{
	const struct fib_rule_hdr *rule = nl_header(h, RULE_HDR);
	const struct nlattr *a;
	uint32_t table;

	if (!rule || h->nlmsg_type != RTM_NEWRULE)
		return false;
	if (net_has_name(s, nl_str(nl_attr(h, RULE_HDR, FRA_IIFNAME))) ||
	    net_has_name(s, nl_str(nl_attr(h, RULE_HDR, FRA_OIFNAME))))
		return true;
	a = nl_attr(h, RULE_HDR, FRA_TABLE);
	table = a ? nl_u32(a) : rule->table;
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i] == table)
			return true;
	}
	return false;
}

static int save_rules(struct net_save *s, const struct tables *t)
{
	const struct fib_rule_hdr all = {};
	const struct nlmsghdr *h;
	struct nl_blob b;
	int err = net_dump(s, RTM_GETRULE, &all, sizeof(all), &b);

	if (err)
		return err;
	nl_for_each(h, &b) {
		if (is_our_rule(s, t, h))
			net_keep(s, h);
	}
	nl_blob_free(&b);
	return 0;
}

/* Groups stay behind their members, as the kernel sorts by number: replayed
 * until they fit
 */
static int save_nexthops(struct net_save *s)
{
	const struct nhmsg all = {};
	const struct nlmsghdr *h;
	struct nl_blob b;
	int err = net_dump(s, RTM_GETNEXTHOP, &all, sizeof(all), &b);

	if (err)
		return err;
	nl_for_each(h, &b) {
		if (h->nlmsg_type == RTM_NEWNEXTHOP && nl_header(h, NH_HDR) &&
		    (nl_attr(h, NH_HDR, NHA_GROUP) ||
		     net_has(s, nl_u32(nl_attr(h, NH_HDR, NHA_OIF)))))
			net_keep(s, h);
	}
	nl_blob_free(&b);
	return 0;
}

int net_save_routes(struct net_save *s)
{
	struct tables t = {};
	int err = save_nexthops(s);

	err = err ?: save_routes(s, &t);
	err = err ?: save_rules(s, &t);
	free(t.v);
	return err;
}

static bool is_member(const struct net_restore *r, uint32_t saved)
{
	const struct net_rec_link *head;
	const struct net_record *rec;

	net_for_each(rec, r->f) {
		const struct nlmsghdr *h = link_of(rec, &head);
		const struct ifinfomsg *i = h ? NLMSG_DATA(h) : NULL;

		if (i && (uint32_t)i->ifi_index == saved)
			return true;
	}
	return false;
}

/* Nexthops whose interface is not there are left out, or with @ours all but
 * those through what was saved; returns how many are left
 */
static unsigned int put_multipath(struct net_restore *r, struct nl_msg *m,
				  const struct nlattr *multi, bool ours,
				  unsigned int *left_out)
{
	const struct rtnexthop *nh = nl_data(multi);
	size_t len = nl_len(multi), used = 0;
	unsigned int n = 0;
	char buf[4096];

	for (bool ok = next_hop(&nh, &len, true); ok;
	     ok = next_hop(&nh, &len, false)) {
		uint32_t ifindex = net_index(r, nh->rtnh_ifindex);
		struct rtnexthop *copy = (void *)(buf + used);

		if (!ifindex || (ours && !is_member(r, nh->rtnh_ifindex)) ||
		    NLMSG_ALIGN(nh->rtnh_len) > sizeof(buf) - used) {
			++*left_out;
			continue;
		}
		memcpy(copy, nh, nh->rtnh_len);
		copy->rtnh_ifindex = ifindex;
		copy->rtnh_flags &= NH_FLAGS;
		used += NLMSG_ALIGN(nh->rtnh_len);
		n++;
	}
	nl_put(m, RTA_MULTIPATH, buf, used);
	return n;
}

/* False where the route has expired meanwhile */
static bool put_expiry(struct nl_msg *m, const struct net_restore *r,
		       const struct nlmsghdr *h)
{
	const struct nlattr *a = nl_attr(h, HDR, RTA_CACHEINFO);
	struct rta_cacheinfo ci;

	if (!a || nl_len(a) < sizeof(ci))
		return true;
	memcpy(&ci, nl_data(a), sizeof(ci));
	if (!ci.rta_expires)
		return true;
	if (ci.rta_expires / CLOCK <= (int64_t)r->elapsed_s)
		return false;
	nl_put_u32(m, RTA_EXPIRES, ci.rta_expires / CLOCK - r->elapsed_s);
	return true;
}

static void describe_route(const struct nlmsghdr *h, char *buf, size_t len)
{
	const struct nlattr *dst = nl_attr(h, HDR, RTA_DST);
	const struct rtmsg *rt = nl_header(h, HDR);
	char text[INET6_ADDRSTRLEN] = "default";

	if (!rt)
		return;
	if (dst && nl_len(dst) >= (rt->rtm_family == AF_INET ? 4 : 16))
		inet_ntop(rt->rtm_family, nl_data(dst), text, sizeof(text));
	snprintf(buf, len, "%s/%u table %u", text, rt->rtm_dst_len,
		 route_table(h));
}

/* 1: it has expired meanwhile */
static int make_route(struct net_restore *r, struct nl_msg *m,
		      const struct nlmsghdr *h, bool ours,
		      unsigned int *left_out)
{
	/* A nexthop object has the last four */
	static const uint16_t drop[] = {
		RTA_CACHEINFO, RTA_OIF, RTA_MULTIPATH, RTA_EXPIRES, 0 };
	static const uint16_t drop_hop[] = {
		RTA_CACHEINFO, RTA_OIF, RTA_MULTIPATH, RTA_EXPIRES,
		RTA_GATEWAY, RTA_VIA, RTA_ENCAP, RTA_ENCAP_TYPE, 0 };
	const struct nlattr *multi = nl_attr(h, HDR, RTA_MULTIPATH);
	bool object = nl_attr(h, HDR, RTA_NH_ID);
	uint32_t oif = net_index(r, route_ifindex(h));
	struct rtmsg *rt;

	nl_copy(m, h, HDR, NLM_F_CREATE, object ? drop_hop : drop);
	rt = NLMSG_DATA(&m->h);
	rt->rtm_flags &= object ? 0 : NH_FLAGS;
	/* What is the same is refused, what differs stays beside it */
	if (rt->rtm_family == AF_INET)
		m->h.nlmsg_flags |= NLM_F_APPEND;
	if (!put_expiry(m, r, h))
		return 1;
	if (object)
		return 0;
	if (oif)
		nl_put_u32(m, RTA_OIF, oif);
	else if (route_ifindex(h))
		return -ENODEV;
	if (multi && !put_multipath(r, m, multi, ours, left_out))
		return -ENODEV;
	return 0;
}

static int try_route(struct net_restore *r, const struct nlmsghdr *h, bool ours)
{
	unsigned int left_out = 0;
	char what[INET6_ADDRSTRLEN + 32] = "";
	struct nl_msg m;
	int err = make_route(r, &m, h, ours, &left_out);

	if (err)
		return err < 0 ? err : 0;
	err = net_send(r, &m);
	if (!err && left_out) {
		describe_route(h, what, sizeof(what));
		net_tell(r, NULL, 0, "%u of the nexthops of route %s",
			 left_out, what);
	}
	return err;
}

/* Interfaces that were not preserved may not be up yet */
static int send_route(struct net_restore *r, const struct nlmsghdr *h)
{
	int err;

	if (!nl_header(h, HDR))
		return -EBADMSG;
	err = try_route(r, h, false);
	if (err && err != -EEXIST && nl_attr(h, HDR, RTA_MULTIPATH))
		err = try_route(r, h, true);
	return err;
}

static int send_rule(struct net_restore *r, const struct nlmsghdr *h)
{
	struct fib_rule_hdr *rule;
	struct nl_msg m;

	if (!nl_header(h, RULE_HDR))
		return -EBADMSG;
	nl_copy(&m, h, RULE_HDR, NLM_F_CREATE | NLM_F_EXCL, NULL);
	rule = NLMSG_DATA(&m.h);
	rule->flags &= FIB_RULE_INVERT;
	return net_send(r, &m);
}

static void describe_rule(const struct nlmsghdr *h, char *buf, size_t len)
{
	if (nl_header(h, RULE_HDR))
		snprintf(buf, len, "%u",
			 nl_u32(nl_attr(h, RULE_HDR, FRA_PRIORITY)));
}

static int send_nexthop(struct net_restore *r, const struct nlmsghdr *h)
{
	static const uint16_t drop[] = { NHA_OIF, 14 /* NHA_OP_FLAGS */,
					 15 /* NHA_GROUP_STATS */,
					 17 /* NHA_HW_STATS_USED */, 0 };
	uint32_t saved = nl_u32(nl_attr(h, NH_HDR, NHA_OIF));
	struct nhmsg *nh;
	struct nl_msg m;

	if (!nl_header(h, NH_HDR))
		return -EBADMSG;
	nl_copy(&m, h, NH_HDR, NLM_F_CREATE | NLM_F_EXCL, drop);
	nh = NLMSG_DATA(&m.h);
	nh->nh_scope = 0;
	nh->nh_flags &= NH_FLAGS;
	if (saved)
		nl_put_u32(&m, NHA_OIF, net_index(r, saved));
	return net_send(r, &m);
}

static void describe_nexthop(const struct nlmsghdr *h, char *buf, size_t len)
{
	if (nl_header(h, NH_HDR))
		snprintf(buf, len, "%u", nl_u32(nl_attr(h, NH_HDR, NHA_ID)));
}

void net_restore_routes(struct net_restore *r)
{
	static const struct net_kind nexthop = {
		RTM_NEWNEXTHOP, "nexthop", send_nexthop, describe_nexthop, NULL };
	static const struct net_kind route = {
		RTM_NEWROUTE, "route", send_route, describe_route,
		route_ifindex };
	static const struct net_kind rule = {
		RTM_NEWRULE, "rule", send_rule, describe_rule, NULL };

	net_replay(r, &nexthop, 1);
	net_replay(r, &route, 1);
	net_replay(r, &rule, 1);
}
