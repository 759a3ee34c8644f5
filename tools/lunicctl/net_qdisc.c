// SPDX-License-Identifier: GPL-2.0
/* Saves queueing disciplines, classes and filters, and puts them back. */
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <string.h>

#include "net.h"

#define HDR	sizeof(struct tcmsg)
#define CLS_FLAGS	(TCA_CLS_FLAGS_SKIP_HW | TCA_CLS_FLAGS_SKIP_SW)
/* Of classes; htb has 8 */
#define MAX_DEPTH	16
#define HANDLE(h)	((h) >> 16), ((h) & 0xffff)

static const uint16_t told[] = {
	TCA_STATS, TCA_XSTATS, TCA_STATS2, TCA_FCNT, 0 };

static uint32_t tc_ifindex(const struct nlmsghdr *h)
{
	const struct tcmsg *t = nl_header(h, HDR);

	return t ? (uint32_t)t->tcm_ifindex : 0;
}

static const char *tc_kind(const struct nlmsghdr *h)
{
	return nl_str(nl_attr(h, HDR, TCA_KIND));
}

/* The classes of other qdiscs come with these, by themselves */
static bool is_made(const struct nlmsghdr *h)
{
	static const char * const kinds[] = { "drr", "ets", "hfsc", "htb", "qfq" };

	if (h->nlmsg_type != RTM_NEWTCLASS)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(tc_kind(h), kinds[i]))
			return true;
	return false;
}

static const struct tcmsg *class_above(const struct nl_blob *b,
				       const struct tcmsg *t)
{
	const struct nlmsghdr *h;

	nl_for_each(h, b) {
		const struct tcmsg *p = nl_header(h, HDR);

		if (p && p != t && p->tcm_handle == t->tcm_parent &&
		    p->tcm_ifindex == t->tcm_ifindex &&
		    h->nlmsg_type == RTM_NEWTCLASS)
			return p;
	}
	return NULL;
}

/* How many classes of the dump stand above it */
static unsigned int depth_of(const struct nl_blob *b, const struct tcmsg *t)
{
	unsigned int depth = 0;

	while (depth < MAX_DEPTH - 1 && (t = class_above(b, t)))
		depth++;
	return depth;
}

static void keep_depth(struct net_save *s, const struct nl_blob *b,
		       unsigned int depth)
{
	const struct nlmsghdr *h;

	nl_for_each(h, b) {
		const struct tcmsg *t = nl_header(h, HDR);

		/* Those without a handle are the kernel's own choice */
		if (t && net_has(s, t->tcm_ifindex) && t->tcm_handle &&
		    is_made(h) && depth_of(b, t) == depth)
			net_keep(s, h);
	}
}

/* The upper ones first: htb puts a class whose parent is missing at the root */
static int save(struct net_save *s, uint16_t type, const struct tcmsg *which,
		struct nl_blob *b)
{
	int err = net_dump(s, type, which, sizeof(*which), b);

	for (unsigned int depth = 0; !err && depth < MAX_DEPTH; depth++)
		keep_depth(s, b, depth);
	return err;
}

static int save_filters(struct net_save *s, uint32_t ifindex, uint32_t parent)
{
	const struct tcmsg which = {
		.tcm_ifindex = ifindex, .tcm_parent = parent };
	struct nl_blob b;
	int err = save(s, RTM_GETTFILTER, &which, &b);

	/* Most take none */
	if (err)
		return 0;
	nl_blob_free(&b);
	return 0;
}

static int save_below(struct net_save *s, const struct nl_blob *qdiscs,
		      uint32_t ifindex)
{
	const struct tcmsg which = { .tcm_ifindex = ifindex };
	const struct nlmsghdr *h;
	struct nl_blob classes;
	int err = save(s, RTM_GETTCLASS, &which, &classes);

	if (err)
		return err;
	nl_for_each(h, qdiscs) {
		const struct tcmsg *t = nl_header(h, HDR);

		if (!t || t->tcm_ifindex != (int)ifindex || !t->tcm_handle)
			continue;
		if (!strcmp(tc_kind(h), "clsact")) {
			save_filters(s, ifindex,
				     TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
			save_filters(s, ifindex,
				     TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
		} else {
			save_filters(s, ifindex, t->tcm_handle);
		}
	}
	nl_for_each(h, &classes) {
		const struct tcmsg *t = nl_header(h, HDR);

		if (t)
			save_filters(s, ifindex, t->tcm_handle);
	}
	nl_blob_free(&classes);
	return 0;
}

int net_save_qdiscs(struct net_save *s)
{
	const struct tcmsg all = {};
	struct nl_blob qdiscs;
	int err = save(s, RTM_GETQDISC, &all, &qdiscs);

	for (size_t i = 0; i < s->n && !err; i++)
		err = save_below(s, &qdiscs, s->v[i].ifindex);
	nl_blob_free(&qdiscs);
	return err;
}

/* As the kernel has them now: what is there already stays as it is */
static struct nl_blob present;

static bool is_present(const struct tcmsg *t, const char *kind)
{
	const struct nlmsghdr *h;

	nl_for_each(h, &present) {
		const struct tcmsg *p = nl_header(h, HDR);

		if (p && h->nlmsg_type == RTM_NEWQDISC &&
		    p->tcm_ifindex == t->tcm_ifindex &&
		    p->tcm_handle == t->tcm_handle &&
		    p->tcm_parent == t->tcm_parent &&
		    !strcmp(tc_kind(h), kind))
			return true;
	}
	return false;
}

/* Within actions indexes can't be told from other numbers */
static bool has_index_inside(const struct nlmsghdr *h)
{
	return memmem(h, h->nlmsg_len, "mirred", sizeof("mirred"));
}

static bool indexes_are_the_same(const struct net_restore *r)
{
	const struct net_record *rec;

	net_for_each(rec, r->f) {
		const struct net_rec_name *n = net_record_head(rec, sizeof(*n));
		uint32_t now;

		if (rec->type != NET_REC_NAME || !n)
			continue;
		now = net_index(r, n->ifindex);
		if (now && now != n->ifindex)
			return false;
	}
	return true;
}

/* The table that every filter of u32 comes with; others have more buckets */
static bool is_u32_root(const struct nlmsghdr *h)
{
	const struct nlattr *options = nl_attr(h, HDR, TCA_OPTIONS);

	return !strcmp(tc_kind(h), "u32") &&
	       nl_u32(nl_nested(options, TCA_U32_DIVISOR)) == 1;
}

static uint32_t *number(const struct nlattr *options, uint16_t type)
{
	const struct nlattr *a = nl_nested(options, type);

	return a && nl_len(a) >= 4 ? (uint32_t *)nl_data(a) : NULL;
}

/* A request must have it otherwise than a dump tells it: htb's version without
 * the minor one, CoDel's times in whole units, filters without what became of
 * them in hardware
 */
static void unlike_dump(struct nl_msg *m)
{
	static const struct {
		uint16_t message;
		const char *kind;
		uint16_t type;
		uint32_t add, keep;
		int shift;
	} changes[] = {
		{ RTM_NEWQDISC, "htb", TCA_HTB_INIT, 0, ~0U, 16 },
		{ RTM_NEWQDISC, "codel", TCA_CODEL_TARGET, 1, ~0U, 0 },
		{ RTM_NEWQDISC, "codel", TCA_CODEL_INTERVAL, 1, ~0U, 0 },
		{ RTM_NEWQDISC, "fq_codel", TCA_FQ_CODEL_TARGET, 1, ~0U, 0 },
		{ RTM_NEWQDISC, "fq_codel", TCA_FQ_CODEL_INTERVAL, 1, ~0U, 0 },
		{ RTM_NEWTFILTER, "u32", TCA_U32_FLAGS, 0, CLS_FLAGS, 0 },
		{ RTM_NEWTFILTER, "matchall", TCA_MATCHALL_FLAGS, 0, CLS_FLAGS, 0 },
		{ RTM_NEWTFILTER, "flower", TCA_FLOWER_FLAGS, 0, CLS_FLAGS, 0 },
	};
	const struct nlattr *options = nl_attr(&m->h, HDR, TCA_OPTIONS);

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint32_t *n;

		if (changes[i].message != m->h.nlmsg_type ||
		    strcmp(changes[i].kind, tc_kind(&m->h)))
			continue;
		n = number(options, changes[i].type);
		if (n)
			*n = ((*n + changes[i].add) & changes[i].keep) >>
			     changes[i].shift;
	}
}

static int send_tc(struct net_restore *r, const struct nlmsghdr *h)
{
	uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
	const struct tcmsg *was = nl_header(h, HDR);
	struct tcmsg *t;
	struct nl_msg m;

	if (!was)
		return -EBADMSG;
	if (h->nlmsg_type == RTM_NEWQDISC)
		flags = NLM_F_CREATE | NLM_F_REPLACE;
	nl_copy(&m, h, HDR, flags, told);
	unlike_dump(&m);
	t = NLMSG_DATA(&m.h);
	t->tcm_ifindex = net_index(r, was->tcm_ifindex);
	if (!t->tcm_ifindex)
		return -ENODEV;
	if (h->nlmsg_type == RTM_NEWQDISC) {
		t->tcm_info = 0;	/* was: references */
		if (is_present(t, tc_kind(h)))
			return 0;
	}
	if (h->nlmsg_type == RTM_NEWTFILTER) {
		if (is_u32_root(h))
			return 0;
		if (has_index_inside(h) && !indexes_are_the_same(r))
			return -EXDEV;
	}
	return net_send(r, &m);
}

static void describe_tc(const struct nlmsghdr *h, char *buf, size_t len)
{
	const struct tcmsg *t = nl_header(h, HDR);

	if (t)
		snprintf(buf, len, "%s %x:%x parent %x:%x", tc_kind(h),
			 HANDLE(t->tcm_handle), HANDLE(t->tcm_parent));
}

/* A class needs its qdisc, a qdisc its parent's class, a filter both */
void net_restore_qdiscs(struct net_restore *r)
{
	static const struct net_kind trees[] = {
		{ RTM_NEWQDISC, "qdisc", send_tc, describe_tc, tc_ifindex },
		{ RTM_NEWTCLASS, "class", send_tc, describe_tc, tc_ifindex },
	};
	static const struct net_kind filter = {
		RTM_NEWTFILTER, "filter", send_tc, describe_tc, tc_ifindex };
	const struct tcmsg all = {};
	struct nl_msg m;

	nl_begin(&m, RTM_GETQDISC, 0, &all, sizeof(all));
	/* Without the list, all are set anew */
	nl_dump(&r->nl, &m, &present);
	net_replay(r, trees, 2);
	net_replay(r, &filter, 1);
	nl_blob_free(&present);
}
