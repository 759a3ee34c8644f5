// SPDX-License-Identifier: GPL-2.0
/* lunicctl show: a line a device, readable at a glance. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd.h"
#include "explain.h"
#include "opts.h"
#include "pidfile.h"
#include "print.h"
#include "report.h"
#include "store.h"

/* Two blockers say only what the state says already */
static bool is_worth_saying(const struct lunic_ioctl_state *st)
{
	if (st->blocker == LUNIC_BLOCK_PRESERVED)
		return st->state == LUNIC_LU_IDLE;
	if (st->blocker == LUNIC_BLOCK_INCOMING)
		return st->state == LUNIC_LU_IDLE;
	return st->blocker != LUNIC_BLOCK_NONE;
}

static void show_line(const struct dev *d, struct lunic_ioctl_state *st)
{
	const char *ifname = dev_ifname(d, st);

	say("%s %s %s link %s state %s%s", d->name, ifname ?: "-",
	    st->flags & LUNIC_STATE_F_UP ? "up" : "down",
	    st->flags & LUNIC_STATE_F_LINK ? "yes" : "no",
	    state_name(st->state),
	    st->flags & LUNIC_STATE_F_HELD ? " rx held" : "");
	if (is_worth_saying(st))
		say(" blocked: %s (%s)", blocker_words(st).s,
		    blocker_remedy(d, st).s);
	say("\n");
}

static void show_more(const struct lunic_ioctl_state *st)
{
	say("  abi %u.%u ifindex %u updates %" PRIu64 " caught %" PRIu64
	    " frames\n", st->abi_major, st->abi_minor, st->ifindex,
	    (uint64_t)st->updates, (uint64_t)st->caught);
	if (st->state == LUNIC_LU_PRESERVED)
		say("  preserved %" PRIu64 " bytes in %u blocks\n",
		    (uint64_t)st->preserved_bytes, st->preserved_blocks);
}

static void show_basin(const struct lunic_ioctl_state *st)
{
	if (!st->basin_ms)
		return;
	say("  blackout budget %u ms of at most %u", st->basin_ms,
	    st->basin_max_ms);
	if (st->basin_buffers)
		say(": %" PRIu64 " buffers to add, %" PRIu64 " MiB of %" PRIu64
		    " free", (uint64_t)st->basin_buffers,
		    (uint64_t)st->basin_bytes >> 20,
		    (uint64_t)st->basin_free >> 20);
	say("\n");
}

static void show_text(const struct dev *d, struct lunic_ioctl_state *st,
		      const struct held *held)
{
	show_line(d, st);
	if (!opts.verbose)
		return;
	show_more(st);
	show_basin(st);
	if (held)
		say("  session %s holder %d%s\n", held->session, held->pid,
		    held->pid == STORE_PID ? " (systemd)" : "");
}

static int show_dev(const struct dev *d, struct helds *hs)
{
	struct held *held = helds_by_dev(hs, d);
	struct lunic_ioctl_state st;
	int err = dev_read_state(d, &st);

	if (err)
		return explain_dev(d, err);

	if (opts.json)
		report_session(report_dev(d, &st), held ? held->session : NULL,
			       held ? held->pid : 0);
	else
		show_text(d, &st, held);
	return EXIT_OK;
}

int cmd_show(char **names, size_t n)
{
	struct helds hs = {};
	struct devs devs;
	int ret = devs_to_show(&devs, names, n);

	if (ret)
		return ret;

	if (opts.json || opts.verbose)
		helds_read(&hs);
	for (size_t i = 0; i < devs.n; i++) {
		int err = show_dev(&devs.v[i], &hs);

		ret = ret ?: err;
	}
	helds_free(&hs);
	devs_free(&devs);
	return ret;
}
