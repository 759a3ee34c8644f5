// SPDX-License-Identifier: GPL-2.0
/* Checks each device: its driver, its settings, and what it can catch. */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "ethtool.h"
#include "explain.h"
#include "path.h"
#include "systemd.h"
#include "text.h"

#define INTEL		"0x8086"
#define PCI_DEVICES	"/sys/bus/pci/devices"
#define FLAG		"live-update"
/* The shortest frame with preamble and gap, in bits; speeds are in Mbit/s */
#define WIRE_BITS	672
#define FRAMES_PER_MS(speed)	((speed) * 1000 / WIRE_BITS)
#define FALLBACK_SPEED	1000

/* The last part of a link, empty without one */
static struct text link_base(struct path p)
{
	struct text t = { "" };
	char target[PATH_MAX];
	ssize_t n = readlink(p.s, target, sizeof(target) - 1);
	const char *base;

	if (n < 0)
		return t;
	target[n] = '\0';
	base = strrchr(target, '/');
	snprintf(t.s, sizeof(t.s), "%.*s", TEXT_LEN - 1,
		 base ? base + 1 : target);
	return t;
}

static bool could_be_ours(const struct dev *d)
{
	static const char * const ids[] = { "0x10c9", "0x10d3" };
	struct text vendor, id;

	if (text_read(path(PCI_DEVICES "/%s/vendor", d->name).s, &vendor) ||
	    text_read(path(PCI_DEVICES "/%s/device", d->name).s, &id) ||
	    strcmp(vendor.s, INTEL))
		return false;
	return !strcmp(id.s, ids[0]) || !strcmp(id.s, ids[1]);
}

static void bound_elsewhere(struct checks *cs, const struct dev *d, bool fatal)
{
	struct text driver = link_base(path(PCI_DEVICES "/%s/driver", d->name));
	char remedy[256];

	if (driver.s[0])
		snprintf(remedy, sizeof(remedy),
			 "modprobe lunic; echo %s >/sys/bus/pci/drivers/%.32s/unbind; echo %s >/sys/bus/pci/drivers/lunic/bind",
			 d->name, driver.s, d->name);
	else
		snprintf(remedy, sizeof(remedy), "modprobe lunic");
	if (fatal)
		check_fail(cs, "driver", remedy, "driven by %s, not by lunic",
			   driver.s[0] ? driver.s : "nothing");
	else
		check_warn(cs, "driver", remedy,
			   "driven by %s: the update resets it",
			   driver.s[0] ? driver.s : "nothing");
}

/* Devices that lunic could drive, but doesn't */
static size_t check_others(struct checks *cs, bool fatal)
{
	struct dirent **list = NULL;
	int n = scandir(path(PCI_DEVICES).s, &list, NULL, alphasort);
	size_t found = 0;

	for (int i = 0; i < n; i++) {
		struct dev d;

		if (dev_parse(list[i]->d_name, &d) && could_be_ours(&d) &&
		    !dev_is_bound(&d)) {
			cs->dev = &d;
			bound_elsewhere(cs, &d, fatal);
			cs->dev = NULL;
			found++;
		}
		free(list[i]);
	}
	free(list);
	return found;
}

static struct phrase up_remedy(const struct dev *d,
			       struct lunic_ioctl_state *st)
{
	struct phrase p;

	snprintf(p.s, sizeof(p.s), "ip link set %s up",
		 dev_ifname(d, st) ?: d->name);
	return p;
}

static void check_interface(struct checks *cs, const struct dev *d,
			    struct lunic_ioctl_state *st)
{
	if (st->flags & LUNIC_STATE_F_UP)
		check_ok(cs, "interface", "up");
	else
		check_fail(cs, "interface", up_remedy(d, st).s,
			   "the interface is down");

	if (st->flags & LUNIC_STATE_F_LINK)
		check_ok(cs, "link", "yes");
	else
		check_warn(cs, "link", "the cable, the switch's port",
			   "there is no link");
}

static bool is_translated(const struct dev *d, struct text *type)
{
	if (text_read(path(PCI_DEVICES "/%s/iommu_group/type", d->name).s,
		      type)) {
		strcpy(type->s, "none");
		return false;
	}
	return strcmp(type->s, "identity");
}

static void check_iommu(struct checks *cs, const struct dev *d,
			const struct lunic_ioctl_state *st)
{
	struct text type;

	if (is_translated(d, &type) || st->blocker == LUNIC_BLOCK_IOMMU)
		check_fail(cs, "iommu", "boot with iommu=pt",
			   "an IOMMU translates the device's DMA (domain %s)",
			   type.s);
	else
		check_ok(cs, "iommu", "no translation (%s)", type.s);
}

static void check_flag(struct checks *cs, const struct dev *d,
		       struct lunic_ioctl_state *st)
{
	const char *name = dev_ifname(d, st);
	bool on = st->blocker != LUNIC_BLOCK_PRIV_FLAG;
	char remedy[96];

	if (on && name && !ethtool_priv_flag(name, FLAG, &on))
		on = true;
	snprintf(remedy, sizeof(remedy),
		 "ethtool --set-priv-flags %s " FLAG " on", name ?: d->name);
	if (on)
		check_ok(cs, "priv-flag", FLAG " is on");
	else
		check_fail(cs, "priv-flag", remedy,
			   "its private flag " FLAG " is off");
}

static uint64_t frames_per_ms(const char *ifname)
{
	struct text t;
	long speed = 0;

	if (!text_read(path("/sys/class/net/%s/speed", ifname).s, &t))
		speed = atol(t.s);
	return FRAMES_PER_MS((uint64_t)(speed > 0 ? speed : FALLBACK_SPEED));
}

static void no_budget(struct checks *cs, const struct dev *d,
		      struct lunic_ioctl_state *st)
{
	const char *name = dev_ifname(d, st);
	char remedy[256], lasts[96] = "";
	uint64_t slots;

	if (name && ethtool_rx_slots(name, &slots))
		snprintf(lasts, sizeof(lasts), ": the rings take %" PRIu64
			 " frames, %" PRIu64 " ms at line rate", slots,
			 slots / frames_per_ms(name));
	snprintf(remedy, sizeof(remedy),
		 "devlink dev param set pci/%s name blackout_rate cmode runtime value FRAMES_PER_SECOND; the same with name blackout_budget_ms value 2000",
		 d->name);
	check_warn(cs, "catch-basin", remedy, "no blackout budget%s", lasts);
}

static void check_basin(struct checks *cs, const struct dev *d,
			struct lunic_ioctl_state *st)
{
	if (st->blocker == LUNIC_BLOCK_RINGS ||
	    st->blocker == LUNIC_BLOCK_MEMORY)
		check_fail(cs, "catch-basin", blocker_remedy(d, st).s, "%s",
			   blocker_words(st).s);
	else if (!st->basin_ms)
		no_budget(cs, d, st);
	else
		check_ok(cs, "catch-basin", "a blackout of %u ms: %" PRIu64
			 " buffers to add, %" PRIu64 " MiB of %" PRIu64 " free",
			 st->basin_ms, (uint64_t)st->basin_buffers,
			 (uint64_t)st->basin_bytes >> 20,
			 (uint64_t)st->basin_free >> 20);
}

/* Those that have a line of their own are not told twice */
static bool has_own_line(unsigned int blocker)
{
	switch (blocker) {
	case LUNIC_BLOCK_DOWN:
	case LUNIC_BLOCK_IOMMU:
	case LUNIC_BLOCK_PRIV_FLAG:
	case LUNIC_BLOCK_RINGS:
	case LUNIC_BLOCK_MEMORY:
		return true;
	}
	return false;
}

static void check_state(struct checks *cs, const struct dev *d,
			struct lunic_ioctl_state *st)
{
	if (st->state == LUNIC_LU_PRESERVED && systemd_holds())
		check_ok(cs, "state", "preserved already, which "
			 SYSTEMD_UNIT " does anew");
	else if (st->blocker == LUNIC_BLOCK_NONE || has_own_line(st->blocker))
		check_ok(cs, "state", "%s, handover ABI %u.%u",
			 state_name(st->state), st->abi_major, st->abi_minor);
	else
		check_fail(cs, "state", blocker_remedy(d, st).s, "%s",
			   blocker_words(st).s);
}

static void check_settings(struct checks *cs, const struct dev *d,
			   struct lunic_ioctl_state *st)
{
	check_state(cs, d, st);
	check_interface(cs, d, st);
	check_iommu(cs, d, st);
	check_flag(cs, d, st);
	check_basin(cs, d, st);
}

/* @any_will_do: others are up, and nobody asked for this one */
static void check_one(struct checks *cs, const struct dev *d, bool any_will_do)
{
	struct lunic_ioctl_state st;
	int err;

	if (!dev_is_bound(d)) {
		bound_elsewhere(cs, d, true);
		return;
	}
	err = dev_read_state(d, &st);
	if (err) {
		check_fail(cs, "state", "dmesg | grep lunic; ls -l /dev/lunic",
			   "the driver can't be asked: %s", strerror(-err));
		return;
	}
	cs->ifname = dev_ifname(d, &st);
	check_ok(cs, "driver", "lunic");
	if (any_will_do && !(st.flags & LUNIC_STATE_F_UP))
		check_warn(cs, "interface", up_remedy(d, &st).s,
			   "the interface is down: the update leaves it out");
	else
		check_settings(cs, d, &st);
	cs->ifname = NULL;
}

static bool is_up(const struct dev *d)
{
	struct lunic_ioctl_state st;

	return !dev_read_state(d, &st) && st.flags & LUNIC_STATE_F_UP;
}

/* One that is down has nothing to lose, and would be refused */
void devs_drop_down(struct devs *devs)
{
	size_t n = 0;

	for (size_t i = 0; i < devs->n; i++) {
		if (is_up(&devs->v[i]))
			devs->v[n++] = devs->v[i];
	}
	devs->n = n;
}

static bool any_up(const struct devs *devs)
{
	for (size_t i = 0; i < devs->n; i++) {
		if (is_up(&devs->v[i]))
			return true;
	}
	return false;
}

void check_devs(struct checks *cs, const struct devs *devs)
{
	bool any_will_do = devs->all && any_up(devs);

	for (size_t i = 0; i < devs->n; i++) {
		cs->dev = &devs->v[i];
		check_one(cs, &devs->v[i], any_will_do);
		cs->dev = NULL;
	}
	if (devs->all && !check_others(cs, !devs->n) && !devs->n)
		check_fail(cs, "driver", "modprobe lunic",
			   "lunic drives no device, and there is none that it could drive");
}
