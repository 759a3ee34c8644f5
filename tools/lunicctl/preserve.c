// SPDX-License-Identifier: GPL-2.0
/* lunicctl preserve: puts all devices into live update sessions, or none. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "ethtool.h"
#include "explain.h"
#include "net.h"
#include "opts.h"
#include "pidfile.h"
#include "print.h"
#include "report.h"
#include "session.h"
#include "store.h"

static int session_exists(const struct session *s)
{
	char hint[128];
	struct helds hs;
	bool ours;

	helds_read(&hs);
	ours = helds_by_session(&hs, s->name);
	helds_free(&hs);

	if (ours)
		snprintf(hint, sizeof(hint), "lunicctl cancel --session %s",
			 s->name);
	else
		snprintf(hint, sizeof(hint),
			 "another name (--session), or end its owner");
	return fail(&(struct problem){
		.code = EXIT_REFUSED, .err = EEXIST, .hint = hint,
		.dev = s->n == 1 ? s->devs->name : NULL },
		"the session %s exists already%s", s->name,
		ours ? "" : ", and lunicctl does not hold it");
}

static int create_one(int luo, struct session *s)
{
	int fd = luo_create_session(luo, s->name);

	if (fd == -EEXIST)
		return session_exists(s);
	if (fd < 0)
		return explain_luo(fd);
	s->fd = fd;
	return EXIT_OK;
}

/* /dev/liveupdate is shared with everybody: have it open for this only */
static int create_all(struct sessions *ss)
{
	int luo = luo_open(opts.timeout);
	int ret = EXIT_OK;

	if (luo < 0)
		return explain_luo(luo);

	for (size_t i = 0; i < ss->n && !ret; i++)
		ret = create_one(luo, &ss->v[i]);
	close(luo);
	return ret;
}

/* The flag goes into the handover, so it comes before that */
static int hold_rx(const struct dev *d)
{
	struct lunic_ioctl_state st = {};
	int err = dev_read_state(d, &st);

	if (!err)
		err = ethtool_set_priv_flag(dev_ifname(d, &st) ?: "",
					    "live-update-hold-rx");
	if (!err)
		return EXIT_OK;
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .dev = d->name,
		.hint = "without --hold-rx" },
		"can't set the private flag live-update-hold-rx");
}

static int preserve_dev(const struct session *s, const struct dev *d)
{
	int fd = dev_open(d);
	int ret = EXIT_OK;
	int err;

	if (fd < 0)
		return explain_dev(d, fd);

	err = luo_preserve_fd(s->fd, fd, d->token);
	if (err)
		ret = explain_preserve(d, fd, err);
	close(fd);
	return ret;
}

static int no_network(const struct session *s, int err, const char *what)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err,
		.hint = "lunicctl preserve --no-network" },
		"can't %s the network configuration for the session %s",
		what, s->name);
}

/* First, so that a failure touches no device */
static int preserve_network(const struct session *s)
{
	int fd, err;

	if (opts.no_network)
		return EXIT_OK;
	fd = net_save(s->devs, s->n);
	if (fd < 0)
		return no_network(s, fd, "save");
	err = luo_preserve_fd(s->fd, fd, NET_TOKEN);
	close(fd);
	return err ? no_network(s, err, "preserve") : EXIT_OK;
}

static int preserve_all(const struct sessions *ss)
{
	int ret = EXIT_OK;

	for (size_t i = 0; i < ss->n; i++) {
		const struct session *s = &ss->v[i];

		ret = ret ?: preserve_network(s);
		for (size_t j = 0; j < s->n && !ret; j++) {
			if (opts.hold_rx)
				ret = hold_rx(&s->devs[j]);
			ret = ret ?: preserve_dev(s, &s->devs[j]);
		}
	}
	return ret;
}

static int start_holder(struct session *s)
{
	int err = holder_start(&s->holder, s->fd);

	if (!err)
		return EXIT_OK;
	return fail(&(struct problem){ .code = EXIT_KERNEL, .err = -err },
		    "can't start the process that holds the session %s",
		    s->name);
}

/* There the session lives on when this process ends */
static int use_store(struct session *s)
{
	struct problem p = { .code = EXIT_KERNEL };
	int err = store_put(s->fd);

	if (err) {
		p.err = -err;
		p.hint = "--fd-store is for a systemd service with NotifyAccess=all";
		return fail(&p, "can't hand the session %s to systemd", s->name);
	}
	if (!store_has(s->name)) {
		p.hint = "FileDescriptorStoreMax= in the service's unit";
		return fail(&p, "systemd did not keep the session %s", s->name);
	}
	s->holder.pid = STORE_PID;
	return EXIT_OK;
}

static void drop_one(struct session *s)
{
	if (opts.fd_store)
		store_empty();
	else
		holder_drop(&s->holder);
	pidfile_remove(s->name);
}

static int hold_one(struct session *s)
{
	struct problem p = { .code = EXIT_KERNEL };
	int err = opts.fd_store ? use_store(s) : start_holder(s);

	if (err)
		return err;
	err = pidfile_write(s->name, s->holder.pid, s->devs, s->n);
	if (err) {
		drop_one(s);
		p.err = -err;
		p.hint = "as root, with a writable /run";
		return fail(&p, "can't write /run/lunic/%s.pid", s->name);
	}
	return EXIT_OK;
}

static void drop(struct sessions *ss, size_t n)
{
	for (size_t i = 0; i < n; i++)
		drop_one(&ss->v[i]);
}

static int keep_all(struct sessions *ss)
{
	for (size_t i = 0; i < ss->n && !opts.fd_store; i++) {
		int err = holder_keep(&ss->v[i].holder);

		if (err) {
			drop(ss, ss->n);
			return fail(&(struct problem){
				.code = EXIT_KERNEL, .err = -err },
				"the process that holds the session %s died",
				ss->v[i].name);
		}
	}
	return EXIT_OK;
}

static int hold_all(struct sessions *ss)
{
	for (size_t i = 0; i < ss->n; i++) {
		int ret = hold_one(&ss->v[i]);

		if (ret) {
			drop(ss, i);
			return ret;
		}
	}
	return keep_all(ss);
}

static void report(const struct session *s, const struct dev *d)
{
	struct lunic_ioctl_state st = {};

	/* It is preserved; if the device can't be asked now, less is said */
	if (dev_read_state(d, &st))
		st = (struct lunic_ioctl_state){};
	if (opts.json)
		report_session(report_dev(d, &st), s->name, s->holder.pid);
	else
		say("%s %s preserved session %s holder %d%s\n", d->name,
		    dev_ifname(d, &st) ?: "-", s->name, s->holder.pid,
		    s->holder.pid == STORE_PID ? " (systemd)" : "");
}

static void report_all(const struct sessions *ss)
{
	for (size_t i = 0; i < ss->n; i++) {
		for (size_t j = 0; j < ss->v[i].n; j++)
			report(&ss->v[i], &ss->v[i].devs[j]);
	}
}

int cmd_preserve(char **names, size_t n)
{
	struct sessions ss;
	struct devs devs;
	int ret = devs_resolve(&devs, names, n, true);

	if (ret)
		return ret;
	if (!devs.n)
		return fail(&(struct problem){
			.code = EXIT_REFUSED, .err = ENODEV,
			.hint = "modprobe lunic" },
			"lunic drives no device");

	sessions_plan(&ss, &devs);
	ret = create_all(&ss);
	if (!ret)
		ret = preserve_all(&ss);
	if (!ret)
		ret = hold_all(&ss);
	if (!ret)
		report_all(&ss);
	sessions_free(&ss);
	devs_free(&devs);
	return ret;
}
