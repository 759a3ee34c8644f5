// SPDX-License-Identifier: GPL-2.0
/* Saves the preserved interfaces' links and those that stand on top of them. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "net_link.h"
#include "path.h"
#include "print.h"

#define NOT_OURS	UINT32_MAX
/* Nobody stacks more, and a loop of two namespaces' links ends */
#define MAX_LEVEL	16

struct link {
	const struct nlmsghdr *h;
	uint32_t ifindex;
	uint32_t lower;		/* what it stands on, 0: nothing here */
	uint32_t master;
	uint32_t level;
};

struct links {
	struct link *v;
	size_t n;
};

static bool read_link(const struct nlmsghdr *h, struct link *l)
{
	const struct ifinfomsg *i = nl_header(h, sizeof(*i));

	if (!i || h->nlmsg_type != RTM_NEWLINK)
		return false;
	*l = (struct link){
		.h = h, .ifindex = i->ifi_index, .level = NOT_OURS,
		.master = nl_u32(link_attr(h, IFLA_MASTER)),
	};
	/* The index is another namespace's */
	if (!link_attr(h, IFLA_LINK_NETNSID))
		l->lower = nl_u32(link_attr(h, IFLA_LINK));
	/* A veth's is its other end, which does not stand on it */
	if (l->lower == l->ifindex || !strcmp(link_kind(h), "veth"))
		l->lower = 0;
	return true;
}

static void read_links(struct links *ls, const struct nl_blob *b)
{
	const struct nlmsghdr *h;
	struct link l;

	nl_for_each(h, b) {
		if (!read_link(h, &l))
			continue;
		ls->v = reallocarray(ls->v, ls->n + 1, sizeof(l));
		if (!ls->v)
			abort();
		ls->v[ls->n++] = l;
	}
}

static struct link *find(const struct links *ls, uint32_t ifindex)
{
	for (size_t i = 0; i < ls->n; i++) {
		if (ifindex && ls->v[i].ifindex == ifindex)
			return &ls->v[i];
	}
	return NULL;
}

/* Whether @upper had to be moved above @lower */
static bool raise(struct link *upper, const struct link *lower)
{
	if (!upper || !lower || lower->level == NOT_OURS ||
	    lower->level >= MAX_LEVEL || upper->level == 0)
		return false;
	if (upper->level != NOT_OURS && upper->level > lower->level)
		return false;
	upper->level = lower->level + 1;
	return true;
}

static void set_levels(const struct net_save *s, struct links *ls)
{
	bool moved = true;

	for (size_t i = 0; i < ls->n; i++) {
		if (net_has(s, ls->v[i].ifindex))
			ls->v[i].level = 0;
	}
	while (moved) {
		moved = false;
		for (size_t i = 0; i < ls->n; i++) {
			struct link *l = &ls->v[i];

			if (l->lower)
				moved |= raise(l, find(ls, l->lower));
			if (l->master)
				moved |= raise(find(ls, l->master), l);
		}
	}
}

static bool has_own_mac(const char *ifname)
{
	FILE *f = fopen(path("/sys/class/net/%s/addr_assign_type", ifname).s,
			"re");
	int type = 0;

	if (f && fscanf(f, "%d", &type) != 1)
		type = 0;
	if (f)
		fclose(f);
	return type == NET_ADDR_SET;
}

static void tell_what_is_lost(const struct link *l)
{
	const struct nlattr *xdp = link_attr(l->h, IFLA_XDP);
	const struct nlattr *how = nl_nested(xdp, IFLA_XDP_ATTACHED);
	const char *name = link_name(l->h);

	if (how && nl_len(how) && *(const uint8_t *)nl_data(how))
		warn(&(struct problem){ .dev = name },
		     "the XDP program does not survive the update");
}

static void save_link(struct net_save *s, const struct link *l)
{
	const struct nlattr *mac = link_attr(l->h, IFLA_ADDRESS);
	struct net_rec_link rec = { .level = l->level };
	struct net_member *member;
	const char *name = link_name(l->h);

	if (l->level && !link_kind_is_known(l->h)) {
		warn(&(struct problem){ .dev = name },
		     "an interface of the kind '%s' is not saved",
		     link_kind(l->h));
		return;
	}
	if (has_own_mac(name))
		rec.flags |= NET_LINK_OWN_MAC;
	net_file_add(&s->f, NET_REC_LINK, &rec, sizeof(rec),
		     l->h, l->h->nlmsg_len);
	member = net_member(s, l->ifindex) ?:
		 net_add_member(s, l->ifindex, name);
	if (mac && nl_len(mac) == sizeof(member->mac))
		memcpy(member->mac, nl_data(mac), sizeof(member->mac));
	tell_what_is_lost(l);
}

static void save_name(struct net_save *s, const struct link *l)
{
	struct net_rec_name rec = { .ifindex = l->ifindex };

	snprintf(rec.ifname, sizeof(rec.ifname), "%s", link_name(l->h));
	net_file_add(&s->f, NET_REC_NAME, &rec, sizeof(rec), NULL, 0);
}

int net_save_links(struct net_save *s)
{
	struct ifinfomsg all = {};
	struct links ls = {};
	struct nl_blob b;
	struct nl_msg m;
	int err;

	nl_begin(&m, RTM_GETLINK, 0, &all, sizeof(all));
	nl_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = nl_dump(&s->nl, &m, &b);
	if (err)
		return err;

	read_links(&ls, &b);
	set_levels(s, &ls);
	for (size_t i = 0; i < ls.n; i++)
		save_name(s, &ls.v[i]);
	for (uint32_t level = 0; level <= MAX_LEVEL; level++) {
		for (size_t i = 0; i < ls.n; i++) {
			if (ls.v[i].level == level)
				save_link(s, &ls.v[i]);
		}
	}
	free(ls.v);
	nl_blob_free(&b);
	return 0;
}
