// SPDX-License-Identifier: GPL-2.0
/*
 * lunicctl resume: takes devices over from the previous kernel and ends their
 * sessions. The traffic waits for this: nothing here does more than it must.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "explain.h"
#include "net.h"
#include "opts.h"
#include "print.h"
#include "report.h"
#include "session.h"

struct taken {
	int fd;			/* or the errno of RETRIEVE_FD */
	int err;		/* of LUNIC_IOCTL_RESUME */
	struct lunic_ioctl_state st;	/* before the session was finished */
};

/* No session, or none that holds this device */
static int nothing_for(const struct session *s, const struct dev *d)
{
	return fail(&(struct problem){
		.code = EXIT_REFUSED, .err = ENOENT, .dev = d->name,
		.hint = opts.session ?
			"lunicctl resume, for sessions with default names" :
			"--session NAME, if preserve was given one" },
		"the previous kernel handed nothing over in a session %s",
		s->name);
}

static int retrieve_session(int luo, struct session *s, bool all)
{
	int fd = luo_retrieve_session(luo, s->name);
	int ret = EXIT_OK;

	switch (fd) {
	case -ENOENT:
		for (size_t i = 0; i < s->n && !all; i++)
			ret = nothing_for(s, &s->devs[i]);
		return ret;
	case -EINVAL:
		return fail(&(struct problem){
			.code = EXIT_REFUSED, .err = EINVAL,
			.hint = "wait for the process that resumes it" },
			"the session %s is being resumed already", s->name);
	}
	if (fd < 0)
		return explain_luo(fd);
	s->fd = fd;
	return EXIT_OK;
}

static int retrieve_all(struct sessions *ss, bool all)
{
	int ret = EXIT_OK;
	int luo;

	if (opts.session_fd >= 0) {
		ss->v->fd = opts.session_fd;
		return EXIT_OK;
	}
	luo = luo_open(opts.timeout);
	if (luo < 0)
		return explain_luo(luo);

	for (size_t i = 0; i < ss->n; i++) {
		int err = retrieve_session(luo, &ss->v[i], all);

		ret = ret ?: err;
	}
	close(luo);
	return ret;
}

static void take(int session, const struct dev *d, struct taken *t)
{
	t->fd = luo_retrieve_fd(session, d->token);
	/* The driver's reason to say no */
	if (t->fd < 0)
		dev_read_state(d, &t->st);
}

static void let_go(struct taken *t)
{
	if (t->fd < 0)
		return;
	t->err = dev_resume(t->fd);
	dev_get_state(t->fd, &t->st);
}

static void report_taken(const struct session *s, const struct dev *d,
			 struct lunic_ioctl_state *st, bool refused)
{
	struct json_object *o;

	if (opts.json) {
		o = report_dev(d, st);
		report_session(o, s->name, 0);
		report_str(o, "outcome", refused ? "reset" : "resumed");
	} else {
		say("%s %s %s updates %" PRIu64 " caught %" PRIu64 " frames\n",
		    d->name, dev_ifname(d, st) ?: "-",
		    refused ? "reset" : "resumed",
		    (uint64_t)st->updates, (uint64_t)st->caught);
	}
}

static int was_reset(const struct dev *d)
{
	char hint[64];

	snprintf(hint, sizeof(hint), "dmesg | grep 'lunic %s'", d->name);
	return fail(&(struct problem){
		.code = EXIT_RESET, .dev = d->name, .hint = hint },
		"the driver refused the handover and reset the device; it works, but the frames of the update are lost");
}

static int not_taken(const struct dev *d, int err)
{
	char hint[64];

	snprintf(hint, sizeof(hint), "dmesg | grep 'lunic %s'", d->name);
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .dev = d->name,
		.hint = hint },
		"the driver could not take the device over");
}

/* The session is finished: say what became of one of its devices */
static int outcome(const struct session *s, const struct dev *d,
		   struct taken *t, bool all)
{
	bool refused = t->st.state == LUNIC_LU_REFUSED;
	struct lunic_ioctl_state now;

	if (t->fd == -ENOENT && !refused)
		return all ? EXIT_OK : nothing_for(s, d);
	if (t->fd < 0 && !refused)
		return not_taken(d, t->fd);

	/* Where the device can't be asked any more, its last state has to do */
	report_taken(s, d, dev_read_state(d, &now) ? &t->st : &now, refused);
	if (t->err)
		return explain_dev(d, t->err);
	return refused ? was_reset(d) : EXIT_OK;
}

static int finish_failed(const struct session *s, int err)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err,
		.hint = "dmesg, then lunicctl resume once more" },
		"the kernel could not finish the session %s", s->name);
}

static int resume_session(const struct session *s, bool all)
{
	struct taken *t = calloc(s->n + 1, sizeof(*t));
	int ret = EXIT_OK;
	int err;

	if (!t)
		abort();
	for (size_t i = 0; i < s->n; i++)
		take(s->fd, &s->devs[i], &t[i]);
	net_restore(s);
	for (size_t i = 0; i < s->n; i++)
		let_go(&t[i]);
	err = luo_finish(s->fd);
	if (err)
		ret = finish_failed(s, err);

	for (size_t i = 0; i < s->n; i++) {
		err = outcome(s, &s->devs[i], &t[i], all);
		ret = ret ?: err;
		if (t[i].fd >= 0)
			close(t[i].fd);
	}
	free(t);
	return ret;
}

static int resume_all(const struct sessions *ss, bool all)
{
	size_t done = 0;
	int ret = EXIT_OK;

	for (size_t i = 0; i < ss->n; i++) {
		int err;

		if (ss->v[i].fd < 0)
			continue;
		err = resume_session(&ss->v[i], all);
		ret = ret ?: err;
		done++;
	}
	if (!done && all)
		say("nothing to resume\n");
	return ret;
}

int cmd_resume(char **names, size_t n)
{
	struct sessions ss;
	struct devs devs;
	int ret, err;

	if (opts.session_fd >= 0 && !opts.session)
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "--session-fd needs the session's name (--session)");
	ret = devs_resolve(&devs, names, n, false);
	if (ret)
		return ret;
	/* Without the driver, to open /dev/liveupdate would spoil the update */
	if (!devs.n && opts.session_fd < 0) {
		say("nothing to resume: lunic drives no device\n");
		return EXIT_OK;
	}

	sessions_plan(&ss, &devs);
	ret = retrieve_all(&ss, devs.all);
	err = resume_all(&ss, devs.all && !ret);
	ret = ret ?: err;
	sessions_free(&ss);
	devs_free(&devs);
	return ret;
}
