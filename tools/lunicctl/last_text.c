// SPDX-License-Identifier: GPL-2.0
/* The last live update for people: what became of it, then its steps. */
#include <inttypes.h>
#include <stdio.h>

#include "last.h"
#include "print.h"

static void say_head(struct last *l)
{
	say("%s %s ", l->dev.name, last_ifname(l) ?: "-");
	if (l->r.outcome == LUNIC_OUTCOME_NONE) {
		say("no live update since this kernel's start\n");
		return;
	}
	if (l->r.update)
		say("update %" PRIu64 " ", (uint64_t)l->r.update);
	say("%s", outcome_name(l->r.outcome));
	if (l->r.reason[0])
		say(": %s; the device was reset", l->r.reason);
	say(" (%s -> %s)\n", l->r.from[0] ? (const char *)l->r.from : "?",
	    l->r.to);
}

static void say_lost(const struct last *l)
{
	uint64_t lost;

	if (last_lost(l, &lost))
		say(", lost %" PRIu64, lost);
	else if (l->r.flags & LUNIC_REPORT_F_OVERRUN)
		say(", lost some: a ring was full, and the device counts none");
	else
		say(", lost not known");
	if (l->r.flags & LUNIC_REPORT_F_COUNTS && l->r.link_downs)
		say(", link down %" PRIu64 " times",
		    (uint64_t)l->r.link_downs);
	else if (l->r.flags & LUNIC_REPORT_F_COUNTS)
		say(", link never down");
}

static void say_frames(const struct last *l)
{
	double ms;

	say("  caught %" PRIu64 " frames", (uint64_t)l->r.caught);
	if (last_is_known(l, MOMENT_DELIVERED))
		say_lost(l);
	else
		say(", not delivered yet");
	if (last_gap(l, &ms))
		say(", gap %.1f ms", ms);
	if (l->r.ring_posted)
		say(", fullest ring %u of %u", l->r.ring_used,
		    l->r.ring_posted);
	say("\n");
}

static void say_more(const struct last *l)
{
	if (!(l->r.flags & LUNIC_REPORT_F_COUNTS))
		return;
	say("  missed %" PRIu64 ", ring full %" PRIu64 ", waited %" PRIu64
	    ", damaged %" PRIu64 " frames; fullest ring of queue %u\n",
	    (uint64_t)l->r.missed, (uint64_t)l->r.queue_drops,
	    (uint64_t)l->r.no_buffer, (uint64_t)l->r.errors, l->r.ring_queue);
}

/* When, and how long after the one before */
static void say_steps(const struct last *l)
{
	double ms, before = 0;
	bool first = true;

	for (enum moment m = 0; m < NR_MOMENTS; m++) {
		if (!last_at(l, m, &ms))
			continue;
		if (first)
			say("  %12.3f ms              %s\n", ms,
			    moment_words(m));
		else
			say("  %12.3f ms %+12.3f %s\n", ms, ms - before,
			    moment_words(m));
		before = ms;
		first = false;
	}
	if (!(l->r.flags & LUNIC_REPORT_F_GAP))
		say("  how long the jump took is not known: the device's clock did not run through it\n");
}

void last_text(struct last *l, bool more)
{
	say_head(l);
	if (l->r.outcome == LUNIC_OUTCOME_NONE)
		return;
	if (l->r.outcome == LUNIC_OUTCOME_ADOPTED)
		say_frames(l);
	if (l->r.outcome == LUNIC_OUTCOME_ADOPTED && more)
		say_more(l);
	say_steps(l);
}
