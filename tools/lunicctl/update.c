// SPDX-License-Identifier: GPL-2.0
/* lunicctl update: checks, loads, preserves and jumps, or undoes all of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "kexec.h"
#include "load.h"
#include "lock.h"
#include "opts.h"
#include "print.h"
#include "systemd.h"

struct update {
	struct devs devs;
	char **names;	/* theirs, for the other commands */
	struct target t;
	bool by_unit;	/* systemd's unit holds the session */
	bool take_loaded;
	bool loaded;	/* by us */
	bool preserved;
};

static bool names_kernel(void)
{
	return opts.kernel || opts.initrd || opts.command_line ||
	       opts.append || opts.reuse_cmdline;
}

static void check_target(struct checks *cs, struct update *u)
{
	u->take_loaded = kexec_is_loaded() && !names_kernel();
	if (u->take_loaded)
		check_warn(cs, "kernel",
			   "lunicctl load, which checks before it loads",
			   "an image is loaded already; what it is can't be seen, so it is not checked");
	else
		check_kernel(cs, &u->t);
}

static int check_all(struct update *u)
{
	struct checks cs = {};
	int ret;

	check_host(&cs, !opts.dry_run);
	check_systemd(&cs);
	check_devs(&cs, &u->devs);
	check_target(&cs, u);
	if (opts.dry_run) {
		checks_print(&cs);
		ret = checks_failed(&cs) ? EXIT_REFUSED : EXIT_OK;
	} else {
		ret = checks_judge(&cs);
	}
	checks_free(&cs);
	return ret;
}

static int load(struct update *u)
{
	int ret;

	if (u->take_loaded)
		return EXIT_OK;
	ret = load_target(&u->t);
	u->loaded = !ret;
	return ret;
}

static int unit_failed(void)
{
	systemd_tell_reason();
	return fail(&(struct problem){
		.code = EXIT_REFUSED,
		.hint = "journalctl -u " SYSTEMD_UNIT },
		SYSTEMD_UNIT " could not preserve the devices; nothing has changed");
}

static int preserve(struct update *u)
{
	int ret = EXIT_OK;

	if (!u->by_unit)
		ret = cmd_preserve(u->names, u->devs.n);
	else if (!systemd_preserve())
		ret = unit_failed();
	u->preserved = !ret;
	return ret;
}

/* Back to where it began; only an image that ours took the place of is gone */
static void undo(struct update *u)
{
	if (u->preserved && u->by_unit && !systemd_cancel())
		warn(&(struct problem){
			.hint = "systemctl restart " SYSTEMD_UNIT },
			"the devices are still preserved");
	else if (u->preserved && !u->by_unit)
		cmd_cancel(u->names, u->devs.n);
	if (u->loaded)
		load_undo();
}

static int jump_failed(int err)
{
	struct problem p = {
		.code = EXIT_KERNEL, .err = -err, .hint = "dmesg | tail",
	};

	if (err == -EINVAL)
		p.hint = "dmesg | tail; an image that kexec loaded without -s carries no handover: lunicctl load, or kexec -s -l";
	return fail(&p, "the kernel did not jump; the devices go on as before");
}

static int jump(struct update *u)
{
	if (!u->by_unit)
		return jump_failed(kexec_jump());
	if (systemd_jump())
		return EXIT_OK;
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .hint = "systemctl status kexec.target" },
		"systemctl kexec failed; the devices go on as before");
}

/* The files of others are on the disk before anything is at stake */
static int act(struct update *u)
{
	int ret;

	sync();
	ret = load(u);
	if (!ret)
		ret = preserve(u);
	fflush(stdout);
	if (!ret && !opts.no_jump)
		ret = jump(u);
	if (ret)
		undo(u);
	return ret;
}

static void name_devices(struct update *u)
{
	if (u->devs.all)
		devs_drop_down(&u->devs);
	u->names = calloc(u->devs.n + 1, sizeof(*u->names));
	if (!u->names)
		abort();
	for (size_t i = 0; i < u->devs.n; i++)
		u->names[i] = u->devs.v[i].name;
}

static int run(struct update *u)
{
	int ret = check_all(u);

	if (!ret && !opts.dry_run) {
		name_devices(u);
		ret = act(u);
		free(u->names);
	}
	target_free(&u->t);
	return ret;
}

static int unit_takes_all(void)
{
	return fail(&(struct problem){
		.code = EXIT_USAGE, .hint = "lunicctl update" },
		"under systemd no device can be named: " SYSTEMD_UNIT
		" preserves all that are up");
}

static int run_locked(struct update *u)
{
	int lock;
	int ret = lock_take(&lock);

	if (ret)
		return ret;
	ret = run(u);
	lock_drop(lock);
	return ret;
}

int cmd_update(char **names, size_t n)
{
	struct update u = {};
	int ret = devs_resolve(&u.devs, names, n, false);

	if (ret)
		return ret;
	u.by_unit = systemd_holds();
	if (u.by_unit && !u.devs.all)
		ret = unit_takes_all();
	else
		ret = run_locked(&u);
	devs_free(&u.devs);
	return ret;
}
