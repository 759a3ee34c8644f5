/* SPDX-License-Identifier: GPL-2.0 */
/* What a link's message says, and what is known of the kinds of links. */
#ifndef LUNICCTL_NET_LINK_H
#define LUNICCTL_NET_LINK_H

#include <linux/if_link.h>

#include "net.h"

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS	(1 << 3)
#endif
#define NET_ADDR_SET	3	/* addr_assign_type in sysfs */

const struct nlattr *link_attr(const struct nlmsghdr *h, uint16_t type);
const struct nlattr *link_info(const struct nlmsghdr *h, uint16_t type);
const char *link_name(const struct nlmsghdr *h);
const char *link_kind(const struct nlmsghdr *h);
bool link_kind_is_known(const struct nlmsghdr *h);

/* Putting back; the blob is the link as it is now, its message the first */
int link_get(struct net_restore *r, uint32_t ifindex, struct nl_blob *now);
void link_begin(struct nl_msg *m, uint32_t ifindex);
void link_create(struct net_restore *r, const struct net_rec_link *rec,
		 const struct nlmsghdr *h);
void link_converge(struct net_restore *r, const struct nlmsghdr *h,
		   uint32_t ifindex);
void link_converge_slave(struct net_restore *r, const struct nlmsghdr *h,
			 uint32_t ifindex);
void link_bond_slaves(struct net_restore *r, const struct nlmsghdr *h,
		      uint32_t ifindex);

/* The record's link, NULL if it is none or broken */
const struct nlmsghdr *link_of(const struct net_record *rec,
			       const struct net_rec_link **head);

#endif
