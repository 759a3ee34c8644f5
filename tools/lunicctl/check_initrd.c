// SPDX-License-Identifier: GPL-2.0
/* Checks that the driver comes along, and speaks the running one's language. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "initrd.h"
#include "modinfo.h"
#include "path.h"

#define ABI_KEY		"lunic_handover"
#define BUILTIN_KEY	"lunic." ABI_KEY

struct abi {
	unsigned int major;
	unsigned int minor;
};

/* What the running driver speaks, from the first device that answers */
static bool running_abi(struct abi *abi)
{
	struct lunic_ioctl_state st;
	struct devs devs;
	bool found = false;

	if (devs_resolve(&devs, NULL, 0, true))
		return false;
	for (size_t i = 0; i < devs.n && !found; i++)
		found = !dev_read_state(&devs.v[i], &st);
	devs_free(&devs);
	if (found)
		*abi = (struct abi){ st.abi_major, st.abi_minor };
	return found;
}

static void check_abi(struct checks *cs, const char *next)
{
	struct abi abi, theirs;

	if (!running_abi(&abi))
		return;		/* another check says so */
	if (!next || sscanf(next, "%u.%u", &theirs.major, &theirs.minor) != 2)
		check_warn(cs, "handover-abi", NULL,
			   "the next driver does not say; this one speaks %u.%u",
			   abi.major, abi.minor);
	else if (theirs.major == abi.major)
		check_ok(cs, "handover-abi", "%u.%u here, %u.%u there",
			 abi.major, abi.minor, theirs.major, theirs.minor);
	else
		check_fail(cs, "handover-abi",
			   "a kernel whose lunic speaks the same, or an ordinary reboot into this one",
			   "%u.%u here, %u.%u there: it would reset the devices",
			   abi.major, abi.minor, theirs.major, theirs.minor);
}

static void check_builtin_abi(struct checks *cs, const struct image *im)
{
	struct path p = path("/lib/modules/%s/modules.builtin.modinfo",
			     im->release);
	struct bytes b;

	if (bytes_read(p.s, &b)) {
		check_abi(cs, NULL);
		return;
	}
	check_abi(cs, modinfo_get(&b, BUILTIN_KEY));
	bytes_free(&b);
}

static bool is_of(const char *vermagic, const char *release)
{
	size_t n = strlen(release);

	return !strncmp(vermagic, release, n) && vermagic[n] == ' ';
}

/* @r->module is empty where the program that unpacks it is missing */
static void check_module(struct checks *cs, const struct image *im,
			 const struct initrd *r, const char *rebuild)
{
	const char *magic = modinfo_get(&r->module, "vermagic");

	if (!r->right || (magic && !is_of(magic, im->release))) {
		check_fail(cs, "initramfs", rebuild,
			   "%s in %s is not for %s but for another kernel",
			   r->driver, im->initrd, im->release);
		return;
	}
	check_ok(cs, "initramfs", "%s has %s", im->initrd, r->driver);
	check_abi(cs, modinfo_get(&r->module, ABI_KEY));
}

static void unreadable(struct checks *cs, const struct image *im,
		       const struct initrd *r, const char *rebuild)
{
	char remedy[64];

	snprintf(remedy, sizeof(remedy), "apt install %s",
		 r->tool && !strcmp(r->tool, "xz") ? "xz-utils" :
		 r->tool ?: "");
	if (r->err == -ENOENT && r->tool)
		check_warn(cs, "initramfs", remedy,
			   "%s can't be read without %s: whether the driver is in it is not known",
			   im->initrd, r->tool);
	else if (r->err == -EBADMSG)
		check_fail(cs, "initramfs", rebuild,
			   "%s is truncated or no initramfs", im->initrd);
	else if (r->err == -EACCES)
		check_warn(cs, "initramfs", "sudo lunicctl check",
			   "%s: only root can read it", im->initrd);
	else
		check_fail(cs, "initramfs", "--initrd FILE", "%s: %s",
			   im->initrd, strerror(-r->err));
}

static void check_contents(struct checks *cs, const struct image *im,
			   const struct initrd *r, bool builtin)
{
	char rebuild[512];

	snprintf(rebuild, sizeof(rebuild), "update-initramfs -u -k %s (dracut: dracut -f --kver %s), with lunic-tools installed",
		 im->release, im->release);
	if (r->err) {
		unreadable(cs, im, r, rebuild);
		return;
	}
	if (!builtin && !r->driver[0])
		check_fail(cs, "initramfs", rebuild,
			   "%s lacks lunic.ko: nobody would take the devices over",
			   im->initrd);
	else if (!builtin)
		check_module(cs, im, r, rebuild);
	if (r->has_tool)
		check_ok(cs, "initramfs-tool", "lunicctl is in it");
	else
		check_warn(cs, "initramfs-tool", rebuild,
			   "%s lacks lunicctl: the network configuration comes back late",
			   im->initrd);
}

void check_initrd(struct checks *cs, const struct target *t,
		  const struct kconfig *kc)
{
	bool builtin = kconfig_get(kc, "CONFIG_LUNIC") == 'y';
	const struct image *im = &t->image;
	struct initrd r;

	if (builtin) {
		check_ok(cs, "initramfs", "not needed for the driver, which is built in");
		check_builtin_abi(cs, im);
	}
	if (!im->initrd[0]) {
		if (!builtin)
			check_fail(cs, "initramfs", "--initrd FILE, made by update-initramfs or dracut",
				   "there is none, and the driver is a module");
		return;
	}
	initrd_read(&r, im->initrd, im->release);
	check_contents(cs, im, &r, builtin);
	initrd_free(&r);
}
