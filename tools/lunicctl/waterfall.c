// SPDX-License-Identifier: GPL-2.0
/*
 * Draws updates as SVG, a waterfall each: a bar a step, from the freeze to the
 * delivery. Colours of middle lightness, on whatever is behind.
 */
#include <inttypes.h>
#include <string.h>

#include "waterfall.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define WIDTH		860
#define LEFT		230	/* of it are for the words */
#define RIGHT		110	/* and for the times */
#define ROW		24
#define BAR		14
#define HEAD		58
#define FOOT		46
#define TICKS		8

#define TEXT		"#7d7d7d"
#define GRID		"#8b8b8b"
#define OLD		"#c77d2e"
#define GAP		"#8a63b8"
#define NEW		"#3f8fc2"
#define CATCH		"#3f9d63"

static const struct step {
	enum moment from;
	enum moment to;
	const char *words;
	const char *colour;
} steps[] = {
	{ MOMENT_FREEZE, MOMENT_QUIET, "old driver: TX drains", OLD },
	{ MOMENT_QUIET, MOMENT_SEALED, "old driver: hands over", OLD },
	{ MOMENT_SEALED, MOMENT_START, "jump to the new kernel", GAP },
	{ MOMENT_START, MOMENT_PROBE, "new kernel boots", NEW },
	{ MOMENT_PROBE, MOMENT_ADOPTED, "new driver: adopts", NEW },
	{ MOMENT_ADOPTED, MOMENT_UP, "waits for the interface", NEW },
	{ MOMENT_UP, MOMENT_DELIVERED, "up, until delivery", NEW },
	{ MOMENT_FREEZE, MOMENT_DELIVERED, "the NIC goes on receiving", CATCH },
};

#define NR_ROWS		((int)ARRAY_SIZE(steps))
#define HEIGHT		(HEAD + NR_ROWS * ROW + FOOT)

/* What the bars are drawn on: 0 is where the freeze begins */
struct axis {
	double zero;
	double span;
	int top;
};

static void put_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		default:
			fputc((unsigned char)*s < ' ' ? '?' : *s, f);
		}
	}
}

static void begin_text(FILE *f, double x, int y, const char *more)
{
	fprintf(f, "<text x=\"%.1f\" y=\"%d\" fill=\"" TEXT "\"%s>", x, y, more);
}

static double place(const struct axis *a, double ms)
{
	return LEFT + (ms - a->zero) / a->span * (WIDTH - LEFT - RIGHT);
}

/* The distance of the lines: 1, 2 or 5 times a power of ten */
static double tick_ms(double span)
{
	static const double nice[] = { 1, 2, 5 };

	for (double unit = 0.001;; unit *= 10) {
		for (size_t i = 0; i < ARRAY_SIZE(nice); i++) {
			if (nice[i] * unit * TICKS >= span)
				return nice[i] * unit;
		}
	}
}

static void draw_grid(FILE *f, const struct axis *a)
{
	int bottom = a->top + HEAD + NR_ROWS * ROW + 4;
	double tick = tick_ms(a->span);

	for (double ms = 0; ms <= a->span * 1.0001; ms += tick) {
		double x = place(a, a->zero + ms);

		fprintf(f, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\""
			GRID "\" stroke-opacity=\"0.35\"/>\n",
			x, x, a->top + HEAD - 4, bottom);
		begin_text(f, x, bottom + 14, " text-anchor=\"middle\" font-size=\"11\"");
		fprintf(f, "%g ms</text>\n", ms);
	}
}

static void draw_step(FILE *f, const struct axis *a, const struct last *l,
		      int row)
{
	const struct step *s = &steps[row];
	int y = a->top + HEAD + row * ROW;
	double begin, end, width;

	begin_text(f, LEFT - 10, y + BAR - 2, " text-anchor=\"end\"");
	fprintf(f, "%s</text>\n", s->words);
	if (!last_at(l, s->from, &begin) || !last_at(l, s->to, &end))
		return;
	width = place(a, end) - place(a, begin);
	fprintf(f, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n",
		place(a, begin), y, width < 1.5 ? 1.5 : width, BAR, s->colour);
	begin_text(f, place(a, end) + 6, y + BAR - 2, "");
	fprintf(f, "%.1f ms</text>\n", end - begin);
}

static void put_counts(FILE *f, const struct last *l)
{
	uint64_t lost;

	fprintf(f, "%" PRIu64 " frames caught, ", (uint64_t)l->r.caught);
	if (last_lost(l, &lost))
		fprintf(f, "%" PRIu64 " lost", lost);
	else
		fputs(l->r.flags & LUNIC_REPORT_F_OVERRUN ? "some lost" :
		      "losses not known", f);
	if (l->r.flags & LUNIC_REPORT_F_COUNTS)
		fprintf(f, ", %" PRIu64 " link downs",
			(uint64_t)l->r.link_downs);
}

static void draw_head(FILE *f, struct last *l, int top)
{
	double gap;

	begin_text(f, 10, top + 22, " font-size=\"15\" font-weight=\"bold\"");
	put_text(f, last_ifname(l) ?: l->dev.name);
	fprintf(f, " (%s): live update %" PRIu64 " %s</text>\n", l->dev.name,
		(uint64_t)l->r.update, outcome_name(l->r.outcome));
	begin_text(f, 10, top + 42, "");
	put_text(f, l->r.from[0] ? (const char *)l->r.from : "?");
	fputs(" to ", f);
	put_text(f, (const char *)l->r.to);
	fputs(": ", f);
	put_counts(f, l);
	if (last_gap(l, &gap))
		fprintf(f, ", gap %.1f ms", gap);
	fputs("</text>\n", f);
}

static void draw_foot(FILE *f, const struct last *l, const struct axis *a)
{
	int y = a->top + HEIGHT - 8;
	double ms;

	if (last_between(l, MOMENT_PRESERVE, MOMENT_PRESERVED, &ms)) {
		begin_text(f, 10, y, " font-size=\"11\"");
		fprintf(f, "Preserving took %.1f ms. ", ms);
		if (last_between(l, MOMENT_DELIVERED, MOMENT_FINISHED, &ms))
			fprintf(f, "Finished %.1f ms after delivery.", ms);
		fputs("</text>\n", f);
	}
}

/* One that can't be drawn to scale is told in words */
static void draw_words(FILE *f, struct last *l, int top)
{
	begin_text(f, 10, top + 22, " font-size=\"15\" font-weight=\"bold\"");
	put_text(f, last_ifname(l) ?: l->dev.name);
	fprintf(f, " (%s): ", l->dev.name);
	if (l->r.outcome == LUNIC_OUTCOME_NONE)
		fputs("no live update since this kernel's start", f);
	else if (l->r.outcome == LUNIC_OUTCOME_REFUSED)
		put_text(f, (const char *)l->r.reason);
	else
		fputs("not delivered yet, or without a clock through the jump",
		      f);
	fputs("</text>\n", f);
}

static void draw(FILE *f, struct last *l, int top)
{
	struct axis a = { .top = top };

	if (!last_gap(l, &a.span) || a.span <= 0) {
		draw_words(f, l, top);
		return;
	}
	last_at(l, MOMENT_FREEZE, &a.zero);
	draw_head(f, l, top);
	draw_grid(f, &a);
	for (int row = 0; row < NR_ROWS; row++)
		draw_step(f, &a, l, row);
	draw_foot(f, l, &a);
}

void waterfall_write(FILE *f, struct lasts *ls)
{
	int height = ls->n ? HEIGHT * (int)ls->n : ROW;

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<title>The last live update of each device, step by step</title>\n",
		WIDTH, height, WIDTH, height);
	for (size_t i = 0; i < ls->n; i++)
		draw(f, &ls->v[i], HEIGHT * (int)i);
	fputs("</svg>\n", f);
}
