// SPDX-License-Identifier: GPL-2.0
/* Puts links back: attributes, names, flags, masters, and up or down. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "net_link.h"

#define FLAGS	(IFF_PROMISC | IFF_ALLMULTI | IFF_MULTICAST | IFF_NOARP | \
		 IFF_DEBUG | IFF_DYNAMIC)

/* What a set request takes as a dump gives it */
static const struct {
	uint16_t type;
	const char *name;
	bool ours;	/* the driver's handover has it for a preserved one */
} plain[] = {
	{ IFLA_MTU, "MTU", true },
	{ IFLA_TXQLEN, "txqueuelen", false },
	{ IFLA_GROUP, "group", false },
	{ IFLA_IFALIAS, "alias", false },
	{ IFLA_LINKMODE, "link mode", false },
	{ IFLA_PROTO_DOWN, "protodown", false },
	{ IFLA_GSO_MAX_SEGS, "gso_max_segs", false },
	{ IFLA_GSO_MAX_SIZE, "gso_max_size", false },
	{ IFLA_GRO_MAX_SIZE, "gro_max_size", false },
	{ 64, "gso_ipv4_max_size", false },
	{ 65, "gro_ipv4_max_size", false },
};

const struct nlattr *link_attr(const struct nlmsghdr *h, uint16_t type)
{
	return nl_attr(h, sizeof(struct ifinfomsg), type);
}

const struct nlattr *link_info(const struct nlmsghdr *h, uint16_t type)
{
	return nl_nested(link_attr(h, IFLA_LINKINFO), type);
}

const char *link_name(const struct nlmsghdr *h)
{
	return nl_str(link_attr(h, IFLA_IFNAME));
}

const char *link_kind(const struct nlmsghdr *h)
{
	return nl_str(link_info(h, IFLA_INFO_KIND));
}

const struct nlmsghdr *link_of(const struct net_record *rec,
			       const struct net_rec_link **head)
{
	const struct nlmsghdr *h;
	size_t len;

	if (rec->type != NET_REC_LINK)
		return NULL;
	*head = net_record_head(rec, sizeof(**head) + sizeof(*h));
	if (!*head)
		return NULL;
	h = (const void *)(*head + 1);
	len = rec->len - sizeof(**head);
	if (h->nlmsg_len > len || !nl_header(h, sizeof(struct ifinfomsg)))
		return NULL;
	return h;
}

int link_get(struct net_restore *r, uint32_t ifindex, struct nl_blob *now)
{
	struct nl_msg m;
	int err;

	link_begin(&m, ifindex);
	m.h.nlmsg_type = RTM_GETLINK;
	nl_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = nl_get(&r->nl, &m, now);
	if (!err && (!nl_first(now) ||
		     !nl_header(nl_first(now), sizeof(struct ifinfomsg))))
		err = -ENODEV;
	return err;
}

void link_begin(struct nl_msg *m, uint32_t ifindex)
{
	const struct ifinfomsg i = { .ifi_index = ifindex };

	nl_begin(m, RTM_NEWLINK, 0, &i, sizeof(i));
}

static void set_plain(struct net_restore *r, const struct nlmsghdr *was,
		      const struct nlmsghdr *now, uint32_t ifindex, bool ours)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		const struct nlattr *a = link_attr(was, plain[i].type);
		struct nl_msg m;
		int err;

		if (!a || (ours && plain[i].ours) ||
		    nl_equal(a, link_attr(now, plain[i].type)))
			continue;
		link_begin(&m, ifindex);
		nl_put_attr(&m, a);
		err = net_send(r, &m);
		if (err)
			net_tell(r, link_name(now), err, "%s", plain[i].name);
	}
}

static void set_flags(struct net_restore *r, const struct nlmsghdr *was,
		      const struct nlmsghdr *now, uint32_t ifindex)
{
	const struct ifinfomsg *w = NLMSG_DATA(was), *n = NLMSG_DATA(now);
	const struct ifinfomsg i = {
		.ifi_index = ifindex, .ifi_flags = w->ifi_flags & FLAGS,
		.ifi_change = (w->ifi_flags ^ n->ifi_flags) & FLAGS,
	};
	struct nl_msg m;
	int err;

	if (!i.ifi_change)
		return;
	nl_begin(&m, RTM_NEWLINK, 0, &i, sizeof(i));
	err = net_send(r, &m);
	if (err)
		net_tell(r, link_name(now), err, "flags 0x%x of 0x%x",
			 i.ifi_flags, i.ifi_change);
}

static void set_altnames(struct net_restore *r, const struct nlmsghdr *was,
			 const struct nlmsghdr *now, uint32_t ifindex)
{
	const struct nlattr *list = link_attr(was, IFLA_PROP_LIST);
	size_t len = list ? nl_len(list) : 0, nest;
	const struct nlattr *a = list ? nl_data(list) : NULL;
	struct nl_msg m;
	int err;

	nl_for_each_attr(a, len) {
		/* It is enough that it leads here */
		if (nl_type(a) != IFLA_ALT_IFNAME ||
		    if_nametoindex(nl_str(a)) == ifindex)
			continue;
		link_begin(&m, ifindex);
		m.h.nlmsg_type = RTM_NEWLINKPROP;
		m.h.nlmsg_flags = NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND;
		nest = nl_nest_begin(&m, IFLA_PROP_LIST);
		nl_put_attr(&m, a);
		nl_nest_end(&m, nest);
		err = net_send(r, &m);
		if (err)
			net_tell(r, link_name(now), err,
				 "alternative name %s", nl_str(a));
	}
}

static void set_attributes(struct net_restore *r,
			   const struct net_rec_link *head,
			   const struct nlmsghdr *was)
{
	const struct ifinfomsg *i = NLMSG_DATA(was);
	uint32_t ifindex = net_index(r, i->ifi_index);
	struct nl_blob now;
	int err;

	if (head->level && !ifindex)
		return;		/* told when it could not be made */
	err = ifindex ? link_get(r, ifindex, &now) : -ENODEV;
	if (err) {
		net_tell(r, link_name(was), err, "the interface");
		return;
	}
	set_plain(r, was, nl_first(&now), ifindex, !head->level);
	set_flags(r, was, nl_first(&now), ifindex);
	set_altnames(r, was, nl_first(&now), ifindex);
	if (head->level)
		link_converge(r, was, ifindex);
	nl_blob_free(&now);
}

static int set_master(struct net_restore *r, uint32_t ifindex, uint32_t master)
{
	struct nl_msg m;

	link_begin(&m, ifindex);
	nl_put_u32(&m, IFLA_MASTER, master);
	return net_send(r, &m);
}

static void enslave(struct net_restore *r, const struct nlmsghdr *was)
{
	uint32_t saved = nl_u32(link_attr(was, IFLA_MASTER)), ifindex, master;
	const struct ifinfomsg *i = NLMSG_DATA(was);
	char name[NET_NAME_LEN];
	struct nl_blob now;
	int err = 0;

	ifindex = net_index(r, i->ifi_index);
	if (!saved || !ifindex || link_get(r, ifindex, &now))
		return;
	master = net_index(r, saved);
	if (!master)
		err = -ENODEV;
	else if (nl_u32(link_attr(nl_first(&now), IFLA_MASTER)) != master)
		err = set_master(r, ifindex, master);
	if (err)
		net_tell(r, link_name(nl_first(&now)), err, "its master %s",
			 net_name(r, saved, name));
	else
		link_converge_slave(r, was, ifindex);
	nl_blob_free(&now);
}

static void each_link(struct net_restore *r,
		      void (*do_one)(struct net_restore *r,
				     const struct net_rec_link *head,
				     const struct nlmsghdr *h))
{
	const struct net_rec_link *head;
	const struct net_record *rec;

	net_for_each(rec, r->f) {
		const struct nlmsghdr *h = link_of(rec, &head);

		r->nl.why[0] = '\0';
		if (h)
			do_one(r, head, h);
	}
}

static void create_one(struct net_restore *r, const struct net_rec_link *head,
		       const struct nlmsghdr *h)
{
	if (head->level)
		link_create(r, head, h);
}

static void enslave_one(struct net_restore *r,
			const struct net_rec_link *head __attribute__((unused)),
			const struct nlmsghdr *h)
{
	enslave(r, h);
}

/* All that has to be there, and some of it set, before anything is up */
void net_restore_links(struct net_restore *r)
{
	each_link(r, create_one);
	net_restore_sysctls(r);
	each_link(r, set_attributes);
	each_link(r, enslave_one);
}

/* A bond takes its MAC address from its first slave, unless it had its own */
static void set_mac(struct net_restore *r, const struct nlmsghdr *was,
		    const struct nlmsghdr *now, uint32_t ifindex)
{
	const struct nlattr *a = link_attr(was, IFLA_ADDRESS);
	struct nl_msg m;
	int err;

	if (!a || nl_equal(a, link_attr(now, IFLA_ADDRESS)))
		return;
	link_begin(&m, ifindex);
	nl_put_attr(&m, a);
	err = net_send(r, &m);
	if (err)
		net_tell(r, link_name(now), err, "MAC address");
}

static void set_up(struct net_restore *r, const struct net_rec_link *head,
		   const struct nlmsghdr *was)
{
	const struct ifinfomsg *w = NLMSG_DATA(was);
	struct ifinfomsg i = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	const struct ifinfomsg *n;
	struct nl_blob now;
	struct nl_msg m;
	int err = 0;

	i.ifi_index = net_index(r, w->ifi_index);
	if (!i.ifi_index || link_get(r, i.ifi_index, &now))
		return;
	n = NLMSG_DATA(nl_first(&now));
	if (head->level) {
		/* Ports bring their own along */
		set_plain(r, was, nl_first(&now), i.ifi_index, false);
		set_mac(r, was, nl_first(&now), i.ifi_index);
	}
	if (w->ifi_flags & ~n->ifi_flags & IFF_UP) {
		nl_begin(&m, RTM_NEWLINK, 0, &i, sizeof(i));
		err = net_send(r, &m);
	}
	if (err)
		net_tell(r, link_name(nl_first(&now)), err, "up");
	if (!strcmp(link_kind(was), "bond"))
		link_bond_slaves(r, was, i.ifi_index);
	nl_blob_free(&now);
}

void net_restore_ups(struct net_restore *r)
{
	each_link(r, set_up);
}
