// SPDX-License-Identifier: GPL-2.0
/* Keeps, for each flow, a bit for every number that was read. */
#define _GNU_SOURCE
#include "marks.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKS_MAGIC	0x736b72616d62616cULL
#define MARKS_VERSION	1
#define FLOW_BYTES	(MARKS_NUMBERS / 8)
#define MAX_HOLES	8

static size_t size_for(uint32_t flows)
{
	return sizeof(struct marks_head) +
	       flows * (sizeof(struct marks_flow) + (size_t)FLOW_BYTES);
}

static int map(struct marks *m, int fd, size_t size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE, fd, 0);

	if (start == MAP_FAILED)
		return -1;
	m->fd = fd;
	m->size = size;
	m->head = start;
	m->flow = (struct marks_flow *)(m->head + 1);
	return 0;
}

static void place_bits(struct marks *m)
{
	m->bits = (uint8_t *)(m->flow + m->head->flows);
}

int marks_create(struct marks *m, uint32_t flows)
{
	size_t size = size_for(flows);
	int fd = memfd_create("sink-marks", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, size) || map(m, fd, size)) {
		close(fd);
		return -1;
	}
	memset(m->head, 0, size);
	m->head->magic = MARKS_MAGIC;
	m->head->version = MARKS_VERSION;
	m->head->flows = flows;
	place_bits(m);
	return 0;
}

static int is_marks(const struct marks *m)
{
	return m->head->magic == MARKS_MAGIC &&
	       m->head->version == MARKS_VERSION && m->head->flows &&
	       m->head->flows <= MARKS_MAX_FLOWS &&
	       m->size >= size_for(m->head->flows);
}

int marks_adopt(struct marks *m, int fd)
{
	struct stat st;

	if (fstat(fd, &st) || (size_t)st.st_size < sizeof(*m->head) ||
	    map(m, fd, st.st_size))
		return -1;
	if (!is_marks(m)) {
		munmap(m->head, m->size);
		errno = EBADMSG;
		return -1;
	}
	place_bits(m);
	m->head->updates++;
	return 0;
}

/* A new witness began to count at zero: so do we */
static void start_run(struct marks *m, uint64_t run)
{
	memset(m->flow, 0, m->size - sizeof(*m->head));
	m->head->run = run;
	m->head->corrupted = 0;
	m->head->stale = 0;
	m->head->foreign = 0;
	m->head->beyond = 0;
	m->head->unsent = 0;
}

static void mark_number(struct marks *m, uint32_t flow, uint32_t seq)
{
	struct marks_flow *f = &m->flow[flow];
	uint8_t *byte = &m->bits[(size_t)flow * FLOW_BYTES + seq / 8];
	uint8_t bit = 1U << (seq % 8);

	if (*byte & bit) {
		f->duplicated++;
		return;
	}
	*byte |= bit;
	f->received++;
	if (seq < f->next)
		f->reordered++;
	else
		f->next = seq + 1;
}

static int take_good(struct marks *m, const struct probe *p)
{
	uint64_t run = le64toh(p->run);
	uint32_t flow = le16toh(p->flow);
	uint32_t seq = le32toh(p->seq);

	if (run < m->head->run) {
		m->head->stale++;
		return 0;
	}
	if (run > m->head->run)
		start_run(m, run);
	if (flow >= m->head->flows || seq >= MARKS_NUMBERS)
		m->head->beyond++;
	else
		mark_number(m, flow, seq);
	return 1;
}

int marks_take(struct marks *m, const void *data, size_t length)
{
	switch (probe_check(data, length)) {
	case PROBE_GOOD:
		return take_good(m, data);
	case PROBE_CORRUPT:
		m->head->corrupted++;
		return 1;
	default:
		m->head->foreign++;
		return 0;
	}
}

static int is_marked(const struct marks *m, uint32_t flow, uint32_t seq)
{
	return m->bits[(size_t)flow * FLOW_BYTES + seq / 8] >> (seq % 8) & 1;
}

/* The first few ranges of numbers that are missing below the highest one */
static void json_holes(const struct marks *m, uint32_t flow, FILE *out)
{
	uint32_t next = m->flow[flow].next;
	int holes = 0;

	for (uint32_t seq = 0; seq < next && holes < MAX_HOLES; seq++) {
		uint32_t first = seq;

		while (seq < next && !is_marked(m, flow, seq))
			seq++;
		if (seq > first)
			fprintf(out, "%s[%u,%u]", holes++ ? "," : "", first, seq - 1);
	}
}

static void json_flow(const struct marks *m, uint32_t flow, FILE *out)
{
	const struct marks_flow *f = &m->flow[flow];

	fprintf(out, "%s\n  {\"received\": %" PRIu64 ", \"duplicated\": %" PRIu64
		", \"reordered\": %" PRIu64 ", \"next\": %u, \"holes\": [",
		flow ? "," : "", f->received, f->duplicated, f->reordered, f->next);
	json_holes(m, flow, out);
	fputs("]}", out);
}

static void json_totals(const struct marks *m, FILE *out)
{
	uint64_t received = 0, duplicated = 0, reordered = 0;

	for (uint32_t i = 0; i < m->head->flows; i++) {
		received += m->flow[i].received;
		duplicated += m->flow[i].duplicated;
		reordered += m->flow[i].reordered;
	}
	fprintf(out, "{\"received\": %" PRIu64 ", \"duplicated\": %" PRIu64
		", \"reordered\": %" PRIu64, received, duplicated, reordered);
}

void marks_json(const struct marks *m, FILE *out)
{
	const struct marks_head *h = m->head;

	json_totals(m, out);
	fprintf(out, ", \"corrupted\": %" PRIu64 ", \"stale\": %" PRIu64
		", \"foreign\": %" PRIu64 ", \"beyond\": %" PRIu64
		", \"unsent\": %" PRIu64 ", \"updates\": %" PRIu64,
		h->corrupted, h->stale, h->foreign, h->beyond, h->unsent, h->updates);
	fputs(",\n \"flows\": [", out);
	for (uint32_t i = 0; i < h->flows; i++)
		json_flow(m, i, out);
	fputs("]}\n", out);
}
