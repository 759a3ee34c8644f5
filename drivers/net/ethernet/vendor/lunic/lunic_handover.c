// SPDX-License-Identifier: GPL-2.0
/* The handover's format: writing it, and checking it before it is believed.
 *
 * Checks return NULL, or what is wrong in words for the log.
 */
#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "lunic_handover.h"

#define LUNIC_HO_CRC_SEED	(~0U)
#define LUNIC_HO_CRC_FROM	offsetof(struct lunic_ho_root, major)
#define LUNIC_HO_BODY_MAX	SZ_1M

/* An entry of the chunk table: an address, which is a page's, with an order */
#define LUNIC_HO_CHUNK_ORDER	0xfffULL
#define LUNIC_HO_ORDER_MAX	10
#define LUNIC_HO_PAGE_SHIFT	12

static_assert(sizeof(struct lunic_ho_root) == 40);
static_assert(offsetof(struct lunic_ho_root, crc) == 12);
static_assert(sizeof(struct lunic_ho_section) == 8);
static_assert(sizeof(struct lunic_ho_device) == 24);
static_assert(sizeof(struct lunic_ho_netdev) == 40);
static_assert(sizeof(struct lunic_ho_config) == 32);
static_assert(sizeof(struct lunic_ho_rss) == 168);
static_assert(sizeof(struct lunic_ho_rxq) == 136);
static_assert(sizeof(struct lunic_ho_txq) == 80);
static_assert(sizeof(struct lunic_ho_stats) == 8);
static_assert(sizeof(struct lunic_ho_coalesce) == 72);
static_assert(sizeof(struct lunic_ho_settings) == 16);
static_assert(sizeof(struct lunic_ho_features) == 24);
static_assert(sizeof(struct lunic_ho_napi) == 400);
static_assert(sizeof(struct lunic_ho_counters) == 104);
static_assert(sizeof(struct lunic_ho_link) == 40);
static_assert(sizeof(struct lunic_ho_idle) == 136);
static_assert(sizeof(struct lunic_ho_ptp) == 32);
static_assert(sizeof(struct lunic_ho_tstamp) == 32);
static_assert(sizeof(struct lunic_ho_blackout) == 8);
static_assert(sizeof(struct lunic_ho_phases) == 128);

/**
 * lunic_ho_put() - append a section
 * @w: the body
 * @type: enum lunic_ho_type
 * @flags: LUNIC_HO_F_*
 * @len: length of the payload; rounded up to eight bytes
 *
 * Return: the payload, zeroed, or NULL where the body is full.
 */
void *lunic_ho_put(struct lunic_ho_writer *w, u16 type, u16 flags, u32 len)
{
	struct lunic_ho_section *s = w->buf + w->len;

	len = ALIGN(len, 8);
	if (len + sizeof(*s) > w->size - w->len)
		return NULL;

	s->type = type;
	s->flags = flags;
	s->len = len;
	memset(s + 1, 0, len);
	w->len += sizeof(*s) + len;
	return s + 1;
}

static u32 lunic_ho_root_crc(const struct lunic_ho_root *root)
{
	return crc32c(LUNIC_HO_CRC_SEED, (const u8 *)root + LUNIC_HO_CRC_FROM,
		      sizeof(*root) - LUNIC_HO_CRC_FROM);
}

/**
 * lunic_ho_seal() - make a handover valid
 * @root: the root, zeroed
 * @body_addr: physical address of the body
 * @w: the body
 */
void lunic_ho_seal(struct lunic_ho_root *root, u64 body_addr,
		   const struct lunic_ho_writer *w)
{
	root->magic = LUNIC_HO_MAGIC;
	root->major = LUNIC_HO_MAJOR;
	root->minor = LUNIC_HO_MINOR;
	root->body_len = w->len;
	root->body = body_addr;
	root->body_crc = crc32c(LUNIC_HO_CRC_SEED, w->buf, w->len);
	root->reserved = 0;
	root->crc = lunic_ho_root_crc(root);
	root->state = LUNIC_HO_SEALED;
}

/* Over the slots that are posted, round the end of the ring */
u32 lunic_ho_slots_crc(const struct lunic_ho_rxq *rxq, const u64 *slots)
{
	u32 crc = LUNIC_HO_CRC_SEED, end = rxq->use;

	if (rxq->use < rxq->clean) {
		crc = crc32c(crc, slots + rxq->clean,
			     (rxq->count - rxq->clean) * sizeof(*slots));
		return crc32c(crc, slots, end * sizeof(*slots));
	}
	return crc32c(crc, slots + rxq->clean,
		      (end - rxq->clean) * sizeof(*slots));
}

u32 lunic_ho_chunks_crc(const struct lunic_ho_rxq *rxq, const u64 *chunks)
{
	return crc32c(LUNIC_HO_CRC_SEED, chunks,
		      rxq->nr_chunks * sizeof(*chunks));
}

/**
 * lunic_ho_check_root() - whether a root may be followed to its body
 * @root: what was handed over
 * @size: its length
 *
 * Return: NULL, or what is wrong.
 */
const char *lunic_ho_check_root(const struct lunic_ho_root *root, u64 size)
{
	if (size < sizeof(*root))
		return "root is truncated";
	if (root->magic != LUNIC_HO_MAGIC)
		return "root has another magic";
	if (root->crc != lunic_ho_root_crc(root))
		return "root fails its checksum";
	if (root->major != LUNIC_HO_MAJOR)
		return "ABI version is another";
	if (root->body_len > LUNIC_HO_BODY_MAX || root->body_len % 8)
		return "body has an impossible length";
	return NULL;
}

static const char *lunic_ho_take_idle(struct lunic_ho_view *v,
				      const struct lunic_ho_idle *idle)
{
	if (idle->queue >= LUNIC_HO_MAX_QUEUES || v->idle[idle->queue])
		return "an idle queue is impossible";
	v->idle[idle->queue] = idle;
	return NULL;
}

static const char *lunic_ho_take_queue(struct lunic_ho_view *v, u16 type,
				       const void *payload)
{
	if (type == LUNIC_HO_IDLE)
		return lunic_ho_take_idle(v, payload);
	if (type == LUNIC_HO_RXQ) {
		const struct lunic_ho_rxq *rxq = payload;

		if (v->nr_rxq == LUNIC_HO_MAX_QUEUES ||
		    rxq->queue != v->nr_rxq)
			return "receive queues are out of order";
		v->rxq[v->nr_rxq++] = rxq;
	} else {
		const struct lunic_ho_txq *txq = payload;

		if (v->nr_txq == LUNIC_HO_MAX_QUEUES ||
		    txq->queue != v->nr_txq)
			return "transmit queues are out of order";
		v->txq[v->nr_txq++] = txq;
	}
	return NULL;
}

/* How short a section of a type may be; 0: the type is not known */
static u32 lunic_ho_min_len(u16 type)
{
	static const u32 min_len[] = {
		[LUNIC_HO_DEVICE]	= sizeof(struct lunic_ho_device),
		[LUNIC_HO_NETDEV]	= sizeof(struct lunic_ho_netdev),
		[LUNIC_HO_CONFIG]	= sizeof(struct lunic_ho_config),
		[LUNIC_HO_RSS]		= sizeof(struct lunic_ho_rss),
		[LUNIC_HO_RXQ]		= sizeof(struct lunic_ho_rxq),
		[LUNIC_HO_TXQ]		= sizeof(struct lunic_ho_txq),
		[LUNIC_HO_STATS]	= sizeof(struct lunic_ho_stats),
		[LUNIC_HO_ALIAS]	= 8,
		[LUNIC_HO_COALESCE]	= sizeof(struct lunic_ho_coalesce),
		[LUNIC_HO_SETTINGS]	= sizeof(struct lunic_ho_settings),
		[LUNIC_HO_FEATURES]	= sizeof(struct lunic_ho_features),
		[LUNIC_HO_NAPI]		= sizeof(struct lunic_ho_napi),
		[LUNIC_HO_COUNTERS]	= sizeof(struct lunic_ho_counters),
		[LUNIC_HO_LINK]		= sizeof(struct lunic_ho_link),
		[LUNIC_HO_IDLE]		= sizeof(struct lunic_ho_idle),
		[LUNIC_HO_PTP]		= sizeof(struct lunic_ho_ptp),
		[LUNIC_HO_TSTAMP]	= sizeof(struct lunic_ho_tstamp),
		[LUNIC_HO_BLACKOUT]	= sizeof(struct lunic_ho_blackout),
		[LUNIC_HO_PHASES]	= sizeof(struct lunic_ho_phases),
	};

	return type < ARRAY_SIZE(min_len) ? min_len[type] : 0;
}

#define LUNIC_HO_PLACE(type, member) \
	[type] = offsetof(struct lunic_ho_view, member)

/* Where a section that comes once is kept */
static const void **lunic_ho_place(struct lunic_ho_view *v, u16 type)
{
	static const u16 place[] = {
		LUNIC_HO_PLACE(LUNIC_HO_DEVICE, device),
		LUNIC_HO_PLACE(LUNIC_HO_NETDEV, netdev),
		LUNIC_HO_PLACE(LUNIC_HO_CONFIG, config),
		LUNIC_HO_PLACE(LUNIC_HO_RSS, rss),
		LUNIC_HO_PLACE(LUNIC_HO_STATS, stats),
		LUNIC_HO_PLACE(LUNIC_HO_ALIAS, alias),
		LUNIC_HO_PLACE(LUNIC_HO_COALESCE, coalesce),
		LUNIC_HO_PLACE(LUNIC_HO_SETTINGS, settings),
		LUNIC_HO_PLACE(LUNIC_HO_FEATURES, features),
		LUNIC_HO_PLACE(LUNIC_HO_NAPI, napi),
		LUNIC_HO_PLACE(LUNIC_HO_COUNTERS, counters),
		LUNIC_HO_PLACE(LUNIC_HO_LINK, link),
		LUNIC_HO_PLACE(LUNIC_HO_PTP, ptp),
		LUNIC_HO_PLACE(LUNIC_HO_TSTAMP, tstamp),
		LUNIC_HO_PLACE(LUNIC_HO_BLACKOUT, blackout),
		LUNIC_HO_PLACE(LUNIC_HO_PHASES, phases),
	};

	return (void *)v + place[type];
}

static const char *lunic_ho_take(struct lunic_ho_view *v,
				 const struct lunic_ho_section *s)
{
	u32 min_len = lunic_ho_min_len(s->type);
	const void **place;

	if (!min_len)
		return s->flags & LUNIC_HO_F_MANDATORY ?
		       "a mandatory section is not known" : NULL;
	if (s->len < min_len)
		return "a section is too short";
	if (s->type == LUNIC_HO_RXQ || s->type == LUNIC_HO_TXQ ||
	    s->type == LUNIC_HO_IDLE)
		return lunic_ho_take_queue(v, s->type, s + 1);

	place = lunic_ho_place(v, s->type);
	if (*place)
		return "a section comes twice";
	*place = s + 1;
	if (s->type == LUNIC_HO_ALIAS)
		v->alias_len = s->len;
	if (s->type == LUNIC_HO_STATS &&
	    v->stats->nr > (s->len - sizeof(*v->stats)) / sizeof(u64))
		return "statistics are truncated";
	return NULL;
}

static const char *lunic_ho_check_rxq(const struct lunic_ho_rxq *rxq)
{
	if (!rxq->count || rxq->count % 8 || rxq->count > SZ_64K ||
	    rxq->clean >= rxq->count || rxq->use >= rxq->count)
		return "a ring has impossible indices";
	if (!rxq->nr_chunks || rxq->nr_chunks > rxq->count)
		return "a ring has an impossible number of chunks";
	if (!rxq->buf_size || rxq->frag_size > SZ_64K ||
	    rxq->headroom > rxq->frag_size ||
	    rxq->buf_size > rxq->frag_size)
		return "a ring has impossible buffers";
	return NULL;
}

static const char *lunic_ho_check_view(const struct lunic_ho_view *v)
{
	const char *why;
	u16 q;

	if (!v->device || !v->netdev || !v->config || !v->rss)
		return "a section is missing";
	if (!v->nr_rxq || v->nr_rxq != v->nr_txq ||
	    v->nr_rxq != v->config->queues)
		return "the number of queues contradicts itself";
	if (!memchr(v->netdev->ifname, 0, sizeof(v->netdev->ifname)))
		return "the interface name has no end";

	for (q = 0; q < v->nr_rxq; q++) {
		why = lunic_ho_check_rxq(v->rxq[q]);
		if (why)
			return why;
	}
	for (q = 0; q < sizeof(v->rss->table); q++)
		if (v->rss->table[q] >= v->nr_rxq)
			return "the RSS table names a queue that is not there";
	return NULL;
}

/**
 * lunic_ho_parse() - read a body
 * @root: its root, checked
 * @body: the body, @root->body_len bytes
 * @v: what was found
 *
 * Return: NULL, or what is wrong.
 */
const char *lunic_ho_parse(const struct lunic_ho_root *root, const void *body,
			   struct lunic_ho_view *v)
{
	u32 left = root->body_len;
	const char *why;

	memset(v, 0, sizeof(*v));
	if (crc32c(LUNIC_HO_CRC_SEED, body, left) != root->body_crc)
		return "body fails its checksum";

	while (left) {
		const struct lunic_ho_section *s = body;

		if (left < sizeof(*s) || s->len % 8 ||
		    s->len > left - sizeof(*s))
			return "a section runs over the end";
		why = lunic_ho_take(v, s);
		if (why)
			return why;
		body += sizeof(*s) + s->len;
		left -= sizeof(*s) + s->len;
	}
	return lunic_ho_check_view(v);
}

static u64 lunic_ho_chunk_start(u64 chunk)
{
	return chunk & ~LUNIC_HO_CHUNK_ORDER;
}

static u64 lunic_ho_chunk_end(u64 chunk)
{
	return lunic_ho_chunk_start(chunk) +
	       (1ULL << (LUNIC_HO_PAGE_SHIFT + (chunk & LUNIC_HO_CHUNK_ORDER)));
}

static const char *lunic_ho_check_chunks(const struct lunic_ho_rxq *rxq,
					 const u64 *chunks)
{
	u64 end = 0;
	u32 i;

	for (i = 0; i < rxq->nr_chunks; i++) {
		if ((chunks[i] & LUNIC_HO_CHUNK_ORDER) > LUNIC_HO_ORDER_MAX)
			return "a chunk has an impossible order";
		if (lunic_ho_chunk_start(chunks[i]) < end)
			return "chunks overlap";
		end = lunic_ho_chunk_end(chunks[i]);
	}
	return NULL;
}

static bool lunic_ho_in_chunk(const struct lunic_ho_rxq *rxq,
			      const u64 *chunks, u64 addr)
{
	u32 lo = 0, hi = rxq->nr_chunks;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (addr < lunic_ho_chunk_start(chunks[mid]))
			hi = mid;
		else if (addr >= lunic_ho_chunk_end(chunks[mid]))
			lo = mid + 1;
		else
			return addr + rxq->frag_size <=
			       lunic_ho_chunk_end(chunks[mid]);
	}
	return false;
}

/**
 * lunic_ho_check_tables() - whether a queue's buffers lie where they may
 * @rxq: the queue, out of a body that was read
 * @slots: its slots, @rxq->count of them
 * @chunks: its chunks, @rxq->nr_chunks of them
 *
 * Return: NULL, or what is wrong.
 */
const char *lunic_ho_check_tables(const struct lunic_ho_rxq *rxq,
				  const u64 *slots, const u64 *chunks)
{
	const char *why;
	u32 slot;

	if (lunic_ho_slots_crc(rxq, slots) != rxq->slots_crc)
		return "slots fail their checksum";
	if (lunic_ho_chunks_crc(rxq, chunks) != rxq->chunks_crc)
		return "chunks fail their checksum";

	why = lunic_ho_check_chunks(rxq, chunks);
	if (why)
		return why;
	for (slot = rxq->clean; slot != rxq->use;
	     slot = slot + 1 == rxq->count ? 0 : slot + 1)
		if (!lunic_ho_in_chunk(rxq, chunks, slots[slot]))
			return "a buffer lies in no chunk";
	return NULL;
}
