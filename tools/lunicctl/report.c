// SPDX-License-Identifier: GPL-2.0
/* Writes a device's state as JSON. A key that is absent does not apply. */
#include <stdio.h>

#include "explain.h"
#include "print.h"
#include "report.h"

void report_str(struct json_object *o, const char *key, const char *val)
{
	if (val)
		json_object_object_add(o, key, json_object_new_string(val));
}

static void add_flag(struct json_object *o, const char *key, bool val)
{
	json_object_object_add(o, key, json_object_new_boolean(val));
}

static void add_num(struct json_object *o, const char *key, uint64_t val)
{
	json_object_object_add(o, key, json_object_new_uint64(val));
}

void report_session(struct json_object *o, const char *session, pid_t holder)
{
	report_str(o, "session", session);
	if (holder)
		add_num(o, "holder_pid", holder);
}

static void add_names(struct json_object *o, const struct dev *d,
		      struct lunic_ioctl_state *st)
{
	char handle[DEV_NAME_LEN + 4];

	snprintf(handle, sizeof(handle), "pci/%s", d->name);
	report_str(o, "device", handle);
	report_str(o, "pci", d->name);
	report_str(o, "ifname", dev_ifname(d, st));
	if (st->ifindex)
		add_num(o, "ifindex", st->ifindex);
}

static void add_blocker(struct json_object *o, const struct dev *d,
			struct lunic_ioctl_state *st)
{
	if (!blocker_name(st->blocker))
		return;

	report_str(o, "blocker", blocker_name(st->blocker));
	report_str(o, "blocker_words", blocker_words(st).s);
	report_str(o, "remedy", blocker_remedy(d, st).s);
}

static void add_abi(struct json_object *o, const struct lunic_ioctl_state *st)
{
	struct json_object *abi = json_object_new_object();

	add_num(abi, "major", st->abi_major);
	add_num(abi, "minor", st->abi_minor);
	json_object_object_add(o, "abi", abi);
}

static void add_basin(struct json_object *o, const struct lunic_ioctl_state *st)
{
	struct json_object *basin = json_object_new_object();

	add_num(basin, "budget_ms", st->basin_ms);
	add_num(basin, "max_ms", st->basin_max_ms);
	add_num(basin, "missing_buffers", st->basin_buffers);
	add_num(basin, "missing_bytes", st->basin_bytes);
	add_num(basin, "free_bytes", st->basin_free);
	json_object_object_add(o, "blackout", basin);
}

/* What monitor tells of a device; @o is its own */
void report_seen(struct json_object *o, const struct dev *d,
		 struct lunic_ioctl_state *st)
{
	add_names(o, d, st);
	if (!st->size)	/* it could not be asked */
		return;
	add_flag(o, "up", st->flags & LUNIC_STATE_F_UP);
	add_flag(o, "link", st->flags & LUNIC_STATE_F_LINK);
	add_flag(o, "held", st->flags & LUNIC_STATE_F_HELD);
	report_str(o, "state", state_name(st->state));
	add_num(o, "updates", st->updates);
}

struct json_object *report_dev(const struct dev *d,
			       struct lunic_ioctl_state *st)
{
	struct json_object *o = print_object();

	add_names(o, d, st);
	if (!st->size)
		return o;

	add_flag(o, "up", st->flags & LUNIC_STATE_F_UP);
	add_flag(o, "link", st->flags & LUNIC_STATE_F_LINK);
	add_flag(o, "held", st->flags & LUNIC_STATE_F_HELD);
	report_str(o, "state", state_name(st->state));
	add_blocker(o, d, st);
	add_abi(o, st);
	add_num(o, "updates", st->updates);
	add_num(o, "caught_frames", st->caught);
	if (st->state == LUNIC_LU_PRESERVED) {
		add_num(o, "preserved_bytes", st->preserved_bytes);
		add_num(o, "preserved_blocks", st->preserved_blocks);
	}
	if (st->basin_ms)
		add_basin(o, st);
	return o;
}
