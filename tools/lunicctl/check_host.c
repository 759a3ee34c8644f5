// SPDX-License-Identifier: GPL-2.0
/* Checks the running kernel and the rights to use it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cmdline.h"
#include "kexec.h"
#include "luo.h"
#include "opts.h"
#include "path.h"
#include "systemd.h"
#include "text.h"

#define BOOT_HINT	"boot with kho=on liveupdate=on"
#define DRIVER_DIR	"/sys/bus/pci/drivers/lunic"

static void check_root(struct checks *cs, bool act)
{
	if (!geteuid())
		check_ok(cs, "root", "yes");
	else if (act)
		check_fail(cs, "root", "the same with sudo",
			   "only root may load a kernel and preserve devices");
	else
		check_warn(cs, "root", "sudo lunicctl check",
			   "an ordinary user can't find out everything, and can't update");
}

static void check_running_cmdline(struct checks *cs)
{
	char *line;
	bool kho, luo;

	if (cmdline_running(&line)) {
		check_warn(cs, "running-command-line", NULL,
			   "/proc/cmdline can't be read");
		return;
	}
	/* What counts is whether it works; kernels may have it on by default */
	kho = cmdline_is_on(line, "kho", true);
	luo = cmdline_is_on(line, "liveupdate", false);
	if (kho && luo)
		check_ok(cs, "running-command-line", "kho and liveupdate are on");
	else
		check_fail(cs, "running-command-line", BOOT_HINT,
			   "%s not on", kho ? "liveupdate is" : luo ?
			   "kho is" : "kho and liveupdate are");
	free(line);
}

static void liveupdate_failed(struct checks *cs, int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
		check_warn(cs, "liveupdate", "sudo lunicctl check",
			   "/dev/liveupdate is there; only root can tell whether it works");
		return;
	case -EBUSY:
		check_fail(cs, "liveupdate", "fuser -v /dev/liveupdate",
			   "/dev/liveupdate is taken by another process");
		return;
	case -EIO:
		check_fail(cs, "liveupdate",
			   "an ordinary reboot; at the next update load lunic before anything opens /dev/liveupdate",
			   "/dev/liveupdate is used up in this boot: the kernel could not read what the previous one handed over");
		return;
	default:
		check_fail(cs, "liveupdate", "dmesg",
			   "/dev/liveupdate can't be opened: %s",
			   strerror(-err));
	}
}

/* Its first open reads what came in, which takes the driver */
static void check_liveupdate(struct checks *cs)
{
	int fd;

	if (access(path("/dev/liveupdate").s, F_OK)) {
		check_fail(cs, "liveupdate", BOOT_HINT " a kernel that has CONFIG_LIVEUPDATE",
			   "no /dev/liveupdate: this kernel has no live update");
		return;
	}
	if (access(path(DRIVER_DIR).s, F_OK)) {
		check_warn(cs, "liveupdate", "modprobe lunic",
			   "/dev/liveupdate is there, but it is not to be opened before lunic is loaded");
		return;
	}
	fd = luo_open(opts.timeout);
	if (fd < 0) {
		liveupdate_failed(cs, fd);
		return;
	}
	close(fd);
	check_ok(cs, "liveupdate", "/dev/liveupdate works");
}

static void check_disabled(struct checks *cs)
{
	struct text t;

	if (text_read(path("/proc/sys/kernel/kexec_load_disabled").s, &t))
		return;		/* then the next check fails */
	if (t.s[0] == '0')
		check_ok(cs, "kexec-load-disabled", "0");
	else
		check_fail(cs, "kexec-load-disabled",
			   "grep -r kexec_load_disabled /etc/sysctl.d /etc/sysctl.conf, remove it, and an ordinary reboot",
			   "the sysctl kernel.kexec_load_disabled is 1, which holds until the next boot");
}

static void check_syscall(struct checks *cs)
{
	int err = kexec_probe();

	if (!err)
		check_ok(cs, "kexec-file-load", "this kernel has it");
	else if (err == -ENOSYS)
		check_fail(cs, "kexec-file-load",
			   "boot a kernel that has CONFIG_KEXEC_FILE",
			   "this kernel has no kexec_file_load()");
	else if (geteuid())
		check_warn(cs, "kexec-file-load", "sudo lunicctl check",
			   "only root can tell");
	else
		check_fail(cs, "kexec-file-load",
			   "as root outside of a container (CAP_SYS_BOOT)",
			   "it is not permitted: %s", strerror(-err));
}

/* "none [integrity] confidentiality" */
static void check_lockdown(struct checks *cs)
{
	struct text t;
	char *s, *end;

	if (text_read(path("/sys/kernel/security/lockdown").s, &t)) {
		check_ok(cs, "lockdown", "none");
		return;
	}
	s = strchr(t.s, '[');
	end = s ? strchr(s, ']') : NULL;
	if (!end) {
		check_warn(cs, "lockdown", NULL, "'%s' is not known", t.s);
		return;
	}
	*end = '\0';
	if (!strcmp(s + 1, "none"))
		check_ok(cs, "lockdown", "none");
	else
		check_warn(cs, "lockdown",
			   "sign the kernel to boot, or boot this one with lockdown=none",
			   "%s: only an image signed with a key that this kernel trusts can be loaded",
			   s + 1);
}

void check_host(struct checks *cs, bool act)
{
	check_root(cs, act);
	check_running_cmdline(cs);
	check_liveupdate(cs);
	check_disabled(cs);
	check_syscall(cs);
	check_lockdown(cs);
}

/* Without it nobody would hold the session at the end of a shutdown */
static void check_unit(struct checks *cs)
{
	if (systemd_has_unit())
		check_ok(cs, "unit", SYSTEMD_UNIT " is active");
	else if (opts.no_jump)
		check_warn(cs, "unit", "systemctl enable --now " SYSTEMD_UNIT,
			   SYSTEMD_UNIT " is not active: a process holds the session, and systemctl kexec would end it");
	else
		check_fail(cs, "unit", "systemctl enable --now " SYSTEMD_UNIT,
			   SYSTEMD_UNIT " is not active, so systemctl kexec would reset the devices");
}

void check_systemd(struct checks *cs)
{
	int version;

	if (!systemd_runs()) {
		check_ok(cs, "systemd", "not the first process here");
		return;
	}
	version = systemd_version();
	if (version >= SYSTEMD_MIN)
		check_ok(cs, "systemd", "version %d", version);
	else
		check_fail(cs, "systemd", "apt install systemd, 261 or newer; without it, lunicctl preserve and a direct reboot call",
			   "version %d lets no session live through systemctl kexec; %d is the first that does",
			   version, SYSTEMD_MIN);
	check_unit(cs);
}
