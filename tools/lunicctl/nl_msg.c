// SPDX-License-Identifier: GPL-2.0
/* Reads netlink messages without trusting their lengths, and builds new ones. */
#include <stdlib.h>
#include <string.h>

#include "nl.h"

static const struct nlmsghdr *message_at(const struct nl_blob *b, size_t at)
{
	const struct nlmsghdr *h = (const void *)(b->p + at);

	if (at + sizeof(*h) > b->n || h->nlmsg_len < sizeof(*h) ||
	    h->nlmsg_len > b->n - at)
		return NULL;
	return h;
}

const struct nlmsghdr *nl_first(const struct nl_blob *b)
{
	return b->p ? message_at(b, 0) : NULL;
}

const struct nlmsghdr *nl_next(const struct nl_blob *b,
			       const struct nlmsghdr *h)
{
	return message_at(b, (const char *)h - b->p +
			  NLMSG_ALIGN(h->nlmsg_len));
}

/* NULL where the message is too short for it */
const void *nl_header(const struct nlmsghdr *h, size_t hdrlen)
{
	return h->nlmsg_len < NLMSG_LENGTH(hdrlen) ? NULL : NLMSG_DATA(h);
}

const struct nlattr *nl_attrs(const struct nlmsghdr *h, size_t hdrlen,
			      size_t *len)
{
	size_t begin = NLMSG_LENGTH(NLMSG_ALIGN(hdrlen));

	*len = h->nlmsg_len > begin ? h->nlmsg_len - begin : 0;
	return (const void *)((const char *)h + begin);
}

bool nl_attr_ok(const struct nlattr *a, size_t len)
{
	return len >= sizeof(*a) && a->nla_len >= sizeof(*a) &&
	       a->nla_len <= len;
}

const struct nlattr *nl_attr_next(const struct nlattr *a, size_t *len)
{
	size_t step = NLA_ALIGN(a->nla_len);

	*len = *len > step ? *len - step : 0;
	return (const void *)((const char *)a + step);
}

static const struct nlattr *find(const struct nlattr *a, size_t len,
				 uint16_t type)
{
	nl_for_each_attr(a, len) {
		if (nl_type(a) == type)
			return a;
	}
	return NULL;
}

const struct nlattr *nl_attr(const struct nlmsghdr *h, size_t hdrlen,
			     uint16_t type)
{
	size_t len;
	const struct nlattr *a = nl_attrs(h, hdrlen, &len);

	return find(a, len, type);
}

const struct nlattr *nl_nested(const struct nlattr *nest, uint16_t type)
{
	return nest ? find(nl_data(nest), nl_len(nest), type) : NULL;
}

uint16_t nl_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

const void *nl_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

size_t nl_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

/* 0 where it is not there or too short */
uint32_t nl_u32(const struct nlattr *a)
{
	uint32_t val = 0;

	if (a && nl_len(a) >= sizeof(val))
		memcpy(&val, nl_data(a), sizeof(val));
	return val;
}

/* "" where it is not there or has no end */
const char *nl_str(const struct nlattr *a)
{
	if (!a || !memchr(nl_data(a), '\0', nl_len(a)))
		return "";
	return nl_data(a);
}

bool nl_equal(const struct nlattr *a, const struct nlattr *b)
{
	return a && b && nl_len(a) == nl_len(b) &&
	       !memcmp(nl_data(a), nl_data(b), nl_len(a));
}

static void *extend(struct nl_msg *m, size_t len)
{
	size_t at = NLMSG_ALIGN(m->h.nlmsg_len);

	if (m->full || len > sizeof(m->b) - at) {
		m->full = true;
		return NULL;
	}
	memset(m->b + at, 0, NLMSG_ALIGN(len));
	m->h.nlmsg_len = at + len;
	return m->b + at;
}

void nl_begin(struct nl_msg *m, uint16_t type, uint16_t flags,
	      const void *hdr, size_t hdrlen)
{
	void *p;

	m->h = (struct nlmsghdr){
		.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type,
		.nlmsg_flags = flags,
	};
	m->full = false;
	p = extend(m, hdrlen);
	if (p)
		memcpy(p, hdr, hdrlen);
}

static bool is_in(const uint16_t *list, uint16_t type)
{
	for (; list && *list; list++) {
		if (*list == type)
			return true;
	}
	return false;
}

/* What a dump said as a request, but for the types of @drop (0 ends them) */
void nl_copy(struct nl_msg *m, const struct nlmsghdr *src, size_t hdrlen,
	     uint16_t flags, const uint16_t *drop)
{
	const struct nlattr *a;
	size_t len;

	nl_begin(m, src->nlmsg_type, flags, NLMSG_DATA(src), hdrlen);
	a = nl_attrs(src, hdrlen, &len);
	nl_for_each_attr(a, len) {
		if (!is_in(drop, nl_type(a)))
			nl_put_attr(m, a);
	}
}

void nl_put(struct nl_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = extend(m, NLA_HDRLEN + len);

	if (!a)
		return;
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
}

void nl_put_u32(struct nl_msg *m, uint16_t type, uint32_t val)
{
	nl_put(m, type, &val, sizeof(val));
}

/* With the nested flag, if it has it */
void nl_put_attr(struct nl_msg *m, const struct nlattr *a)
{
	nl_put(m, a->nla_type, nl_data(a), nl_len(a));
}

/* Returns what nl_nest_end() wants to know */
size_t nl_nest_begin(struct nl_msg *m, uint16_t type)
{
	size_t at = NLMSG_ALIGN(m->h.nlmsg_len);

	nl_put(m, type | NLA_F_NESTED, NULL, 0);
	return at;
}

void nl_nest_end(struct nl_msg *m, size_t nest)
{
	struct nlattr *a = (void *)(m->b + nest);

	if (!m->full)
		a->nla_len = m->h.nlmsg_len - nest;
}
