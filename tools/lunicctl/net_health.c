// SPDX-License-Identifier: GPL-2.0
/* Saves the settings of a device's health reporters, and puts them back. */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <string.h>

#include "net.h"

#define BUS	"pci"
/* DEVLINK_ATTR_HEALTH_REPORTER_BURST_PERIOD, which older headers don't have */
#define ATTR_BURST_PERIOD	181

/* What tells which one it is, then all that can be set */
static const uint16_t kept[] = {
	DEVLINK_ATTR_HEALTH_REPORTER_NAME,
	DEVLINK_ATTR_HEALTH_REPORTER_GRACEFUL_PERIOD,
	DEVLINK_ATTR_HEALTH_REPORTER_AUTO_RECOVER,
	DEVLINK_ATTR_HEALTH_REPORTER_AUTO_DUMP,
	ATTR_BURST_PERIOD,
};

static void put_str(struct nl_msg *m, uint16_t type, const char *s)
{
	nl_put(m, type, s, strlen(s) + 1);
}

static void begin(struct nl_msg *m, uint16_t family, uint8_t cmd)
{
	const struct genlmsghdr g = { .cmd = cmd, .version = 1 };

	nl_begin(m, family, 0, &g, sizeof(g));
}

static void begin_device(struct nl_msg *m, uint16_t family, uint8_t cmd,
			 const char *pci)
{
	begin(m, family, cmd);
	put_str(m, DEVLINK_ATTR_BUS_NAME, BUS);
	put_str(m, DEVLINK_ATTR_DEV_NAME, pci);
}

/* 0: a kernel without devlink */
static uint16_t open_devlink(struct nl *nl)
{
	const struct nlmsghdr *h;
	const struct nlattr *id = NULL;
	struct nl_blob out = {};
	uint16_t family = 0;
	struct nl_msg m;

	if (nl_open(nl, NETLINK_GENERIC))
		return 0;
	begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put_str(&m, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
	if (!nl_get(nl, &m, &out)) {
		h = nl_first(&out);
		if (h)
			id = nl_attr(h, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
		if (id && nl_len(id) >= sizeof(family))
			memcpy(&family, nl_data(id), sizeof(family));
	}
	nl_blob_free(&out);
	return family;
}

/* A kernel that does not filter the dump tells of all devices */
static bool is_of(const struct nlmsghdr *h, const char *pci)
{
	const struct nlattr *bus = nl_attr(h, GENL_HDRLEN,
					   DEVLINK_ATTR_BUS_NAME);
	const struct nlattr *dev = nl_attr(h, GENL_HDRLEN,
					   DEVLINK_ATTR_DEV_NAME);

	return bus && dev && !strcmp(nl_str(bus), BUS) &&
	       !strcmp(nl_str(dev), pci);
}

/* As a message, so that its attributes can be read and sent as they are */
static void save_reporter(struct net_save *s, uint32_t ifindex,
			  const struct nlmsghdr *h)
{
	const struct nlattr *nest, *a;
	struct net_rec_health rec = { .ifindex = ifindex };
	struct nl_msg m;

	nest = nl_attr(h, GENL_HDRLEN, DEVLINK_ATTR_HEALTH_REPORTER);
	if (!nest)
		return;
	begin(&m, 0, DEVLINK_CMD_HEALTH_REPORTER_SET);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		a = nl_nested(nest, kept[i]);
		if (a)
			nl_put_attr(&m, a);
	}
	if (!m.full)
		net_file_add(&s->f, NET_REC_HEALTH, &rec, sizeof(rec),
			     m.b, m.h.nlmsg_len);
}

void net_save_health(struct net_save *s, const struct dev *d, uint32_t ifindex)
{
	struct nl_blob out = {};
	const struct nlmsghdr *h;
	struct nl_msg m;
	uint16_t family;
	struct nl nl;

	family = open_devlink(&nl);
	if (family) {
		begin_device(&m, family, DEVLINK_CMD_HEALTH_REPORTER_GET,
			     d->name);
		if (!nl_dump(&nl, &m, &out))
			nl_for_each(h, &out)
				if (is_of(h, d->name))
					save_reporter(s, ifindex, h);
	}
	nl_blob_free(&out);
	nl_close(&nl);
}

/* NULL where the record is not what this program writes */
static const struct nlmsghdr *saved_message(const struct net_record *rec)
{
	const size_t head = sizeof(struct net_rec_health);
	const struct nlmsghdr *h;

	if (!net_record_head(rec, head + sizeof(*h)))
		return NULL;
	h = (const void *)((const char *)(rec + 1) + head);
	return h->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN) &&
	       h->nlmsg_len <= rec->len - head ? h : NULL;
}

static void restore_reporter(struct net_restore *r, uint16_t family,
			     uint32_t ifindex, const struct nlmsghdr *h)
{
	const struct nlattr *name = nl_attr(h, GENL_HDRLEN, kept[0]), *a;
	const char *pci = net_pci(r, ifindex);
	char ifname[NET_NAME_LEN];
	struct nl_msg m;
	int err;

	if (!pci || !name)
		return;
	begin_device(&m, family, DEVLINK_CMD_HEALTH_REPORTER_SET, pci);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		a = nl_attr(h, GENL_HDRLEN, kept[i]);
		if (a)
			nl_put_attr(&m, a);
	}
	err = nl_talk(&r->nl, &m);
	if (err)
		net_tell(r, net_name(r, ifindex, ifname), err,
			 "the settings of its health reporter %s",
			 nl_str(name));
}

/* Over a socket of its own: this is not routing's netlink */
void net_restore_health(const struct net_restore *r)
{
	struct net_restore own = { .f = r->f };
	const struct net_rec_health *head;
	const struct net_record *rec;
	const struct nlmsghdr *h;
	uint16_t family;

	family = open_devlink(&own.nl);
	net_for_each(rec, r->f) {
		if (!family || rec->type != NET_REC_HEALTH)
			continue;
		head = net_record_head(rec, sizeof(*head));
		h = head ? saved_message(rec) : NULL;
		if (h)
			restore_reporter(&own, family, head->ifindex, h);
	}
	nl_close(&own.nl);
}
