// SPDX-License-Identifier: GPL-2.0
/* Gives an input to the parser and reads all that a driver would read of it. */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/kho/abi/lunic.h>
#include "lunic_handover.h"

#include "parse.h"

#define BODY_ADDRESS	0x12340000ULL

static volatile u8 sink;

/* A block of just that length; freed by the caller */
static void *copy_of(const void *data, size_t len)
{
	void *copy = malloc(len ?: 1);

	if (!copy)
		abort();
	memcpy(copy, data, len);
	return copy;
}

static void touch(const void *data, size_t len)
{
	const u8 *byte = data;

	while (len--)
		sink ^= *byte++;
}

static void touch_queues(const struct lunic_ho_view *v)
{
	for (u16 q = 0; q < v->nr_rxq; q++)
		touch(v->rxq[q], sizeof(*v->rxq[q]));
	for (u16 q = 0; q < v->nr_txq; q++)
		touch(v->txq[q], sizeof(*v->txq[q]));
}

static void touch_once(const void *section, size_t len)
{
	if (section)
		touch(section, len);
}

/* What came with ABI 1.1 */
static void touch_carried(const struct lunic_ho_view *v)
{
	touch_once(v->coalesce, sizeof(*v->coalesce));
	touch_once(v->settings, sizeof(*v->settings));
	touch_once(v->features, sizeof(*v->features));
	touch_once(v->napi, sizeof(*v->napi));
	touch_once(v->counters, sizeof(*v->counters));
	touch_once(v->link, sizeof(*v->link));
	touch_once(v->ptp, sizeof(*v->ptp));
	touch_once(v->tstamp, sizeof(*v->tstamp));
	for (u16 q = 0; q < LUNIC_HO_MAX_QUEUES; q++)
		touch_once(v->idle[q], sizeof(*v->idle[q]));
}

/* What a driver reads of a body that was found right */
static void touch_view(const struct lunic_ho_view *v)
{
	touch(v->device, sizeof(*v->device));
	touch(v->netdev, sizeof(*v->netdev));
	touch(v->netdev->ifname, strlen((const char *)v->netdev->ifname));
	touch(v->config, sizeof(*v->config));
	touch(v->rss, sizeof(*v->rss));
	if (v->stats)
		touch(v->stats->values, v->stats->nr * sizeof(u64));
	if (v->alias)
		touch(v->alias, v->alias_len);
	touch_queues(v);
	touch_carried(v);
}

/* Numbers of which the parser has seen that they are small */
static u64 *make_table(u32 nr, const void *words, size_t words_len)
{
	u64 *table = calloc(nr, sizeof(*table));
	size_t have = words_len / sizeof(*table);

	if (!table)
		abort();
	for (u32 i = 0; have && i < nr; i++)
		memcpy(&table[i], (const u8 *)words + i % have * sizeof(*table),
		       sizeof(*table));
	return table;
}

static const char *parse_tables(const struct lunic_ho_rxq *in,
				const void *words, size_t words_len)
{
	struct lunic_ho_rxq rxq = *in;
	u64 *chunks, *slots;
	const char *why;

	chunks = make_table(rxq.nr_chunks, words, words_len);
	slots = make_table(rxq.count, words, words_len);
	why = lunic_ho_check_tables(&rxq, slots, chunks);
	rxq.slots_crc = lunic_ho_slots_crc(&rxq, slots);
	rxq.chunks_crc = lunic_ho_chunks_crc(&rxq, chunks);
	if (why)
		why = lunic_ho_check_tables(&rxq, slots, chunks);
	free(slots);
	free(chunks);
	return why;
}

const char *parse_raw(const void *root, size_t root_len, const void *body,
		      size_t body_len)
{
	struct lunic_ho_root *r = copy_of(root, root_len);
	void *b = copy_of(body, body_len);
	struct lunic_ho_view v;
	const char *why;

	why = lunic_ho_check_root(r, root_len);
	/* The driver would look whether all of it is memory */
	if (!why && r->body_len > body_len)
		why = "body is not there";
	if (!why)
		why = lunic_ho_parse(r, b, &v);
	if (!why)
		touch_view(&v);
	free(b);
	free(r);
	return why;
}

const char *parse_sealed(const void *body, size_t body_len, const void *words,
			 size_t words_len)
{
	struct lunic_ho_writer w = {
		.buf = copy_of(body, body_len),
		.size = body_len,
		.len = body_len,
	};
	struct lunic_ho_root root = {};
	struct lunic_ho_view v;
	const char *why;

	lunic_ho_seal(&root, BODY_ADDRESS, &w);
	why = lunic_ho_check_root(&root, sizeof(root));
	if (!why)
		why = lunic_ho_parse(&root, w.buf, &v);
	if (!why) {
		touch_view(&v);
		for (u16 q = 0; words_len && q < v.nr_rxq; q++)
			parse_tables(v.rxq[q], words, words_len);
	}
	free(w.buf);
	return why;
}

void parse_input(const void *input, size_t len)
{
	size_t root_len = min(len, sizeof(struct lunic_ho_root));
	const u8 *body = (const u8 *)input + root_len;
	struct lunic_ho_root root = {};
	size_t body_len;

	memcpy(&root, input, root_len);
	body_len = min(len - root_len, (size_t)root.body_len);
	parse_raw(input, root_len, body, body_len);
	parse_sealed(body, body_len, body + body_len,
		     len - root_len - body_len);
}
