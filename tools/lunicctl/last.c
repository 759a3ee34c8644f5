// SPDX-License-Identifier: GPL-2.0
/* Reads the report of a device's last live update, and reckons with it. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "last.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define NS_PER_MS	1e6

static const struct {
	const char *name;
	const char *words;
	int phase;	/* enum lunic_phase, -1: the kernel has none */
} moments[NR_MOMENTS] = {
	[MOMENT_PRESERVE] = { "preserve", "preserving begins",
			      LUNIC_PHASE_PRESERVE },
	[MOMENT_PRESERVED] = { "preserved", "preserved",
			       LUNIC_PHASE_PRESERVED },
	[MOMENT_FREEZE] = { "freeze", "the freeze begins",
			    LUNIC_PHASE_FREEZE },
	[MOMENT_QUIET] = { "quiet", "TX is quiet", LUNIC_PHASE_QUIET },
	[MOMENT_SEALED] = { "sealed", "sealed: the jump begins",
			    LUNIC_PHASE_SEALED },
	[MOMENT_START] = { "start", "the new kernel's clock starts", -1 },
	[MOMENT_PROBE] = { "probe", "its driver finds the device",
			   LUNIC_PHASE_PROBE },
	[MOMENT_ADOPTED] = { "adopted", "adopted", LUNIC_PHASE_ADOPTED },
	[MOMENT_UP] = { "up", "the interface is up", LUNIC_PHASE_UP },
	[MOMENT_DELIVERED] = { "delivered", "caught frames are delivered",
			       LUNIC_PHASE_DELIVERED },
	[MOMENT_FINISHED] = { "finished", "finished", LUNIC_PHASE_FINISHED },
};

static const char * const outcomes[] = {
	[LUNIC_OUTCOME_NONE] = "none",
	[LUNIC_OUTCOME_ADOPTED] = "adopted",
	[LUNIC_OUTCOME_REFUSED] = "refused",
};

const char *moment_name(enum moment m)
{
	return moments[m].name;
}

const char *moment_words(enum moment m)
{
	return moments[m].words;
}

const char *outcome_name(unsigned int outcome)
{
	return outcome < ARRAY_SIZE(outcomes) ? outcomes[outcome] : "unknown";
}

const char *last_ifname(struct last *l)
{
	return dev_ifname(&l->dev, &l->st);
}

/* It has come; the new kernel's may not be placed beside the old one's */
bool last_is_known(const struct last *l, enum moment m)
{
	int phase = moments[m].phase;

	if (phase < 0)
		return l->r.flags & LUNIC_REPORT_F_GAP;
	return l->r.phases & 1U << phase;
}

/* Since the seal */
bool last_at(const struct last *l, enum moment m, double *ms)
{
	int phase = moments[m].phase;
	double ns = phase < 0 ? 0 : l->r.at[phase];

	if (!last_is_known(l, m))
		return false;
	if (m > MOMENT_SEALED && !(l->r.flags & LUNIC_REPORT_F_GAP))
		return false;
	*ms = (m > MOMENT_SEALED ? l->r.start + ns : -ns) / NS_PER_MS;
	return true;
}

bool last_between(const struct last *l, enum moment from, enum moment to,
		  double *ms)
{
	double begin, end;

	if (!last_at(l, from, &begin) || !last_at(l, to, &end))
		return false;
	*ms = end - begin;
	return true;
}

/* What an application sees: no frame goes up the stack meanwhile */
bool last_gap(const struct last *l, double *ms)
{
	return last_between(l, MOMENT_FREEZE, MOMENT_DELIVERED, ms);
}

/* No driver looks after the device meanwhile */
bool last_jump(const struct last *l, double *ms)
{
	return last_between(l, MOMENT_SEALED, MOMENT_PROBE, ms);
}

/* Not known before delivery, nor where a device that overran counted none */
bool last_lost(const struct last *l, uint64_t *frames)
{
	*frames = l->r.missed + l->r.queue_drops;
	if (!(l->r.flags & LUNIC_REPORT_F_COUNTS) ||
	    !last_is_known(l, MOMENT_DELIVERED))
		return false;
	return *frames || !(l->r.flags & LUNIC_REPORT_F_OVERRUN);
}

static int get_report(int fd, struct lunic_ioctl_report *r)
{
	*r = (struct lunic_ioctl_report){ .size = sizeof(*r) };
	if (ioctl(fd, LUNIC_IOCTL_GET_REPORT, r))
		return -errno;
	r->from[LUNIC_RELEASE_LEN - 1] = '\0';
	r->to[LUNIC_RELEASE_LEN - 1] = '\0';
	r->reason[LUNIC_REASON_LEN - 1] = '\0';
	return 0;
}

int last_read(const struct dev *d, struct last *l)
{
	int fd = dev_open(d), err;

	*l = (struct last){ .dev = *d };
	if (fd < 0)
		return fd;
	err = dev_get_state(fd, &l->st);
	if (!err)
		err = get_report(fd, &l->r);
	close(fd);
	return err;
}
