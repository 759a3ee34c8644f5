/* SPDX-License-Identifier: GPL-2.0 */
/* The network configuration of preserved interfaces: saved and put back. */
#ifndef LUNICCTL_NET_H
#define LUNICCTL_NET_H

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "dev.h"
#include "net_file.h"
#include "nl.h"

struct session;

/* An interface that is saved: a preserved one, or one on top of it */
struct net_member {
	uint32_t ifindex;
	char ifname[NET_NAME_LEN];
	uint8_t mac[6];
};

struct net_save {
	struct nl nl;
	struct net_file f;
	struct net_member *v;
	size_t n;
};

struct net_restore {
	struct nl nl;
	const struct net_file *f;
	uint32_t elapsed_s;	/* since it was saved */
};

/* What one kind of netlink object needs to be put back */
struct net_kind {
	uint16_t type;		/* RTM_NEW* of the dump */
	const char *name;
	/* 0, -EEXIST (as good), or what went wrong; may change what it got */
	int (*send)(struct net_restore *r, const struct nlmsghdr *h);
	/* Which one it is, for a line of complaint; may be NULL */
	void (*describe)(const struct nlmsghdr *h, char *buf, size_t len);
	uint32_t (*ifindex)(const struct nlmsghdr *h);
};

/* For preserve: a sealed file's descriptor, or -errno */
int net_save(const struct dev *devs, size_t n);
/* For resume: whatever happens, it returns within the time-out */
void net_restore(const struct session *s);

/* Saving */
struct net_member *net_member(const struct net_save *s, uint32_t ifindex);
bool net_has(const struct net_save *s, uint32_t ifindex);
bool net_has_mac(const struct net_save *s, const uint8_t *mac);
bool net_has_name(const struct net_save *s, const char *ifname);
struct net_member *net_add_member(struct net_save *s, uint32_t ifindex,
				  const char *ifname);
void net_keep(struct net_save *s, const struct nlmsghdr *h);
int net_dump(struct net_save *s, uint16_t type, const void *hdr, size_t len,
	     struct nl_blob *out);
int net_save_links(struct net_save *s);
int net_save_addrs(struct net_save *s);
int net_save_routes(struct net_save *s);
int net_save_neighs(struct net_save *s);
int net_save_qdiscs(struct net_save *s);
void net_save_files(struct net_save *s);
void net_save_irqs(struct net_save *s, const struct dev *d, uint32_t ifindex);
void net_save_health(struct net_save *s, const struct dev *d, uint32_t ifindex);

/* Putting back */
uint32_t net_index(const struct net_restore *r, uint32_t saved);
const char *net_name(const struct net_restore *r, uint32_t saved, char *buf);
const char *net_pci(const struct net_restore *r, uint32_t saved);
void net_tell(const struct net_restore *r, const char *ifname, int err,
	      const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void net_replay(struct net_restore *r, const struct net_kind *kinds, size_t n);
int net_send(struct net_restore *r, struct nl_msg *m);
void net_restore_links(struct net_restore *r);
void net_restore_ups(struct net_restore *r);
void net_restore_addrs(struct net_restore *r);
void net_wait_addrs(struct net_restore *r);
void net_wait_ports(const struct net_restore *r);
void net_restore_routes(struct net_restore *r);
void net_restore_neighs(struct net_restore *r);
void net_restore_qdiscs(struct net_restore *r);
void net_restore_sysctls(struct net_restore *r);
void net_restore_queues(struct net_restore *r);
void net_restore_irqs(struct net_restore *r);
void net_restore_health(const struct net_restore *r);

#endif
