// SPDX-License-Identifier: GPL-2.0
/* Paces and sends the numbered frames, faults on purpose included. */
#define _GNU_SOURCE
#include "sender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "probe.h"

#define NS			1000000000ULL
/* What was missed while this process had no CPU is made up for step by step: a
 * burst would fill the socket, and be taken for a device that does not receive
 */
#define STEP_NS			2000000ULL
#define STEP_RATE		4

static uint8_t *template_of(const struct sender *s, unsigned int flow)
{
	return s->templates + flow * s->frame_size;
}

/* Neighbouring ports can share one queue under an unlucky RSS key: spread them */
static uint16_t source_port(unsigned int flow)
{
	return 10000 + flow * 3571 % 50000;
}

int sender_init(struct sender *s, const struct wire *w, uint16_t dport)
{
	size_t payload = s->frame_size - WIRE_HEADERS;

	s->wire = w;
	s->templates = calloc(s->flows, s->frame_size);
	if (!s->templates)
		return -1;
	for (unsigned int i = 0; i < s->flows; i++) {
		wire_headers(template_of(s, i), w, i, source_port(i), dport, payload);
		probe_fill((struct probe *)(template_of(s, i) + WIRE_HEADERS), i,
			   payload);
	}
	return 0;
}

static uint64_t due_ns(const struct sender *s, uint64_t index)
{
	return s->start_ns + index / s->rate * NS +
	       index % s->rate * NS / s->rate;
}

uint64_t sender_next_ns(const struct sender *s)
{
	uint64_t due;

	if (!s->rate || sender_is_done(s))
		return UINT64_MAX;
	due = due_ns(s, s->done);
	return due > s->step_end_ns ? due : s->step_end_ns;
}

bool sender_is_done(const struct sender *s)
{
	return s->frames && s->done >= s->frames;
}

static bool is_nth(uint32_t nth, uint64_t index)
{
	return nth && index % nth == nth - 1;
}

/* One bit of the body, before the checksum: only the payload's own sees it */
static void alter(uint8_t *frame, size_t size)
{
	frame[size - 1] ^= 0x10;
}

static int would_block(int err)
{
	return err == EAGAIN || err == ENOBUFS || err == EINTR;
}

static int put(struct sender *s, const uint8_t *frame, struct tally_flow *f)
{
	if (send(s->fd, frame, s->frame_size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	if (!would_block(errno))
		return -1;
	f->refused++;
	return 0;
}

/* The copy of a doubled frame has no number of its own to be refused */
static int put_again(struct sender *s, const uint8_t *frame)
{
	struct tally_flow none = { 0 };

	return put(s, frame, &none);
}

static int send_one(struct sender *s, uint64_t now_ns)
{
	uint64_t index = s->done++;
	unsigned int flow = index % s->flows;
	struct tally_flow *f = &s->tally->flow[flow];
	uint8_t *frame = template_of(s, flow);

	probe_seal((struct probe *)(frame + WIRE_HEADERS), s->run, f->sent++, now_ns);
	if (is_nth(s->faults.drop, index))
		return 0;
	if (is_nth(s->faults.alter, index))
		alter(frame, s->frame_size);
	wire_checksum(frame, s->wire);
	if (put(s, frame, f) < 0)
		return -1;
	if (is_nth(s->faults.dup, index) && put_again(s, frame) < 0)
		return -1;
	if (is_nth(s->faults.alter, index))
		alter(frame, s->frame_size);
	return 0;
}

/* Frames of one step at STEP_RATE times the rate, at least one */
static uint32_t step_frames(const struct sender *s)
{
	return STEP_NS * STEP_RATE * s->rate / NS + 1;
}

int sender_run(struct sender *s, uint64_t now_ns)
{
	uint32_t left = step_frames(s);

	if (!s->rate || now_ns < sender_next_ns(s))
		return 0;
	if (now_ns - due_ns(s, s->done) > s->tally->late_ns)
		s->tally->late_ns = now_ns - due_ns(s, s->done);
	while (left && !sender_is_done(s) &&
	       due_ns(s, s->done) <= now_ns) {
		if (send_one(s, now_ns) < 0)
			return -1;
		left--;
	}
	/* Still behind: the rest has to wait for the next step */
	s->step_end_ns = left ? 0 : now_ns + STEP_NS;
	return 0;
}
