// SPDX-License-Identifier: GPL-2.0
/* The report of a live update: what is made of what was read. */
#include <linux/utsname.h>

#include "lunic_course.h"
#include "lunic_handover.h"

static_assert(LUNIC_NR_PHASES <= LUNIC_REPORT_PHASES);
static_assert(sizeof_field(struct lunic_ho_phases, ages) ==
	      LUNIC_PHASE_SEALED * sizeof(u64));
static_assert(sizeof_field(struct lunic_ho_phases, release) <=
	      LUNIC_RELEASE_LEN);

/* A jump that takes longer has another reason than an update */
#define LUNIC_JUMP_MAX_NS	(24 * 3600 * NSEC_PER_SEC)

/* How long the jump took: from the seal to where this kernel's clock begins */
static void lunic_take_gap(struct lunic_course *c,
			   const struct lunic_ho_phases *p)
{
	u64 gone = c->arrived.cycles - p->cycles;

	if (!p->timinca || p->timinca != c->arrived.timinca ||
	    gone > LUNIC_JUMP_MAX_NS || gone < c->arrived.boot)
		return;
	c->start = gone - c->arrived.boot;
	c->flags |= LUNIC_REPORT_F_GAP;
}

static void lunic_take_phases(struct lunic_course *c,
			      const struct lunic_ho_phases *p)
{
	u32 i;

	strscpy(c->from, (const char *)p->release,
		min(sizeof(c->from), sizeof(p->release)));
	c->sealed_time = p->realtime;
	c->phases |= BIT(LUNIC_PHASE_SEALED);
	for (i = 0; i < ARRAY_SIZE(p->ages); i++) {
		if (p->ages[i] == LUNIC_HO_NEVER)
			continue;
		c->at[i] = p->ages[i];
		c->phases |= BIT(i);
	}
	lunic_take_gap(c, p);
}

/**
 * lunic_course_take() - what the last kernel knew of the update
 * @c: the update, of which the clocks were read
 * @v: the handover, or as much of it as could be read
 * @why: why it was refused; NULL: adopted
 */
void lunic_course_take(struct lunic_course *c, const struct lunic_ho_view *v,
		       const char *why)
{
	c->outcome = why ? LUNIC_OUTCOME_REFUSED : LUNIC_OUTCOME_ADOPTED;
	c->reason = why;
	if (v->phases)
		lunic_take_phases(c, v->phases);
	if (why || !v->stats)
		return;
	c->flags |= LUNIC_REPORT_F_COUNTS;
	memcpy(c->before, v->stats->values,
	       min_t(u32, v->stats->nr, LUNIC_NR_HW_STATS) *
	       sizeof(*c->before));
}

/**
 * lunic_course_note_ring() - how full a ring was; the fullest is kept
 * @c: the update
 * @queue: the ring's
 * @used: buffers that were used
 * @posted: buffers that it had
 */
void lunic_course_note_ring(struct lunic_course *c, u16 queue, u32 used,
			    u32 posted)
{
	if (used == posted)
		c->flags |= LUNIC_REPORT_F_OVERRUN;
	if (c->ring_posted &&
	    (u64)used * c->ring_posted <= (u64)c->ring_used * posted)
		return;
	c->ring_queue = queue;
	c->ring_used = used;
	c->ring_posted = posted;
}

/**
 * lunic_course_fill() - the report for user space
 * @c: the update
 * @r: zeroed but for its size
 */
void lunic_course_fill(const struct lunic_course *c,
		       struct lunic_ioctl_report *r)
{
	r->outcome = c->outcome;
	if (c->outcome == LUNIC_OUTCOME_NONE)
		return;
	r->flags = c->flags;
	r->phases = c->phases;
	r->update = c->update;
	memcpy(r->at, c->at, sizeof(c->at));
	r->start = c->start;
	r->sealed_time = c->sealed_time;
	r->caught = c->caught;
	r->missed = c->missed;
	r->queue_drops = c->queue_drops;
	r->no_buffer = c->no_buffer;
	r->errors = c->errors;
	r->link_downs = c->link_downs;
	r->ring_queue = c->ring_queue;
	r->ring_used = c->ring_used;
	r->ring_posted = c->ring_posted;
	strscpy((char *)r->from, c->from, sizeof(r->from));
	strscpy((char *)r->to, init_utsname()->release, sizeof(r->to));
	strscpy((char *)r->reason, c->reason ?: "", sizeof(r->reason));
}
