/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink: messages made and read attribute by attribute, requests, dumps. */
#ifndef LUNICCTL_NL_H
#define LUNICCTL_NL_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NL_MSG_MAX	32768
#define NL_WHY_LEN	128

struct nl {
	int fd;
	uint32_t seq;
	char why[NL_WHY_LEN];	/* the kernel's words for the last refusal */
};

/* A request under construction; what does not fit makes it fail when sent */
struct nl_msg {
	union {
		struct nlmsghdr h;
		char b[NL_MSG_MAX];
	};
	bool full;
};

/* Messages one after the other, as a dump returns them */
struct nl_blob {
	char *p;
	size_t n;
};

/* All that return int: 0 or -errno */
int nl_open(struct nl *nl, int protocol);
void nl_close(struct nl *nl);
int nl_talk(struct nl *nl, struct nl_msg *m);
int nl_get(struct nl *nl, struct nl_msg *m, struct nl_blob *out);
int nl_dump(struct nl *nl, struct nl_msg *m, struct nl_blob *out);
void nl_blob_free(struct nl_blob *b);

const struct nlmsghdr *nl_first(const struct nl_blob *b);
const struct nlmsghdr *nl_next(const struct nl_blob *b,
			       const struct nlmsghdr *h);

#define nl_for_each(h, b) \
	for ((h) = nl_first(b); (h); (h) = nl_next(b, h))

/* A message's attributes begin behind a header of @hdrlen bytes */
const struct nlattr *nl_attrs(const struct nlmsghdr *h, size_t hdrlen,
			      size_t *len);
const struct nlattr *nl_attr(const struct nlmsghdr *h, size_t hdrlen,
			     uint16_t type);
const struct nlattr *nl_nested(const struct nlattr *nest, uint16_t type);
const struct nlattr *nl_attr_next(const struct nlattr *a, size_t *len);
bool nl_attr_ok(const struct nlattr *a, size_t len);

#define nl_for_each_attr(a, len) \
	for (; nl_attr_ok(a, len); (a) = nl_attr_next(a, &(len)))

uint16_t nl_type(const struct nlattr *a);
const void *nl_data(const struct nlattr *a);
size_t nl_len(const struct nlattr *a);
uint32_t nl_u32(const struct nlattr *a);
const char *nl_str(const struct nlattr *a);
bool nl_equal(const struct nlattr *a, const struct nlattr *b);
const void *nl_header(const struct nlmsghdr *h, size_t hdrlen);

void nl_begin(struct nl_msg *m, uint16_t type, uint16_t flags,
	      const void *hdr, size_t hdrlen);
void nl_copy(struct nl_msg *m, const struct nlmsghdr *src, size_t hdrlen,
	     uint16_t flags, const uint16_t *drop);
void nl_put(struct nl_msg *m, uint16_t type, const void *data, size_t len);
void nl_put_u32(struct nl_msg *m, uint16_t type, uint32_t val);
void nl_put_attr(struct nl_msg *m, const struct nlattr *a);
size_t nl_nest_begin(struct nl_msg *m, uint16_t type);
void nl_nest_end(struct nl_msg *m, size_t nest);

#endif
