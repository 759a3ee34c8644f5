/* SPDX-License-Identifier: GPL-2.0 */
/* The report's arithmetic: no hardware, no locks. */
#ifndef _LUNIC_COURSE_H
#define _LUNIC_COURSE_H

#include "lunic.h"

struct lunic_ho_view;

void lunic_course_take(struct lunic_course *c, const struct lunic_ho_view *v,
		       const char *why);
void lunic_course_note_ring(struct lunic_course *c, u16 queue, u32 used,
			    u32 posted);
void lunic_course_fill(const struct lunic_course *c,
		       struct lunic_ioctl_report *r);

#endif /* _LUNIC_COURSE_H */
