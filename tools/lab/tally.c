// SPDX-License-Identifier: GPL-2.0
/* Counts answers: lost, doubled, out of order, and the longest silence. */
#include "tally.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int tally_init(struct tally *t, unsigned int flows, uint64_t start_ns)
{
	memset(t, 0, sizeof(*t));
	t->flow = calloc(flows, sizeof(*t->flow));
	t->flows = flows;
	t->start_ns = start_ns;
	return t->flow ? 0 : -1;
}

/* Grows a zeroed array so that it holds index */
static void *grow(void *array, uint32_t *count, uint32_t index, size_t each)
{
	uint32_t want = *count ? *count : 1024;
	char *bigger;

	if (index < *count)
		return array;
	while (want <= index)
		want *= 2;
	bigger = realloc(array, want * each);
	if (!bigger) {
		fputs("witness: out of memory\n", stderr);
		exit(1);
	}
	memset(bigger + *count * each, 0, (want - *count) * each);
	*count = want;
	return bigger;
}

static void note_time(struct tally *t, uint64_t now_ns)
{
	uint64_t bin = (now_ns - t->start_ns) / TALLY_BIN_NS;

	if (!t->first_ns)
		t->first_ns = now_ns;
	else if (now_ns - t->last_ns > t->gap_end_ns - t->gap_begin_ns) {
		t->gap_begin_ns = t->last_ns;
		t->gap_end_ns = now_ns;
	}
	t->last_ns = now_ns;
	t->bin = grow(t->bin, &t->bins, bin, sizeof(*t->bin));
	t->bin[bin]++;
}

/* True the first time that a number is seen */
static bool mark_seen(struct tally_flow *f, uint32_t seq)
{
	uint8_t bit = 1U << (seq % 8);

	f->seen = grow(f->seen, &f->seen_bytes, seq / 8, 1);
	if (f->seen[seq / 8] & bit)
		return false;
	f->seen[seq / 8] |= bit;
	return true;
}

uint64_t tally_answer(struct tally *t, unsigned int flow, uint32_t seq,
		      uint64_t now_ns)
{
	uint64_t gap = t->last_ns ? now_ns - t->last_ns : 0;
	struct tally_flow *f;

	if (flow >= t->flows || seq >= t->flow[flow].sent) {
		t->unknown++;
		return 0;
	}
	f = &t->flow[flow];
	note_time(t, now_ns);
	if (!mark_seen(f, seq)) {
		t->duplicated++;
		return gap;
	}
	f->answered++;
	if (seq < f->next)
		t->reordered++;
	else
		f->next = seq + 1;
	return gap;
}

/* A silence that lasts until sending stops is a gap too */
void tally_stop(struct tally *t, uint64_t now_ns)
{
	uint64_t since = t->last_ns ? t->last_ns : t->start_ns;

	t->stop_ns = now_ns;
	if (now_ns - since > t->gap_end_ns - t->gap_begin_ns) {
		t->gap_begin_ns = since;
		t->gap_end_ns = now_ns;
	}
}

static uint64_t sum_flows(const struct tally *t, size_t offset)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < t->flows; i++)
		sum += *(const uint32_t *)((const char *)&t->flow[i] + offset);
	return sum;
}

static void json_flows(const struct tally *t, FILE *out, const char *name,
		       size_t offset)
{
	fprintf(out, ",\n \"flow_%s\": [", name);
	for (unsigned int i = 0; i < t->flows; i++)
		fprintf(out, "%s%" PRIu32, i ? "," : "",
			*(const uint32_t *)((const char *)&t->flow[i] + offset));
	fputc(']', out);
}

static void json_bins(const struct tally *t, FILE *out)
{
	uint32_t used = t->last_ns ? (t->last_ns - t->start_ns) / TALLY_BIN_NS + 1 : 0;

	fprintf(out, ",\n \"bin_ms\": %llu, \"bins\": [", TALLY_BIN_NS / 1000000);
	for (uint32_t i = 0; i < used; i++)
		fprintf(out, "%s%" PRIu32, i ? "," : "", t->bin[i]);
	fputc(']', out);
}

static void json_number(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, ",\n \"%s\": %" PRIu64, name, value);
}

static void json_seconds(FILE *out, const char *name, uint64_t ns)
{
	fprintf(out, ",\n \"%s\": %.6f", name, ns / 1e9);
}

void tally_json(const struct tally *t, FILE *out)
{
	fprintf(out, "{\"sent\": %" PRIu64,
		sum_flows(t, offsetof(struct tally_flow, sent)));
	json_number(out, "refused", sum_flows(t, offsetof(struct tally_flow, refused)));
	json_number(out, "answered", sum_flows(t, offsetof(struct tally_flow, answered)));
	json_number(out, "duplicated", t->duplicated);
	json_number(out, "reordered", t->reordered);
	json_number(out, "corrupted", t->corrupted);
	json_number(out, "stale", t->stale);
	json_number(out, "unknown", t->unknown);
	fprintf(out, ",\n \"longest_gap_ms\": %.1f",
		(t->gap_end_ns - t->gap_begin_ns) / 1e6);
	json_seconds(out, "gap_begin", t->gap_begin_ns);
	json_seconds(out, "gap_end", t->gap_end_ns);
	json_seconds(out, "start", t->start_ns);
	json_seconds(out, "stop", t->stop_ns);
	json_seconds(out, "first_answer", t->first_ns);
	json_seconds(out, "last_answer", t->last_ns);
	fprintf(out, ",\n \"late_ms\": %.1f", t->late_ns / 1e6);
	json_flows(t, out, "sent", offsetof(struct tally_flow, sent));
	json_flows(t, out, "answered", offsetof(struct tally_flow, answered));
	json_bins(t, out);
	fputs("}\n", out);
}
