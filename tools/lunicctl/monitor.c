// SPDX-License-Identifier: GPL-2.0
/* lunicctl monitor: what happens to the devices, as it happens. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "events.h"
#include "explain.h"
#include "opts.h"
#include "print.h"
#include "report.h"

#define MESSAGE_MAX	65536

/* A device as it was last told of */
struct seen {
	struct dev dev;
	struct lunic_ioctl_state st;
	bool here;
};

struct monitor {
	struct seen *v;
	size_t n;
	bool all;
	bool json;
	int fds[NR_FEEDS];
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* Interrupts the wait, so that an end is an orderly one */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void print_json(const struct timespec *now, const char *event,
		       struct seen *s)
{
	struct json_object *o = json_object_new_object();
	char text[64];

	snprintf(text, sizeof(text), "%lld.%03ld", (long long)now->tv_sec,
		 now->tv_nsec / 1000000);
	json_object_object_add(o, "time_s", json_object_new_double_s(
			now->tv_sec + now->tv_nsec / 1e9, text));
	report_str(o, "event", event);
	if (s)
		report_seen(o, &s->dev, &s->st);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static void print_text(const struct timespec *now, const char *event,
		       struct seen *s)
{
	char text[16];
	struct tm tm;

	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now->tv_sec, &tm));
	printf("%s.%03ld ", text, now->tv_nsec / 1000000);
	if (!s)
		printf("%s\n", event);
	else
		printf("%s %s %s: %s link %s state %s%s\n", s->dev.name,
		       s->st.ifname[0] ? (const char *)s->st.ifname : "-",
		       event, s->st.flags & LUNIC_STATE_F_UP ? "up" : "down",
		       s->st.flags & LUNIC_STATE_F_LINK ? "yes" : "no",
		       state_name(s->st.state),
		       s->st.flags & LUNIC_STATE_F_HELD ? " rx held" : "");
}

/* @s may be NULL: it is about no device */
static void tell(const struct monitor *m, const char *event,
		 struct seen *s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (m->json)
		print_json(&now, event, s);
	else
		print_text(&now, event, s);
	fflush(stdout);
}

static struct seen *find(struct monitor *m, const struct dev *d)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i].dev.token == d->token)
			return &m->v[i];
	}
	return NULL;
}

/* Where a device is meant that was not there before, it is added */
static struct seen *find_or_add(struct monitor *m, const struct dev *d)
{
	struct seen *s = find(m, d);

	if (s || !m->all)
		return s;
	m->v = reallocarray(m->v, m->n + 1, sizeof(*m->v));
	if (!m->v)
		abort();
	s = &m->v[m->n++];
	*s = (struct seen){ .dev = *d };
	return s;
}

/* Asks the device; one that does not answer is left as it was */
static bool look(struct seen *s)
{
	struct lunic_ioctl_state st;

	if (dev_read_state(&s->dev, &st))
		return false;
	dev_ifname(&s->dev, &st);
	s->st = st;
	s->here = true;
	return true;
}

static void look_at_all(struct monitor *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (look(&m->v[i]))
			tell(m, "present", &m->v[i]);
	}
}

static unsigned int state_number(const char *name)
{
	unsigned int i;

	for (i = 0; i <= LUNIC_LU_REFUSED; i++) {
		if (!strcmp(state_name(i), name))
			break;
	}
	return i;
}

/* As the event says it: what the device would say now may be of a later one */
static void take_state(struct seen *s, const struct uevent *e)
{
	s->st.state = state_number(e->state);
	s->st.updates = strtoull(e->updates, NULL, 10);
	s->st.flags &= ~LUNIC_STATE_F_HELD;
	if (!strcmp(e->held, "1"))
		s->st.flags |= LUNIC_STATE_F_HELD;
}

static void on_uevent(struct monitor *m, const char *buf, size_t n)
{
	struct uevent e;
	struct seen *s;

	if (!uevent_parse(buf, n, &e))
		return;
	s = find_or_add(m, &e.dev);
	if (!s)
		return;
	if (!strcmp(e.action, "add")) {
		look(s);
		tell(m, "added", s);
	} else if (!strcmp(e.action, "remove")) {
		s->here = false;
		tell(m, "removed", s);
	} else if (e.state[0]) {
		take_state(s, &e);
		tell(m, "state", s);
	}
}

static void take_link(struct monitor *m, struct seen *s,
		      const struct link_event *e)
{
	unsigned int both = LUNIC_STATE_F_UP | LUNIC_STATE_F_LINK, flags = 0;
	bool renamed = e->ifname[0] &&
		       strcmp(e->ifname, (const char *)s->st.ifname);

	/* Down, an interface does not know its link: the device does */
	if (e->up)
		flags |= LUNIC_STATE_F_UP;
	if (e->link)
		flags |= LUNIC_STATE_F_LINK;
	if ((s->st.flags & both) == flags && !renamed)
		return;
	s->st.flags = (s->st.flags & ~both) | flags;
	if (renamed)
		snprintf((char *)s->st.ifname, sizeof(s->st.ifname), "%s",
			 e->ifname);
	tell(m, renamed ? "renamed" : "link", s);
}

static void on_links(struct monitor *m, const char *buf, size_t n)
{
	struct link_event e;
	size_t at = 0;

	while ((at = link_parse(buf, n, at, &e))) {
		for (size_t i = 0; i < m->n; i++) {
			struct seen *s = &m->v[i];

			if (s->here && !e.gone && s->st.ifindex == e.ifindex)
				take_link(m, s, &e);
		}
	}
}

/* 0, or -errno where the feed can't be read any more */
static int drain(struct monitor *m, enum feed feed)
{
	static _Alignas(8) char buf[MESSAGE_MAX];
	int n;

	while ((n = events_receive(m->fds[feed], buf, sizeof(buf))) > 0) {
		if (feed == FEED_UEVENT)
			on_uevent(m, buf, n);
		else
			on_links(m, buf, n);
	}
	if (n != -ENOBUFS)
		return n;
	/* Never silently: what was missed may be any number of events */
	tell(m, "events-lost", NULL);
	look_at_all(m);
	return 0;
}

static int watch(struct monitor *m)
{
	struct pollfd fds[NR_FEEDS];
	int err = 0;

	for (int i = 0; i < NR_FEEDS; i++)
		fds[i] = (struct pollfd){ .fd = m->fds[i], .events = POLLIN };
	while (!interrupted && !err) {
		if (poll(fds, NR_FEEDS, -1) < 0)
			continue;
		for (int i = 0; i < NR_FEEDS && !err; i++)
			err = fds[i].revents ? drain(m, i) : 0;
	}
	if (!err)
		return EXIT_OK;
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .hint = "lunicctl monitor" },
		"can't hear the kernel's events any more");
}

static int open_feeds(struct monitor *m)
{
	for (int i = 0; i < NR_FEEDS; i++) {
		m->fds[i] = events_open(i);
		if (m->fds[i] < 0)
			return fail(&(struct problem){
				.code = EXIT_KERNEL, .err = -m->fds[i],
				.hint = "a kernel with netlink, outside of a sandbox" },
				"can't hear the kernel's events");
	}
	return EXIT_OK;
}

static void add_devs(struct monitor *m, const struct devs *devs)
{
	m->all = devs->all;
	m->v = calloc(devs->n + 1, sizeof(*m->v));
	if (!m->v)
		abort();
	for (size_t i = 0; i < devs->n; i++)
		m->v[m->n++] = (struct seen){ .dev = devs->v[i] };
}

/* Heard first, then looked at: nothing falls between the two */
int cmd_monitor(char **names, size_t n)
{
	struct monitor m = { .json = opts.json, .fds = { -1, -1 } };
	struct devs devs;
	int ret;

	opts.json = false;	/* an object a line, not an array at the end */
	ret = devs_resolve(&devs, names, n, true);
	if (ret)
		return ret;
	catch_signals();
	ret = open_feeds(&m);
	if (!ret) {
		add_devs(&m, &devs);
		look_at_all(&m);
		ret = watch(&m);
	}
	for (int i = 0; i < NR_FEEDS; i++) {
		if (m.fds[i] >= 0)
			close(m.fds[i]);
	}
	free(m.v);
	devs_free(&devs);
	return ret;
}
