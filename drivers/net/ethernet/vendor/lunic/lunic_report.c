// SPDX-License-Identifier: GPL-2.0
/* The report of a live update: reads clocks, rings and counters for it. */
#include <linux/timekeeping.h>
#include <linux/utsname.h>

#include "lunic_course.h"
#include "lunic_handover.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

/* How long it may take to read two clocks, before it is done again */
#define LUNIC_PAIR_NS		(50 * NSEC_PER_USEC)
#define LUNIC_PAIRS		10

/* Reads the device's clock and the system's at the same moment */
static void lunic_read_clocks(struct lunic_dev *ld, struct lunic_clocks *c)
{
	int left = LUNIC_PAIRS;
	u64 begin;

	c->timinca = lunic_rd(ld, LUNIC_TIMINCA);
	do {
		begin = ktime_get_boottime_ns();
		c->cycles = lunic_ptp_counter(ld);
		c->boot = ktime_get_boottime_ns();
	} while (c->boot - begin > LUNIC_PAIR_NS && --left);
}

/**
 * lunic_report_stamp() - a phase has come
 * @ld: the device
 * @phase: enum lunic_phase; the first time counts
 *
 * Context: instance lock held, or alone with the device.
 */
void lunic_report_stamp(struct lunic_dev *ld, u32 phase)
{
	struct lunic_course *c = phase > LUNIC_PHASE_SEALED ? &ld->lu.last :
							      &ld->lu.next;

	if (c->phases & BIT(phase))
		return;
	c->at[phase] = ktime_get_boottime_ns();
	c->phases |= BIT(phase);
}

/* A new update is under way, or a new attempt: from this phase on */
void lunic_report_begin(struct lunic_dev *ld, u32 phase)
{
	struct lunic_course *c = &ld->lu.next;

	c->phases &= BIT(phase) - 1;
	lunic_report_stamp(ld, phase);
}

/* Frames that found a full ring since the last time */
static u64 lunic_count_drops(struct lunic_dev *ld)
{
	u64 n = 0;
	u16 q;

	for (q = 0; ld->chip->rx_drops && q < ld->rings.n; q++)
		n += ld->chip->rx_drops(ld, q);
	return n;
}

/**
 * lunic_report_put() - what this kernel knows, for the next one's report
 * @ld: the device, standing still but for the receiver
 * @w: the body; this is its last section, so that the seal follows at once
 *
 * Return: false where the body is full.
 */
bool lunic_report_put(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	const struct lunic_course *c = &ld->lu.next;
	struct lunic_clocks now;
	struct lunic_ho_phases *p;
	u32 i;

	p = lunic_ho_put(w, LUNIC_HO_PHASES, 0, sizeof(*p));
	if (!p)
		return false;
	strscpy((char *)p->release, init_utsname()->release,
		sizeof(p->release));
	p->realtime = ktime_get_real_ns();
	/* What was latched before says nothing of the gap */
	lunic_wr(ld, LUNIC_ICR, LUNIC_IR_RXO);
	lunic_count_drops(ld);
	lunic_read_clocks(ld, &now);
	p->cycles = now.cycles;
	p->timinca = ld->ptp.timinca == now.timinca ? now.timinca : 0;
	for (i = 0; i < ARRAY_SIZE(p->ages); i++)
		p->ages[i] = c->phases & BIT(i) ? now.boot - c->at[i] :
						  LUNIC_HO_NEVER;
	return true;
}

/**
 * lunic_report_arrive() - a handover is about to be looked at
 * @ld: the device; a reset would stop its clock
 */
void lunic_report_arrive(struct lunic_dev *ld)
{
	lunic_read_clocks(ld, &ld->lu.last.arrived);
}

/**
 * lunic_report_take() - what the last kernel knew of the update
 * @ld: the device
 * @v: the handover, or as much of it as could be read
 * @why: why it was refused; NULL: adopted
 */
void lunic_report_take(struct lunic_dev *ld, const struct lunic_ho_view *v,
		       const char *why)
{
	struct lunic_course *c = &ld->lu.last;

	lunic_course_take(c, v, why);
	if (why)
		return;
	c->update = ld->lu.updates;
	lunic_report_stamp(ld, LUNIC_PHASE_ADOPTED);
}

/* What came in while nobody looked: frames, and the buffers that they fill */
static u32 lunic_count_backlog(const struct lunic_rx_ring *rx, u32 *used)
{
	u32 slot, n = 0;

	for (slot = rx->clean; slot != rx->use;
	     slot = lunic_ring_next(slot, rx->count)) {
		u64 upper = le64_to_cpu(READ_ONCE(rx->desc[slot].wb.upper));

		if (!(upper & LUNIC_RXD_DD))
			break;
		n += !!(upper & LUNIC_RXD_EOP);
		(*used)++;
	}
	return n;
}

/* How full the rings are, while NAPI leaves them alone */
static void lunic_report_measure(struct lunic_dev *ld)
{
	struct lunic_course *c = &ld->lu.last;
	u16 q;

	ld->lu.caught = 0;
	c->ring_posted = 0;
	for (q = 0; q < ld->rings.n; q++) {
		const struct lunic_rx_ring *rx = ld->rings.rx[q];
		u32 used = 0;

		ld->lu.caught += lunic_count_backlog(rx, &used);
		lunic_course_note_ring(c, q, used,
				       lunic_ring_used(rx->clean, rx->use,
						       rx->count));
	}
	c->caught = ld->lu.caught;
}

/* The interface comes up for the first time, with rings as they came in */
void lunic_report_up(struct lunic_dev *ld)
{
	if (ld->lu.last.outcome != LUNIC_OUTCOME_ADOPTED ||
	    ld->lu.last.phases & BIT(LUNIC_PHASE_UP))
		return;
	lunic_report_stamp(ld, LUNIC_PHASE_UP);
	/* For who asks before it is resumed; else delivery follows at once */
	if (ld->rx_hold & LUNIC_HOLD_USER)
		lunic_report_measure(ld);
}

static u64 lunic_since(const struct lunic_dev *ld, enum lunic_hw_stat stat)
{
	return ld->hw_stats[stat] - ld->lu.last.before[stat];
}

/* What the device counted while no kernel did */
static void lunic_count_lost(struct lunic_dev *ld)
{
	struct lunic_course *c = &ld->lu.last;

	lunic_stats_read(ld);
	mutex_lock(&ld->hw_stats_lock);
	c->missed = lunic_since(ld, LUNIC_STAT_RX_MISSED);
	c->no_buffer = lunic_since(ld, LUNIC_STAT_RX_NO_BUFFER);
	c->errors = lunic_since(ld, LUNIC_STAT_RX_ERRORS) +
		    lunic_since(ld, LUNIC_STAT_RX_CRC_ERRORS) +
		    lunic_since(ld, LUNIC_STAT_RX_LENGTH_ERRORS);
	c->link_downs = lunic_since(ld, LUNIC_STAT_LINK_DOWN);
	mutex_unlock(&ld->hw_stats_lock);
	c->queue_drops = lunic_count_drops(ld);
}

/**
 * lunic_report_deliver() - what was caught is about to go up the stack
 * @ld: the device; nothing happens where nothing came in
 *
 * Context: instance lock held; NAPI leaves the rings alone still.
 */
void lunic_report_deliver(struct lunic_dev *ld)
{
	struct lunic_course *c = &ld->lu.last;

	if (c->outcome != LUNIC_OUTCOME_ADOPTED || !ld->up ||
	    c->phases & BIT(LUNIC_PHASE_DELIVERED))
		return;
	lunic_report_measure(ld);
	if (c->flags & LUNIC_REPORT_F_COUNTS)
		lunic_count_lost(ld);
	lunic_report_stamp(ld, LUNIC_PHASE_DELIVERED);
}
