// SPDX-License-Identifier: GPL-2.0
/* lunicctl cancel: ends the processes that hold the devices' sessions. */
#include <errno.h>
#include <stdio.h>

#include "cmd.h"
#include "explain.h"
#include "holder.h"
#include "opts.h"
#include "pidfile.h"
#include "print.h"
#include "report.h"
#include "store.h"
#include "systemd.h"
#include "wait.h"

static int stop_failed(const struct held *h, int err)
{
	struct problem p = { .code = EXIT_KERNEL, .err = -err };

	if (err == -ETIMEDOUT) {
		p.code = EXIT_TIMEOUT;
		p.hint = "a longer --timeout; after the freeze it can't end any more";
		return fail(&p, "the process %d, which holds the session %s, does not end",
			    h->pid, h->session);
	}
	p.hint = "as root";
	return fail(&p, "can't end the process %d, which holds the session %s",
		    h->pid, h->session);
}

static int wait_let_go(const struct dev *d, struct deadline *dl,
		       struct lunic_ioctl_state *st)
{
	int err;

	do {
		err = dev_read_state(d, st);
		if (err)
			return explain_dev(d, err);
		if (st->state != LUNIC_LU_PRESERVED)
			return EXIT_OK;
	} while (deadline_pause(dl));

	return fail(&(struct problem){
		.code = EXIT_TIMEOUT, .err = ETIMEDOUT, .dev = d->name,
		.hint = "lunicctl show -v, or a longer --timeout" },
		"its session was ended, but it is still preserved");
}

static void report(const struct held *h, const struct dev *d,
		   struct lunic_ioctl_state *st)
{
	if (opts.json)
		report_session(report_dev(d, st), h->session, 0);
	else
		say("%s %s cancelled session %s\n", d->name,
		    dev_ifname(d, st) ?: "-", h->session);
}

static int end_store(void)
{
	int err = store_empty();

	if (!err)
		return EXIT_OK;
	return fail(&(struct problem){
		.code = err == -ETIMEDOUT ? EXIT_TIMEOUT : EXIT_KERNEL,
		.err = -err,
		.hint = "systemctl restart " SYSTEMD_UNIT ", which does this" },
		"can't empty the service's file descriptor store");
}

/* systemd's store is emptied by its service alone */
static int ask_store(const struct held *h)
{
	if (systemd_cancel())
		return EXIT_OK;
	return fail(&(struct problem){
		.code = EXIT_KERNEL,
		.hint = "journalctl -u " SYSTEMD_UNIT },
		"systemd holds the session %s, and 'systemctl restart " SYSTEMD_UNIT "' failed",
		h->session);
}

static int end_holder(const struct held *h, const struct deadline *dl)
{
	int err;

	if (h->pid == STORE_PID)
		return ask_store(h);
	err = holder_stop(h->pidfd, dl);
	return err ? stop_failed(h, err) : EXIT_OK;
}

/* Its session was ended: wait until the kernel has seen to that */
static int ended(const struct held *h, struct deadline *dl)
{
	int ret = EXIT_OK;
	int err;

	pidfile_remove(h->session);
	for (size_t i = 0; i < h->devs.n; i++) {
		struct lunic_ioctl_state st = { 0 };
		const struct dev *d = &h->devs.v[i];

		/* Unbound or pulled out, it is preserved no more */
		err = dev_is_bound(d) ? wait_let_go(d, dl, &st) : 0;
		if (!err)
			report(h, d, &st);
		ret = ret ?: err;
	}
	return ret;
}

static int cancel(const struct held *h)
{
	struct deadline dl = deadline_in(opts.timeout);

	return end_holder(h, &dl) ?: ended(h, &dl);
}

/* By the service: whatever is in its store, also what no file tells of */
static int cancel_stored(const struct helds *hs)
{
	struct deadline dl = deadline_in(opts.timeout);
	int ret = end_store();

	for (size_t i = 0; i < hs->n && !ret; i++) {
		if (hs->v[i].pid == STORE_PID && hs->v[i].pidfd >= 0)
			ret = ended(&hs->v[i], &dl);
	}
	return ret;
}

static int cancel_all(struct helds *hs)
{
	size_t done = 0;
	int ret = EXIT_OK;

	for (size_t i = 0; i < hs->n; i++) {
		int err;

		if (hs->v[i].pidfd < 0)
			continue;
		err = cancel(&hs->v[i]);
		ret = ret ?: err;
		done++;
	}
	if (!done)
		say("nothing to cancel\n");
	return ret;
}

static int cancel_session(struct helds *hs)
{
	struct held *h = helds_by_session(hs, opts.session);

	if (h)
		return cancel(h);
	return fail(&(struct problem){
		.code = EXIT_REFUSED, .err = ENOENT,
		.hint = "lunicctl show -v" },
		"no session %s is held by lunicctl", opts.session);
}

static int not_held(const struct dev *d)
{
	struct lunic_ioctl_state st;
	struct problem p = { .code = EXIT_REFUSED, .dev = d->name };
	int err = dev_read_state(d, &st);

	if (err)
		return explain_dev(d, err);
	if (st.state == LUNIC_LU_PRESERVED) {
		p.err = EBUSY;
		p.hint = "end the process that holds the session";
		return fail(&p, "not preserved by lunicctl but by a session of another process");
	}
	p.hint = "lunicctl show";
	return fail(&p, "not preserved, nothing to cancel (state %s)",
		    state_name(st.state));
}

/* A session is all or nothing: every device in it must have been named */
static int check_named(const struct held *h, const struct devs *named)
{
	char hint[128];

	for (size_t i = 0; i < h->devs.n; i++) {
		if (devs_have(named, &h->devs.v[i]))
			continue;
		snprintf(hint, sizeof(hint), "lunicctl cancel --session %s",
			 h->session);
		return fail(&(struct problem){
			.code = EXIT_REFUSED, .dev = h->devs.v[i].name,
			.hint = hint },
			"the session %s preserves this device too", h->session);
	}
	return EXIT_OK;
}

static int check_dev(struct helds *hs, const struct dev *d,
		     const struct devs *named)
{
	struct held *h = helds_by_dev(hs, d);

	return h ? check_named(h, named) : not_held(d);
}

static int cancel_devs(struct helds *hs, const struct devs *devs)
{
	int ret = EXIT_OK;

	for (size_t i = 0; i < devs->n && !ret; i++)
		ret = check_dev(hs, &devs->v[i], devs);
	if (ret)
		return ret;

	for (size_t i = 0; i < hs->n; i++) {
		struct held *h = &hs->v[i];
		int err = EXIT_OK;

		if (h->pidfd >= 0 && h->devs.n && devs_have(devs, h->devs.v))
			err = cancel(h);
		ret = ret ?: err;
	}
	return ret;
}

static void remove_stale(const struct helds *hs)
{
	for (size_t i = 0; i < hs->n; i++) {
		if (hs->v[i].pidfd < 0)
			pidfile_remove(hs->v[i].session);
	}
}

int cmd_cancel(char **names, size_t n)
{
	struct helds hs;
	struct devs devs;
	int ret;

	if (opts.session && n)
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "cancel takes devices or --session, not both");
	ret = devs_resolve(&devs, names, n, true);
	if (ret)
		return ret;

	helds_read(&hs);
	remove_stale(&hs);
	if (opts.fd_store)
		ret = cancel_stored(&hs);
	else if (opts.session)
		ret = cancel_session(&hs);
	else if (devs.all)
		ret = cancel_all(&hs);
	else
		ret = cancel_devs(&hs, &devs);
	helds_free(&hs);
	devs_free(&devs);
	return ret;
}
