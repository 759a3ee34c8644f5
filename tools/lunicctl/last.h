/* SPDX-License-Identifier: GPL-2.0 */
/* The last live update of a device, as its driver reports it. */
#ifndef LUNICCTL_LAST_H
#define LUNICCTL_LAST_H

#include <json-c/json.h>

#include "dev.h"

/* The kernel's phases, and the start of the new kernel's clock between them */
enum moment {
	MOMENT_PRESERVE,
	MOMENT_PRESERVED,
	MOMENT_FREEZE,
	MOMENT_QUIET,
	MOMENT_SEALED,
	MOMENT_START,
	MOMENT_PROBE,
	MOMENT_ADOPTED,
	MOMENT_UP,
	MOMENT_DELIVERED,
	MOMENT_FINISHED,
	NR_MOMENTS,
};

struct last {
	struct dev dev;
	struct lunic_ioctl_state st;
	struct lunic_ioctl_report r;
};

/* Times are in ms; false: not known */
bool last_is_known(const struct last *l, enum moment m);
bool last_at(const struct last *l, enum moment m, double *ms);
bool last_between(const struct last *l, enum moment from, enum moment to,
		  double *ms);
bool last_gap(const struct last *l, double *ms);
bool last_jump(const struct last *l, double *ms);
bool last_lost(const struct last *l, uint64_t *frames);

const char *moment_name(enum moment m);
const char *moment_words(enum moment m);
const char *outcome_name(unsigned int outcome);
const char *last_ifname(struct last *l);

/* 0 or -errno; a driver that keeps no reports is -ENOTTY, its state is read */
int last_read(const struct dev *d, struct last *l);
void last_json(struct last *l, struct json_object *o);
void last_text(struct last *l, bool more);

#endif
