// SPDX-License-Identifier: GPL-2.0
/* What libFuzzer calls: an input for the parser, and a way to change one by
 * whole sections, which changes of bytes alone would seldom hit.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/kho/abi/lunic.h>

#include "fuzz.h"
#include "parse.h"

#define HEAD		sizeof(struct lunic_ho_section)
#define MAX_SECTIONS	64
/* Payloads that are made larger stay below */
#define MAX_GROWTH	256

/* An input, and where the sections of its body begin; the last is its end */
struct body {
	u8 *data;
	size_t len;
	size_t max;
	size_t at[MAX_SECTIONS + 1];
	unsigned int nr;
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	parse_input(data, len);
	return 0;
}

static size_t body_end(const struct body *b)
{
	struct lunic_ho_root root;

	memcpy(&root, b->data, sizeof(root));
	return min(b->len, sizeof(root) + root.body_len);
}

static void find_sections(struct body *b)
{
	size_t at = sizeof(struct lunic_ho_root), end = body_end(b);
	struct lunic_ho_section s;

	for (b->nr = 0; b->nr < MAX_SECTIONS && at + HEAD <= end; b->nr++) {
		memcpy(&s, b->data + at, HEAD);
		if (s.len > end - at - HEAD)
			break;
		b->at[b->nr] = at;
		at += HEAD + s.len;
	}
	b->at[b->nr] = at;
}

/* The body's length in the root follows, so that what comes behind it stays */
static void moved(struct body *b, ssize_t by)
{
	struct lunic_ho_root root;

	memcpy(&root, b->data, sizeof(root));
	root.body_len += by;
	memcpy(b->data, &root, sizeof(root));
	b->len += by;
}

static bool make_room(struct body *b, size_t at, size_t len)
{
	if (b->len + len > b->max)
		return false;
	memmove(b->data + at + len, b->data + at, b->len - at);
	moved(b, len);
	return true;
}

static void take_out(struct body *b, size_t at, size_t len)
{
	memmove(b->data + at, b->data + at + len, b->len - at - len);
	moved(b, -(ssize_t)len);
}

static void copy_section(struct body *b, unsigned int from, unsigned int to)
{
	size_t len = b->at[from + 1] - b->at[from];
	u8 *copy = malloc(len);

	if (!copy)
		abort();
	memcpy(copy, b->data + b->at[from], len);
	if (make_room(b, b->at[to], len))
		memcpy(b->data + b->at[to], copy, len);
	free(copy);
}

/* A section's payload becomes longer or shorter, and its head says so */
static void resize(struct body *b, unsigned int i, unsigned int random)
{
	size_t words = 1 + random % (MAX_GROWTH / 8), len = words * 8;
	struct lunic_ho_section s;

	memcpy(&s, b->data + b->at[i], HEAD);
	if (random & 0x100) {
		if (!make_room(b, b->at[i + 1], len))
			return;
		memset(b->data + b->at[i + 1], random >> 9, len);
		s.len += len;
	} else {
		len = min(len, (size_t)s.len);
		take_out(b, b->at[i + 1] - len, len);
		s.len -= len;
	}
	memcpy(b->data + b->at[i], &s, HEAD);
}

static void retype(struct body *b, unsigned int i, unsigned int random)
{
	struct lunic_ho_section s;

	memcpy(&s, b->data + b->at[i], HEAD);
	s.type = random % 40;
	s.flags ^= random >> 8 & LUNIC_HO_F_MANDATORY;
	memcpy(b->data + b->at[i], &s, HEAD);
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed)
{
	struct body b = { .data = data, .len = len, .max = max };
	unsigned int random = seed * 2654435761U >> 8, i, j;

	/* Most changes are those of libFuzzer, which learns from comparisons */
	if (seed % 4 || len < sizeof(struct lunic_ho_root) + HEAD)
		return LLVMFuzzerMutate(data, len, max);
	find_sections(&b);
	if (!b.nr)
		return LLVMFuzzerMutate(data, len, max);

	i = random % b.nr;
	j = random / MAX_SECTIONS % (b.nr + 1);
	switch (seed / 4 % 4) {
	case 0:
		copy_section(&b, i, j);
		break;
	case 1:
		take_out(&b, b.at[i], b.at[i + 1] - b.at[i]);
		break;
	case 2:
		resize(&b, i, random / 4096);
		break;
	default:
		retype(&b, i, random / 4096);
	}
	return b.len;
}
