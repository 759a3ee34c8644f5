// SPDX-License-Identifier: GPL-2.0
/* Talks netlink: sends a request and hears its answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nl.h"

#define ANSWER_SECONDS	5
#define RECEIVE_LEN	65536
/* A dump that a change has interrupted is asked for again */
#define DUMP_TRIES	8

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

int nl_open(struct nl *nl, int protocol)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	const int on = 1;

	*nl = (struct nl){ .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
					protocol) };
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	/* An old kernel says less, and filters dumps less */
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

static int nl_send(struct nl *nl, struct nl_msg *m)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (m->full)
		return -EMSGSIZE;
	m->h.nlmsg_seq = ++nl->seq;
	nl->why[0] = '\0';
	if (sendto(nl->fd, m->b, m->h.nlmsg_len, 0,
		   (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* The kernel's own words follow the error */
static int nl_error(struct nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	const struct nlattr *why;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
		return -EBADMSG;
	if (e->error && h->nlmsg_flags & NLM_F_ACK_TLVS &&
	    h->nlmsg_flags & NLM_F_CAPPED) {
		why = nl_attr(h, sizeof(*e), NLMSGERR_ATTR_MSG);
		if (why)
			snprintf(nl->why, sizeof(nl->why), "%.*s",
				 (int)nl_len(why), (const char *)nl_data(why));
	}
	return e->error;
}

/* A dump that failed on its way says so at its end */
static int nl_done(const struct nlmsghdr *h)
{
	const int *err = nl_header(h, sizeof(*err));

	return err && *err < 0 ? *err : 0;
}

static void append(struct nl_blob *out, const struct nlmsghdr *h)
{
	size_t len = NLMSG_ALIGN(h->nlmsg_len);

	out->p = realloc(out->p, out->n + len);
	if (!out->p)
		abort();
	memset(out->p + out->n, 0, len);
	memcpy(out->p + out->n, h, h->nlmsg_len);
	out->n += len;
}

/* 1: the answer goes on, else the request's result */
static int take_one(struct nl *nl, const struct nlmsghdr *h,
		    struct nl_blob *out, bool *torn)
{
	if (h->nlmsg_seq != nl->seq)
		return 1;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		*torn = true;
	switch (h->nlmsg_type) {
	case NLMSG_ERROR:
		return nl_error(nl, h);
	case NLMSG_DONE:
		return nl_done(h);
	case NLMSG_NOOP:
		return 1;
	}
	if (out)
		append(out, h);
	return 1;
}

static int nl_receive(struct nl *nl, struct nl_blob *out, bool *torn)
{
	char *buf = malloc(RECEIVE_LEN);
	int ret = 1;

	if (!buf)
		abort();
	while (ret == 1) {
		ssize_t n = recv(nl->fd, buf, RECEIVE_LEN, 0);
		const struct nl_blob got = { buf, n > 0 ? (size_t)n : 0 };
		const struct nlmsghdr *h;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			ret = n && errno != EAGAIN ? -errno : -ETIMEDOUT;
			break;
		}
		for (h = nl_first(&got); h && ret == 1; h = nl_next(&got, h))
			ret = take_one(nl, h, out, torn);
	}
	free(buf);
	return ret;
}

int nl_talk(struct nl *nl, struct nl_msg *m)
{
	bool torn = false;
	int err;

	m->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	err = nl_send(nl, m);
	return err ?: nl_receive(nl, NULL, &torn);
}

/* One object; its ACK ends the answer */
int nl_get(struct nl *nl, struct nl_msg *m, struct nl_blob *out)
{
	bool torn = false;
	int err;

	*out = (struct nl_blob){};
	m->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	err = nl_send(nl, m);
	err = err ?: nl_receive(nl, out, &torn);
	if (err)
		nl_blob_free(out);
	return err;
}

int nl_dump(struct nl *nl, struct nl_msg *m, struct nl_blob *out)
{
	bool torn = true;
	int err = 0;

	*out = (struct nl_blob){};
	m->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	for (int i = 0; i < DUMP_TRIES && torn && !err; i++) {
		torn = false;
		nl_blob_free(out);
		err = nl_send(nl, m);
		err = err ?: nl_receive(nl, out, &torn);
	}
	if (torn && !err)
		err = -EAGAIN;
	if (err)
		nl_blob_free(out);
	return err;
}

void nl_blob_free(struct nl_blob *b)
{
	free(b->p);
	*b = (struct nl_blob){};
}
