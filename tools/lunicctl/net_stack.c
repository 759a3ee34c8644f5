// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the links that stand on preserved ones, and sets their kind's own
 * options: as a whole where the kernel takes that, else one by one.
 */
#include <errno.h>
#include <linux/if_vlan.h>
#include <net/if.h>
#include <string.h>

#include "net_link.h"

#define PASSES	3

/* What a dump tells but no request may: refused, or of no effect */
static const uint16_t bond_told[] = {
	IFLA_BOND_MODE, IFLA_BOND_ACTIVE_SLAVE, IFLA_BOND_PRIMARY,
	IFLA_BOND_AD_INFO, 0 };
static const uint16_t bridge_told[] = {
	IFLA_BR_ROOT_ID, IFLA_BR_BRIDGE_ID, IFLA_BR_ROOT_PORT,
	IFLA_BR_ROOT_PATH_COST, IFLA_BR_TOPOLOGY_CHANGE,
	IFLA_BR_TOPOLOGY_CHANGE_DETECTED, IFLA_BR_HELLO_TIMER,
	IFLA_BR_TCN_TIMER, IFLA_BR_TOPOLOGY_CHANGE_TIMER, IFLA_BR_GC_TIMER,
	IFLA_BR_MCAST_QUERIER_STATE, 48 /* IFLA_BR_FDB_N_LEARNED */, 0 };
static const uint16_t macvlan_told[] = {
	IFLA_MACVLAN_MACADDR_COUNT, 8 /* IFLA_MACVLAN_BC_QUEUE_LEN_USED */, 0 };
static const uint16_t bond_slave_told[] = {
	IFLA_BOND_SLAVE_STATE, IFLA_BOND_SLAVE_MII_STATUS,
	IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, IFLA_BOND_SLAVE_PERM_HWADDR,
	IFLA_BOND_SLAVE_AD_AGGREGATOR_ID,
	IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE,
	IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE, 0 };
static const uint16_t bridge_port_told[] = {
	IFLA_BRPORT_STATE, IFLA_BRPORT_ROOT_ID, IFLA_BRPORT_BRIDGE_ID,
	IFLA_BRPORT_DESIGNATED_PORT, IFLA_BRPORT_DESIGNATED_COST,
	IFLA_BRPORT_ID, IFLA_BRPORT_NO, IFLA_BRPORT_TOPOLOGY_CHANGE_ACK,
	IFLA_BRPORT_CONFIG_PENDING, IFLA_BRPORT_MESSAGE_AGE_TIMER,
	IFLA_BRPORT_FORWARD_DELAY_TIMER, IFLA_BRPORT_HOLD_TIMER,
	IFLA_BRPORT_FLUSH, IFLA_BRPORT_MULTICAST_ROUTER,
	IFLA_BRPORT_MCAST_EHT_HOSTS_CNT, 41 /* IFLA_BRPORT_MCAST_N_GROUPS */,
	0 };

static const struct kind {
	const char *name;
	const uint16_t *told;
	const uint16_t *port_told;
	bool stepwise;	/* options depend on each other and on the mode */
} kinds[] = {
	{ "vlan", NULL, NULL, false },
	{ "bond", bond_told, bond_slave_told, true },
	{ "bridge", bridge_told, bridge_port_told, false },
	{ "macvlan", macvlan_told, NULL, false },
	{ "macvtap", macvlan_told, NULL, false },
	{ "ipvlan", NULL, NULL, false },
	{ "vrf", NULL, NULL, false },
};

static const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}

bool link_kind_is_known(const struct nlmsghdr *h)
{
	return kind_named(link_kind(h));
}

static bool is_in(const uint16_t *list, uint16_t type)
{
	for (; list && *list; list++) {
		if (*list == type)
			return true;
	}
	return false;
}

/* A VLAN without flags is told without them, and made with one */
static void put_vlan_flags(struct nl_msg *m, const struct nlattr *data)
{
	const struct ifla_vlan_flags none = { .mask = VLAN_FLAG_REORDER_HDR };

	if (!nl_nested(data, IFLA_VLAN_FLAGS))
		nl_put(m, IFLA_VLAN_FLAGS, &none, sizeof(none));
}

/* With @bare, only what can't be set later */
static void put_info(struct nl_msg *m, const struct nlmsghdr *h,
		     const struct kind *k, bool bare)
{
	const struct nlattr *data = link_info(h, IFLA_INFO_DATA);
	size_t len = data ? nl_len(data) : 0;
	const struct nlattr *a = data ? nl_data(data) : NULL;
	size_t info = nl_nest_begin(m, IFLA_LINKINFO), nest;

	nl_put(m, IFLA_INFO_KIND, k->name, strlen(k->name) + 1);
	nest = nl_nest_begin(m, IFLA_INFO_DATA);
	nl_for_each_attr(a, len) {
		/* Every kind has what makes it what it is as number 1 */
		if (bare ? nl_type(a) == 1 : !is_in(k->told, nl_type(a)))
			nl_put_attr(m, a);
	}
	if (!strcmp(k->name, "vlan"))
		put_vlan_flags(m, data);
	nl_nest_end(m, nest);
	nl_nest_end(m, info);
}

static void put_new(struct net_restore *r, struct nl_msg *m,
		    const struct net_rec_link *head, const struct nlmsghdr *h,
		    uint32_t ifindex, bool bare)
{
	const uint32_t lower = nl_u32(link_attr(h, IFLA_LINK));
	static const uint16_t as_they_are[] = {
		IFLA_IFNAME, IFLA_MTU, IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES };

	link_begin(m, ifindex);
	m->h.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	for (size_t i = 0; i < 4; i++) {
		const struct nlattr *a = link_attr(h, as_they_are[i]);

		if (a)
			nl_put_attr(m, a);
	}
	if (lower)
		nl_put_u32(m, IFLA_LINK, net_index(r, lower));
	if (head->flags & NET_LINK_OWN_MAC && link_attr(h, IFLA_ADDRESS))
		nl_put_attr(m, link_attr(h, IFLA_ADDRESS));
	put_info(m, h, kind_named(link_kind(h)), bare);
}

/* With its old index, unless that is taken */
static int create(struct net_restore *r, const struct net_rec_link *head,
		  const struct nlmsghdr *h, bool bare)
{
	const struct ifinfomsg *i = NLMSG_DATA(h);
	struct nl_msg m;
	int err;

	put_new(r, &m, head, h, i->ifi_index, bare);
	err = net_send(r, &m);
	if (err == -EEXIST || err == -EBUSY) {
		put_new(r, &m, head, h, 0, bare);
		err = net_send(r, &m);
	}
	return err;
}

/* As a whole, or first of all what can't be changed any more */
void link_create(struct net_restore *r, const struct net_rec_link *head,
		 const struct nlmsghdr *h)
{
	int err;

	if (if_nametoindex(link_name(h)))
		return;
	if (!link_kind_is_known(h)) {
		net_tell(r, link_name(h), -EOPNOTSUPP,
			 "the interface, of the kind '%s'", link_kind(h));
		return;
	}
	err = create(r, head, h, kind_named(link_kind(h))->stepwise);
	if (err)
		err = create(r, head, h, true);
	if (err)
		net_tell(r, link_name(h), err, "the interface");
}

struct converge {
	const struct nlmsghdr *was;
	uint32_t ifindex;
	uint16_t kind, data;	/* IFLA_INFO_KIND and _DATA, or the slave's */
	const uint16_t *told;
};

static int set_one(struct net_restore *r, const struct converge *c,
		   const struct nlattr *a)
{
	size_t info, nest;
	struct nl_msg m;

	link_begin(&m, c->ifindex);
	info = nl_nest_begin(&m, IFLA_LINKINFO);
	nl_put_attr(&m, link_info(c->was, c->kind));
	nest = nl_nest_begin(&m, c->data);
	nl_put_attr(&m, a);
	nl_nest_end(&m, nest);
	nl_nest_end(&m, info);
	return net_send(r, &m);
}

/* How many options are still not as they were and can't be set */
static size_t converge_once(struct net_restore *r, const struct converge *c,
			    bool tell)
{
	const struct nlattr *was = link_info(c->was, c->data), *a;
	size_t failed = 0, len = nl_len(was);
	struct nl_blob now;
	int err = link_get(r, c->ifindex, &now);

	if (err)
		return 0;
	a = nl_data(was);
	nl_for_each_attr(a, len) {
		const struct nlattr *is = link_info(nl_first(&now), c->data);

		if (is_in(c->told, nl_type(a)) ||
		    nl_equal(a, nl_nested(is, nl_type(a))))
			continue;
		err = set_one(r, c, a);
		if (err && tell)
			net_tell(r, link_name(nl_first(&now)), err,
				 "%s option %u",
				 nl_str(link_info(c->was, c->kind)),
				 nl_type(a));
		failed += !!err;
	}
	nl_blob_free(&now);
	return failed;
}

/* Some options can be set only after others */
static void converge(struct net_restore *r, const struct converge *c)
{
	size_t failed = 1;

	if (!link_info(c->was, c->kind) || !link_info(c->was, c->data))
		return;
	for (int i = 1; i <= PASSES && failed; i++)
		failed = converge_once(r, c, i == PASSES);
}

void link_converge(struct net_restore *r, const struct nlmsghdr *h,
		   uint32_t ifindex)
{
	const struct kind *k = kind_named(link_kind(h));
	const struct converge c = {
		.was = h, .ifindex = ifindex,
		.kind = IFLA_INFO_KIND, .data = IFLA_INFO_DATA,
		.told = k ? k->told : NULL,
	};

	if (k)
		converge(r, &c);
}

void link_converge_slave(struct net_restore *r, const struct nlmsghdr *h,
			 uint32_t ifindex)
{
	const struct nlattr *name = link_info(h, IFLA_INFO_SLAVE_KIND);
	const struct kind *k = kind_named(nl_str(name));
	const struct converge c = {
		.was = h, .ifindex = ifindex,
		.kind = IFLA_INFO_SLAVE_KIND, .data = IFLA_INFO_SLAVE_DATA,
		.told = k ? k->port_told : NULL,
	};

	if (k)
		converge(r, &c);
}

/* Slaves by name: they may have other indexes now, or not be there yet */
void link_bond_slaves(struct net_restore *r, const struct nlmsghdr *h,
		      uint32_t ifindex)
{
	static const uint16_t types[] = {
		IFLA_BOND_PRIMARY, IFLA_BOND_ACTIVE_SLAVE };
	const struct nlattr *data = link_info(h, IFLA_INFO_DATA);
	char name[NET_NAME_LEN];

	for (size_t i = 0; i < 2; i++) {
		uint32_t saved = nl_u32(nl_nested(data, types[i])), now;
		size_t info, nest;
		struct nl_msg m;
		int err;

		if (!saved)
			continue;
		now = net_index(r, saved);
		link_begin(&m, ifindex);
		info = nl_nest_begin(&m, IFLA_LINKINFO);
		nl_put(&m, IFLA_INFO_KIND, "bond", 5);
		nest = nl_nest_begin(&m, IFLA_INFO_DATA);
		nl_put_u32(&m, types[i], now);
		nl_nest_end(&m, nest);
		nl_nest_end(&m, info);
		err = now ? net_send(r, &m) : -ENODEV;
		if (err)
			net_tell(r, link_name(h), err, "%s slave %s",
				 i ? "active" : "primary",
				 net_name(r, saved, name));
	}
}
