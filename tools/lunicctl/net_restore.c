// SPDX-License-Identifier: GPL-2.0
/*
 * Puts the network configuration of the previous kernel back, in a process of
 * its own: whatever becomes of that, the traffic goes on in time.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "luo.h"
#include "net.h"
#include "opts.h"
#include "print.h"
#include "session.h"

#define RESTORE_MS	20000

static const struct net_rec_dev *find_dev(const struct net_restore *r,
					  uint32_t saved)
{
	const struct net_record *rec;

	net_for_each(rec, r->f) {
		const struct net_rec_dev *d;

		if (rec->type != NET_REC_DEV)
			continue;
		d = net_record_head(rec, sizeof(*d));
		if (d && d->ifindex == saved)
			return d;
	}
	return NULL;
}

static const char *find_name(const struct net_restore *r, uint32_t saved)
{
	const struct net_record *rec;

	net_for_each(rec, r->f) {
		const struct net_rec_name *n;

		if (rec->type != NET_REC_NAME)
			continue;
		n = net_record_head(rec, sizeof(*n));
		if (n && n->ifindex == saved &&
		    memchr(n->ifname, '\0', sizeof(n->ifname)))
			return n->ifname;
	}
	return NULL;
}

/* NULL where it is none that was preserved */
const char *net_pci(const struct net_restore *r, uint32_t saved)
{
	const struct net_rec_dev *d = find_dev(r, saved);

	return d && memchr(d->pci, '\0', sizeof(d->pci)) ? d->pci : NULL;
}

/* A preserved device is known by its place, whatever it is called now */
uint32_t net_index(const struct net_restore *r, uint32_t saved)
{
	const char *pci = net_pci(r, saved);
	struct lunic_ioctl_state st;
	const char *name;
	struct dev d;

	if (pci && dev_parse(pci, &d) && !dev_read_state(&d, &st) && st.ifindex)
		return st.ifindex;
	name = find_name(r, saved);
	return name ? if_nametoindex(name) : 0;
}

/* @buf has room for NET_NAME_LEN */
const char *net_name(const struct net_restore *r, uint32_t saved, char *buf)
{
	uint32_t now = net_index(r, saved);

	if (now && if_indextoname(now, buf))
		return buf;
	return find_name(r, saved) ?: "an interface unknown";
}

/* One line for what could not be put back */
void net_tell(const struct net_restore *r, const char *ifname, int err,
	      const char *fmt, ...)
{
	struct problem p = { .dev = ifname, .err = -err };
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	warn(&p, "not restored: %s%s%s", what, r->nl.why[0] ? ": " : "",
	     r->nl.why);
}

int net_send(struct net_restore *r, struct nl_msg *m)
{
	return nl_talk(&r->nl, m);
}

static const struct net_kind *kind_of(const struct net_kind *kinds, size_t n,
				      const struct net_record *rec)
{
	const struct nlmsghdr *h = net_record_head(rec, sizeof(*h));

	if (rec->type != NET_REC_NETLINK || !h || h->nlmsg_len > rec->len ||
	    h->nlmsg_len < sizeof(*h))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (kinds[i].type == h->nlmsg_type)
			return &kinds[i];
	}
	return NULL;
}

static void complain(struct net_restore *r, const struct net_kind *k,
		     const struct nlmsghdr *h, int err)
{
	uint32_t ifindex = k->ifindex ? k->ifindex(h) : 0;
	char name[NET_NAME_LEN], what[160] = "";

	if (k->describe)
		k->describe(h, what, sizeof(what));
	net_tell(r, ifindex ? net_name(r, ifindex, name) : NULL, err,
		 "%s%s%s", k->name, what[0] ? " " : "", what);
}

/* Those that failed stay in @todo; their number is returned */
static size_t replay_once(struct net_restore *r, const struct net_kind *kinds,
			  size_t n, const struct net_record **todo,
			  size_t left, bool tell)
{
	size_t failed = 0;

	for (size_t i = 0; i < left; i++) {
		const struct net_kind *k = kind_of(kinds, n, todo[i]);
		const struct nlmsghdr *h = (const void *)(todo[i] + 1);
		int err;

		r->nl.why[0] = '\0';
		err = k->send(r, h);
		if (!err || err == -EEXIST)
			continue;
		if (tell)
			complain(r, k, h, err);
		todo[failed++] = todo[i];
	}
	return failed;
}

/*
 * In their order, and again those that failed as long as others succeed: some
 * need what comes later.
 */
void net_replay(struct net_restore *r, const struct net_kind *kinds, size_t n)
{
	const struct net_record **todo = NULL, *rec;
	size_t left = 0, before;

	net_for_each(rec, r->f) {
		if (!kind_of(kinds, n, rec))
			continue;
		todo = reallocarray(todo, left + 1, sizeof(*todo));
		if (!todo)
			abort();
		todo[left++] = rec;
	}
	do {
		before = left;
		left = replay_once(r, kinds, n, todo, left, false);
	} while (left && left < before);
	replay_once(r, kinds, n, todo, left, true);
	free(todo);
}

static void tell_unknown(const struct net_restore *r)
{
	const struct net_record *rec;
	size_t n = 0;

	net_for_each(rec, r->f)
		n += !rec->type || rec->type > NET_REC_LAST;
	if (n)
		warn(&(struct problem){ .hint = "update lunicctl" },
		     "not restored: %zu records of a newer lunicctl", n);
}

static void restore_all(struct net_restore *r)
{
	net_restore_links(r);
	net_restore_addrs(r);
	net_restore_ups(r);
	net_restore_qdiscs(r);
	net_restore_routes(r);
	net_restore_neighs(r);
	net_wait_addrs(r);
	net_restore_queues(r);
	net_restore_irqs(r);
	net_restore_health(r);
	net_wait_ports(r);
	tell_unknown(r);
}

static uint32_t elapsed(const struct net_file *f)
{
	struct timespec now;
	uint64_t then = net_file_header(f)->saved_s;

	clock_gettime(CLOCK_REALTIME, &now);
	/* A clock that was set back says nothing */
	if ((uint64_t)now.tv_sec < then || now.tv_sec - then > UINT32_MAX)
		return 0;
	return now.tv_sec - then;
}

static void __attribute__((noreturn)) run(int fd, const char *session)
{
	struct problem p = { .hint = "set the network up as after a boot" };
	struct net_restore r = {};
	struct net_file f;
	const char *why;
	int err = net_file_open(&f, fd, &why);

	if (err) {
		p.err = -err;
		warn(&p, "the network configuration in the session %s is not usable: %s",
		     session, why);
		_exit(0);
	}
	err = nl_open(&r.nl, NETLINK_ROUTE);
	if (err) {
		p.err = -err;
		warn(&p, "can't restore the network configuration");
		_exit(0);
	}
	r.f = &f;
	r.elapsed_s = elapsed(&f);
	restore_all(&r);
	nl_close(&r.nl);
	net_file_close(&f);
	_exit(0);
}

/* Not longer than this: frames are held for 60 s at most */
static void wait_for(pid_t pid)
{
	struct pollfd p = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	struct problem why = { .err = ETIMEDOUT };
	int status;

	if (p.fd >= 0 && poll(&p, 1, RESTORE_MS) != 1) {
		kill(pid, SIGKILL);
		warn(&why, "the network configuration is not back after %d s; the traffic goes on without the rest",
		     RESTORE_MS / 1000);
	} else if (waitpid(pid, &status, 0) == pid && status) {
		why.err = 0;
		warn(&why, "the process that restores the network configuration died");
	}
	if (p.fd >= 0)
		close(p.fd);
}

/* A session of an older lunicctl, or with --no-network, has no such file */
void net_restore(const struct session *s)
{
	int fd = luo_retrieve_fd(s->fd, NET_TOKEN);
	struct problem p = { .err = -fd };
	pid_t pid;

	if (fd == -ENOENT || opts.no_network)
		goto out;
	if (fd < 0) {
		warn(&p, "can't take the network configuration out of the session %s",
		     s->name);
		return;
	}
	fflush(NULL);
	pid = fork();
	if (!pid)
		run(fd, s->name);
	if (pid > 0)
		wait_for(pid);
out:
	if (fd >= 0)
		close(fd);
}
