// SPDX-License-Identifier: GPL-2.0
/* The last live update as JSON. A key that is absent is not known. */
#include <stdio.h>

#include "last.h"
#include "report.h"

#define NS_PER_MS	1e6
#define NS_PER_S	1e9

static void put(struct json_object *o, const char *key, struct json_object *val)
{
	json_object_object_add(o, key, val);
}

static void put_num(struct json_object *o, const char *key, uint64_t val)
{
	put(o, key, json_object_new_uint64(val));
}

/* To the microsecond */
static void put_time(struct json_object *o, const char *key, double val)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", val);
	put(o, key, json_object_new_double_s(val, text));
}

static void put_phase(struct json_object *list, const struct last *l,
		      enum moment m)
{
	struct json_object *o = json_object_new_object();
	double ms;

	report_str(o, "phase", moment_name(m));
	report_str(o, "kernel", m > MOMENT_SEALED ? "new" : "old");
	if (last_at(l, m, &ms))
		put_time(o, "at_ms", ms);
	if (m >= MOMENT_PROBE)
		put_time(o, "boot_ms",
			 l->r.at[m - MOMENT_PROBE + LUNIC_PHASE_PROBE] /
			 NS_PER_MS);
	json_object_array_add(list, o);
}

static void put_phases(struct json_object *o, const struct last *l)
{
	struct json_object *list = json_object_new_array();

	for (enum moment m = 0; m < NR_MOMENTS; m++) {
		if (last_is_known(l, m))
			put_phase(list, l, m);
	}
	put(o, "phases", list);
}

static void put_lost(struct json_object *o, const struct last *l)
{
	uint64_t lost;

	put(o, "overrun", json_object_new_boolean(l->r.flags &
						  LUNIC_REPORT_F_OVERRUN));
	if (last_lost(l, &lost))
		put_num(o, "lost_frames", lost);
	if (!(l->r.flags & LUNIC_REPORT_F_COUNTS) ||
	    !last_is_known(l, MOMENT_DELIVERED))
		return;
	put_num(o, "missed_frames", l->r.missed);
	put_num(o, "ring_full_frames", l->r.queue_drops);
	put_num(o, "waited_frames", l->r.no_buffer);
	put_num(o, "damaged_frames", l->r.errors);
	put_num(o, "link_down_events", l->r.link_downs);
}

static void put_ring(struct json_object *o, const struct last *l)
{
	struct json_object *ring;

	if (!l->r.ring_posted)
		return;
	ring = json_object_new_object();
	put_num(ring, "queue", l->r.ring_queue);
	put_num(ring, "used_buffers", l->r.ring_used);
	put_num(ring, "posted_buffers", l->r.ring_posted);
	put(o, "fullest_ring", ring);
}

static void put_times(struct json_object *o, const struct last *l)
{
	double ms;

	if (l->r.sealed_time)
		put_time(o, "sealed_time_s", l->r.sealed_time / NS_PER_S);
	if (last_gap(l, &ms))
		put_time(o, "gap_ms", ms);
	if (last_jump(l, &ms))
		put_time(o, "jump_ms", ms);
	put_phases(o, l);
}

static void put_adopted(struct json_object *o, const struct last *l)
{
	put_num(o, "update", l->r.update);
	put_num(o, "caught_frames", l->r.caught);
	put_lost(o, l);
	put_ring(o, l);
}

/* Into an object that may have other members */
void last_json(struct last *l, struct json_object *o)
{
	char handle[DEV_NAME_LEN + 4];

	snprintf(handle, sizeof(handle), "pci/%s", l->dev.name);
	report_str(o, "device", handle);
	report_str(o, "pci", l->dev.name);
	report_str(o, "ifname", last_ifname(l));
	report_str(o, "outcome", outcome_name(l->r.outcome));
	if (l->r.outcome == LUNIC_OUTCOME_NONE)
		return;
	if (l->r.reason[0])
		report_str(o, "reason", (const char *)l->r.reason);
	if (l->r.from[0])
		report_str(o, "from_release", (const char *)l->r.from);
	report_str(o, "to_release", (const char *)l->r.to);
	if (l->r.outcome == LUNIC_OUTCOME_ADOPTED)
		put_adopted(o, l);
	put_times(o, l);
}
