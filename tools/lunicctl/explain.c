// SPDX-License-Identifier: GPL-2.0
/* Turns states, blockers and errnos into sentences with a remedy. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "opts.h"
#include "print.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define BOOT_HINT	"boot with kho=on liveupdate=on"

static const char * const states[] = {
	[LUNIC_LU_IDLE] = "idle",
	[LUNIC_LU_PRESERVED] = "preserved",
	[LUNIC_LU_FROZEN] = "frozen",
	[LUNIC_LU_ADOPTED] = "adopted",
	[LUNIC_LU_REFUSED] = "refused",
};

/* In @remedy, %s is the interface's name; NULL: a shorter blackout budget */
static const struct {
	const char *name;
	const char *words;
	const char *remedy;
} blockers[] = {
	[LUNIC_BLOCK_NO_LIVEUPDATE] = {
		"no-liveupdate", "this kernel has no live update of PCI devices",
		BOOT_HINT " a kernel that has CONFIG_PCI_LIVEUPDATE" },
	[LUNIC_BLOCK_PRIV_FLAG] = {
		"priv-flag", "its private flag live-update is off",
		"ethtool --set-priv-flags %s live-update on" },
	[LUNIC_BLOCK_DOWN] = {
		"down", "the interface is down",
		"ip link set %s up" },
	[LUNIC_BLOCK_IOMMU] = {
		"iommu", "an IOMMU translates the device's DMA",
		"boot with iommu=pt" },
	[LUNIC_BLOCK_VF] = {
		"vf", "it is a virtual function",
		"use a physical function for %s's traffic" },
	[LUNIC_BLOCK_NETNS] = {
		"netns", "the interface is in a network namespace of its own",
		"ip -n NAMESPACE link set %s netns 1" },
	[LUNIC_BLOCK_INCOMING] = {
		"incoming", "the previous live update is not finished",
		"lunicctl resume %s" },
	[LUNIC_BLOCK_PRESERVED] = {
		"preserved", "a session preserves it already",
		"lunicctl cancel %s" },
	[LUNIC_BLOCK_GONE] = {
		"gone", "the hardware does not answer",
		"read dmesg, then replug or power-cycle the device of %s" },
	[LUNIC_BLOCK_FEATURE] = {
		"feature", "loopback, rx-fcs or rx-all is on",
		"ethtool -K %s loopback off rx-fcs off rx-all off" },
	[LUNIC_BLOCK_RINGS] = {
		"rings", "no ring is as long as the blackout budget needs", NULL },
	[LUNIC_BLOCK_MEMORY] = {
		"memory", "too little memory for the blackout budget", NULL },
};

const char *state_name(unsigned int state)
{
	return state < ARRAY_SIZE(states) ? states[state] : "unknown";
}

/* NULL when nothing blocks */
const char *blocker_name(unsigned int blocker)
{
	if (blocker >= ARRAY_SIZE(blockers))
		return "unknown";
	return blockers[blocker].name;
}

/* A shortage is told in numbers */
struct phrase blocker_words(const struct lunic_ioctl_state *st)
{
	const char *words = "this lunicctl does not know the reason";
	struct phrase p;

	if (st->blocker < ARRAY_SIZE(blockers))
		words = blockers[st->blocker].words ?: "";
	if (st->blocker == LUNIC_BLOCK_MEMORY)
		snprintf(p.s, sizeof(p.s), "%s: needs %" PRIu64
			 " buffers = %" PRIu64 " MiB, only %" PRIu64
			 " MiB free", words, (uint64_t)st->basin_buffers,
			 (uint64_t)st->basin_bytes >> 20,
			 (uint64_t)st->basin_free >> 20);
	else
		snprintf(p.s, sizeof(p.s), "%s", words);
	return p;
}

struct phrase blocker_remedy(const struct dev *d, struct lunic_ioctl_state *st)
{
	const char *fmt = "a lunicctl as new as the kernel";
	struct phrase p;

	if (st->blocker < ARRAY_SIZE(blockers))
		fmt = blockers[st->blocker].remedy;
	if (fmt)
		snprintf(p.s, sizeof(p.s), fmt, dev_ifname(d, st) ?: d->name);
	else
		snprintf(p.s, sizeof(p.s), "devlink dev param set pci/%s name blackout_budget_ms cmode runtime value %u",
			 d->name, st->basin_max_ms);
	return p;
}

static int not_permitted(const char *dev, int err)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .dev = dev,
		.hint = "as root (CAP_NET_ADMIN, and access to /dev/liveupdate)" },
		"not permitted");
}

static int other_error(const char *dev, int err)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .dev = dev,
		.hint = "dmesg" },
		"%s", strerror(-err));
}

/* Opening a device's character device, or an ioctl on it, failed */
int explain_dev(const struct dev *d, int err)
{
	struct problem p = {
		.code = EXIT_KERNEL, .err = -err, .dev = d->name,
	};

	switch (err) {
	case -EACCES:
	case -EPERM:
		return not_permitted(d->name, err);
	case -ENOENT:
		p.hint = "modprobe lunic";
		return fail(&p, "/dev/lunic/%s is missing", d->name);
	case -ENODEV:
	case -ENXIO:
		p.hint = "lunicctl show";
		return fail(&p, "the device is gone");
	case -ENOTTY:
	case -EINVAL:
	case -E2BIG:
		p.hint = "a lunicctl as new as the kernel";
		return fail(&p, "the driver does not know this request");
	default:
		return other_error(d->name, err);
	}
}

/* Opening /dev/liveupdate failed */
int explain_luo(int err)
{
	struct problem p = { .code = EXIT_KERNEL, .err = -err };

	switch (err) {
	case -EACCES:
	case -EPERM:
		return not_permitted(NULL, err);
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		p.hint = BOOT_HINT;
		return fail(&p, "no /dev/liveupdate: this kernel has no live update");
	case -EBUSY:
		p.code = EXIT_TIMEOUT;
		p.hint = "fuser -v /dev/liveupdate, or a longer --timeout";
		return fail(&p, "/dev/liveupdate is taken by another process, for instance systemd or an update agent");
	case -EIO:
		p.hint = "dmesg; at the next update load lunic before anything opens /dev/liveupdate";
		return fail(&p, "the kernel could not read what the previous kernel handed over");
	default:
		return other_error(NULL, err);
	}
}

static int blocked(const struct dev *d, struct lunic_ioctl_state *st, int err)
{
	struct phrase remedy = blocker_remedy(d, st);

	return fail(&(struct problem){
		.code = EXIT_REFUSED, .err = -err, .dev = d->name,
		.hint = remedy.s },
		"%s", blocker_words(st).s);
}

/*
 * The kernel refused to preserve the device, whose file is @fd. The device
 * knows the reason better than the errno does.
 */
int explain_preserve(const struct dev *d, int fd, int err)
{
	struct lunic_ioctl_state st;
	struct problem p = {
		.code = EXIT_REFUSED, .err = -err, .dev = d->name,
	};

	if (!dev_get_state(fd, &st) && st.blocker != LUNIC_BLOCK_NONE)
		return blocked(d, &st, err);

	switch (err) {
	case -ENOENT:
		p.hint = BOOT_HINT " a kernel that has CONFIG_PCI_LIVEUPDATE";
		return fail(&p, "the kernel can't preserve this driver's devices");
	case -EBUSY:
		p.hint = "end the process that holds the session";
		return fail(&p, "another session preserves it already");
	case -ENOMEM:
		p.code = EXIT_KERNEL;
		p.hint = "shorter rings (ethtool -G) or a smaller blackout budget";
		return fail(&p, "too little memory for the handover");
	default:
		return explain_dev(d, err);
	}
}
