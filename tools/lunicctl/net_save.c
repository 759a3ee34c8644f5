// SPDX-License-Identifier: GPL-2.0
/* Takes down the network configuration of interfaces before an update. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "print.h"

/* NULL where it is none of them */
struct net_member *net_member(const struct net_save *s, uint32_t ifindex)
{
	for (size_t i = 0; i < s->n; i++) {
		if (ifindex && s->v[i].ifindex == ifindex)
			return &s->v[i];
	}
	return NULL;
}

bool net_has(const struct net_save *s, uint32_t ifindex)
{
	return net_member(s, ifindex);
}

bool net_has_name(const struct net_save *s, const char *ifname)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->v[i].ifname, ifname))
			return true;
	}
	return false;
}

bool net_has_mac(const struct net_save *s, const uint8_t *mac)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!memcmp(s->v[i].mac, mac, sizeof(s->v[i].mac)))
			return true;
	}
	return false;
}

struct net_member *net_add_member(struct net_save *s, uint32_t ifindex,
				  const char *ifname)
{
	s->v = reallocarray(s->v, s->n + 1, sizeof(*s->v));
	if (!s->v)
		abort();
	s->v[s->n] = (struct net_member){ .ifindex = ifindex };
	snprintf(s->v[s->n].ifname, NET_NAME_LEN, "%s", ifname);
	return &s->v[s->n++];
}

void net_keep(struct net_save *s, const struct nlmsghdr *h)
{
	net_file_add(&s->f, NET_REC_NETLINK, NULL, 0, h, h->nlmsg_len);
}

/* A kernel without that kind of object has none to save */
int net_dump(struct net_save *s, uint16_t type, const void *hdr, size_t len,
	     struct nl_blob *out)
{
	struct nl_msg m;
	int err;

	nl_begin(&m, type, 0, hdr, len);
	err = nl_dump(&s->nl, &m, out);
	return err == -EOPNOTSUPP || err == -EAFNOSUPPORT ? 0 : err;
}

static void save_dev(struct net_save *s, const struct dev *d)
{
	struct lunic_ioctl_state st;
	struct net_rec_dev rec = {};

	/* One without an interface has no configuration */
	if (dev_read_state(d, &st) || !dev_ifname(d, &st) || !st.ifindex)
		return;
	rec.ifindex = st.ifindex;
	snprintf(rec.pci, sizeof(rec.pci), "%s", d->name);
	snprintf(rec.ifname, sizeof(rec.ifname), "%s",
		 (const char *)st.ifname);
	net_file_add(&s->f, NET_REC_DEV, &rec, sizeof(rec), NULL, 0);
	net_add_member(s, rec.ifindex, rec.ifname);
	net_save_irqs(s, d, rec.ifindex);
	net_save_health(s, d, rec.ifindex);
}

static int save_all(struct net_save *s)
{
	int err = net_save_links(s);

	err = err ?: net_save_addrs(s);
	err = err ?: net_save_routes(s);
	err = err ?: net_save_neighs(s);
	err = err ?: net_save_qdiscs(s);
	if (!err)
		net_save_files(s);
	return err ?: net_file_seal(&s->f);
}

int net_save(const struct dev *devs, size_t n)
{
	struct net_save s = {};
	int err = nl_open(&s.nl, NETLINK_ROUTE);
	int fd = -1;

	if (err)
		return err;
	net_file_begin(&s.f);
	for (size_t i = 0; i < n; i++)
		save_dev(&s, &devs[i]);
	err = save_all(&s);
	if (!err) {
		fd = s.f.fd;
		s.f.fd = -1;
	}
	net_file_close(&s.f);
	free(s.v);
	nl_close(&s.nl);
	return err ?: fd;
}
