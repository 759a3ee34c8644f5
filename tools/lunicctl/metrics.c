// SPDX-License-Identifier: GPL-2.0
/* Writes metrics in Prometheus' text format: what is not known is not there. */
#include <inttypes.h>

#include "explain.h"
#include "metrics.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MS_PER_S	1e3
#define NS_PER_S	1e9

/* Each: false where the device has none of it */
static bool get_updates(const struct last *l, double *val)
{
	*val = l->st.updates;
	return true;
}

static bool get_held(const struct last *l, double *val)
{
	*val = !!(l->st.flags & LUNIC_STATE_F_HELD);
	return true;
}

static bool get_blocked(const struct last *l, double *val)
{
	*val = l->st.blocker != LUNIC_BLOCK_NONE;
	return true;
}

static bool get_caught(const struct last *l, double *val)
{
	*val = l->r.caught;
	return l->r.outcome == LUNIC_OUTCOME_ADOPTED;
}

static bool get_lost(const struct last *l, double *val)
{
	uint64_t lost;

	if (!last_lost(l, &lost))
		return false;
	*val = lost;
	return true;
}

static bool get_overrun(const struct last *l, double *val)
{
	*val = !!(l->r.flags & LUNIC_REPORT_F_OVERRUN);
	return l->r.outcome == LUNIC_OUTCOME_ADOPTED;
}

static bool get_gap(const struct last *l, double *val)
{
	bool known = last_gap(l, val);

	*val /= MS_PER_S;
	return known;
}

static bool get_jump(const struct last *l, double *val)
{
	bool known = last_jump(l, val);

	*val /= MS_PER_S;
	return known;
}

static bool get_link_downs(const struct last *l, double *val)
{
	*val = l->r.link_downs;
	return l->r.flags & LUNIC_REPORT_F_COUNTS;
}

static bool get_ring(const struct last *l, double *val)
{
	*val = l->r.ring_posted ? (double)l->r.ring_used / l->r.ring_posted : 0;
	return l->r.ring_posted;
}

static bool get_time(const struct last *l, double *val)
{
	*val = l->r.sealed_time / NS_PER_S;
	return l->r.sealed_time;
}

static const struct metric {
	const char *name;
	const char *type;
	bool (*get)(const struct last *l, double *val);
	const char *help;
} metrics[] = {
	{ "lunic_updates_total", "counter", get_updates,
	  "Live updates that the device has come through since its last reset." },
	{ "lunic_rx_held", "gauge", get_held,
	  "1 while received frames wait for lunicctl resume." },
	{ "lunic_blocked", "gauge", get_blocked,
	  "1 while the device can't be preserved; lunicctl show says why." },
	{ "lunic_update_caught_frames", "gauge", get_caught,
	  "Frames that arrived during the last update and were delivered after it." },
	{ "lunic_update_lost_frames", "gauge", get_lost,
	  "Frames that the device counted as lost during the last update." },
	{ "lunic_update_overrun", "gauge", get_overrun,
	  "1 if a ring was full during the last update: frames were lost, counted or not." },
	{ "lunic_update_gap_seconds", "gauge", get_gap,
	  "Time in the last update in which no received frame was delivered." },
	{ "lunic_update_jump_seconds", "gauge", get_jump,
	  "Time in the last update in which no driver looked after the device." },
	{ "lunic_update_link_down_events", "gauge", get_link_downs,
	  "How often the link went during the last update." },
	{ "lunic_update_ring_used_ratio", "gauge", get_ring,
	  "Share of its buffers that the fullest receive ring used in the last update." },
	{ "lunic_update_timestamp_seconds", "gauge", get_time,
	  "When the previous kernel handed the device over, in Unix time." },
};

/* A label's value, without the quotes */
static void put_escaped(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else
			fputc(*s, f);
	}
}

static void put_labels(FILE *f, struct last *l)
{
	fprintf(f, "{device=\"%s\",ifname=\"", l->dev.name);
	put_escaped(f, last_ifname(l) ?: "");
	fputc('"', f);
}

static void put_head(FILE *f, const char *name, const char *type,
		     const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_metric(FILE *f, const struct metric *m, struct lasts *ls)
{
	double val;

	put_head(f, m->name, m->type, m->help);
	for (size_t i = 0; i < ls->n; i++) {
		if (!m->get(&ls->v[i], &val))
			continue;
		fputs(m->name, f);
		put_labels(f, &ls->v[i]);
		fprintf(f, "} %.17g\n", val);
	}
}

/* One of a set of words is true: a sample for each of them */
static void put_words(FILE *f, struct last *l, const char *name,
		      const char *(*word)(unsigned int), unsigned int n,
		      unsigned int is)
{
	for (unsigned int i = 0; i < n; i++) {
		fputs(name, f);
		put_labels(f, l);
		fprintf(f, ",%s=\"%s\"} %d\n",
			word == state_name ? "state" : "outcome", word(i),
			i == is);
	}
}

static void put_states(FILE *f, struct lasts *ls)
{
	put_head(f, "lunic_state", "gauge",
		 "1 for where the device stands in a live update, 0 for the others.");
	for (size_t i = 0; i < ls->n; i++)
		put_words(f, &ls->v[i], "lunic_state", state_name,
			  LUNIC_LU_REFUSED + 1, ls->v[i].st.state);
	put_head(f, "lunic_update_outcome", "gauge",
		 "1 for how the last update has ended, 0 for the others.");
	for (size_t i = 0; i < ls->n; i++)
		put_words(f, &ls->v[i], "lunic_update_outcome", outcome_name,
			  LUNIC_OUTCOME_REFUSED + 1, ls->v[i].r.outcome);
}

void metrics_write(FILE *f, struct lasts *ls)
{
	put_states(f, ls);
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		put_metric(f, &metrics[i], ls);
}
