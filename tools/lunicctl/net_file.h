/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network configuration as one kernel's lunicctl leaves it to the next's:
 * a sealed memfd in the session, next to the devices.
 *
 * A header is followed by records up to its length. All numbers are in the
 * machine's own byte order. A reader skips records whose type it does not
 * know, and what a known record has grown at its end.
 */
#ifndef LUNICCTL_NET_FILE_H
#define LUNICCTL_NET_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Next to the devices' tokens, which have 48 bits */
#define NET_TOKEN	(1ULL << 63)

#define NET_MAGIC	"lunicnet"
#define NET_FILE_MAJOR	1
#define NET_FILE_MINOR	0
#define NET_NAME_LEN	16

struct net_header {
	uint8_t magic[8];
	uint16_t major;		/* others are not read */
	uint16_t minor;
	uint32_t crc;		/* of all that follows this field */
	uint64_t len;		/* of the whole file in use */
	uint64_t saved_s;	/* CLOCK_REALTIME */
};

/* Records begin at multiples of 8 */
struct net_record {
	uint16_t type;
	uint16_t reserved;
	uint32_t len;		/* of what follows this header */
};

enum {
	NET_REC_DEV = 1,	/* struct net_rec_dev */
	NET_REC_NAME,		/* struct net_rec_name */
	NET_REC_LINK,		/* struct net_rec_link, an RTM_NEWLINK */
	NET_REC_NETLINK,	/* a message as a dump returned it */
	NET_REC_FILE,		/* struct net_rec_file, name\0, value\0 */
	NET_REC_IRQ,		/* struct net_rec_irq, CPUs\0 */
	NET_REC_HEALTH,		/* struct net_rec_health, a devlink message */
	NET_REC_LAST = NET_REC_HEALTH,
};

/* A preserved device */
struct net_rec_dev {
	uint32_t ifindex;
	char pci[20];
	char ifname[NET_NAME_LEN];
};

/* Whose index the messages mean */
struct net_rec_name {
	uint32_t ifindex;
	char ifname[NET_NAME_LEN];
};

/* A preserved interface, or one on top of those that came before */
struct net_rec_link {
	uint32_t level;		/* 0: preserved */
	uint32_t flags;
};

#define NET_LINK_OWN_MAC	(1U << 0)	/* somebody has set it */

enum {
	NET_FILE_SYSFS,		/* below /sys/class/net/IFNAME */
	NET_FILE_IPV4,		/* below /proc/sys/net/ipv4/conf/IFNAME */
	NET_FILE_IPV6,
	NET_FILE_NEIGH4,	/* below /proc/sys/net/ipv4/neigh/IFNAME */
	NET_FILE_NEIGH6,
};

struct net_rec_file {
	uint32_t ifindex;
	uint32_t where;
};

struct net_rec_irq {
	uint32_t ifindex;
	uint32_t position;	/* among the device's vectors */
};

/* A health reporter; the message has its name and what can be set of it */
struct net_rec_health {
	uint32_t ifindex;
	uint32_t reserved;
};

struct net_file {
	char *p;
	size_t n;
	int fd;
};

void net_file_begin(struct net_file *f);
void net_file_add(struct net_file *f, uint16_t type,
		  const void *head, size_t head_len,
		  const void *body, size_t body_len);
int net_file_seal(struct net_file *f);

int net_file_open(struct net_file *f, int fd, const char **why);
void net_file_close(struct net_file *f);

const struct net_header *net_file_header(const struct net_file *f);
const struct net_record *net_file_next(const struct net_file *f,
				       const struct net_record *r);
const void *net_record_head(const struct net_record *r, size_t len);
const char *net_record_str(const struct net_record *r, size_t *at);

#define net_for_each(r, f) \
	for ((r) = net_file_next(f, NULL); (r); (r) = net_file_next(f, r))

#endif
