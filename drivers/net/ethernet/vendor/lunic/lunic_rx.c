// SPDX-License-Identifier: GPL-2.0
/* Receive: from descriptor to skb, and posting buffers. */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <net/page_pool/helpers.h>

#include "lunic_ring.h"

/* What one poll adds to the counters, and what it looks up once */
struct lunic_rx_poll {
	struct napi_struct *napi;
	netdev_features_t features;
	u64 tstamp;
	struct lunic_rx_stats stats;
};

/**
 * lunic_rx_put_foreign() - let a buffer go that is no pool's
 * @rx: the ring that it was posted in
 * @buf: the buffer
 *
 * Each buffer holds a reference to its chunk; the last one unmaps and frees it.
 */
void lunic_rx_put_foreign(struct lunic_rx_ring *rx, struct lunic_rx_buf *buf)
{
	struct folio *folio = page_folio(buf->page);

	if (folio_ref_count(folio) == 1)
		dma_unmap_page(&rx->ld->pdev->dev, folio_pfn(folio) <<
			       PAGE_SHIFT, folio_size(folio), DMA_FROM_DEVICE);
	folio_put(folio);
	buf->page = NULL;
	buf->foreign = false;
}

static void lunic_rx_post(struct lunic_rx_ring *rx, struct page *page,
			  u32 offset, bool foreign)
{
	union lunic_rx_desc *desc = &rx->desc[rx->use];
	struct lunic_rx_buf *buf = &rx->buf[rx->use];
	dma_addr_t dma;

	buf->page = page;
	buf->offset = offset;
	buf->foreign = foreign;
	dma = lunic_rx_dma(buf);
	if (rx->slots)
		rx->slots[rx->use] = dma;

	desc->read.pkt_addr = cpu_to_le64(dma + rx->headroom);
	desc->read.hdr_addr = 0;
	WRITE_ONCE(rx->use, lunic_ring_next(rx->use, rx->count));
}

static void lunic_rx_write_tail(struct lunic_rx_ring *rx)
{
	/* Descriptors first, then the tail */
	dma_wmb();
	writel(rx->use, rx->tail);
}

/**
 * lunic_rx_post_foreign() - post a chunk that is no pool's
 * @rx: the ring, with room for them; its NAPI stands still
 * @folio: the chunk, mapped
 * @n: buffers to post, as many as it holds at most
 */
void lunic_rx_post_foreign(struct lunic_rx_ring *rx, struct folio *folio, u32 n)
{
	u32 i;

	folio_ref_add(folio, n);
	for (i = 0; i < n; i++)
		lunic_rx_post(rx, folio_page(folio, 0), i * rx->frag_size,
			      true);
	if (rx->armed)
		lunic_rx_write_tail(rx);
}

/* A chunk that can't be had is all the buffers in it that were wanted */
static void lunic_rx_starved(struct lunic_rx_ring *rx, u32 wanted)
{
	struct lunic_queue_stats *qs = &rx->ld->stats[rx->queue];

	u64_stats_update_begin(&qs->rx_sync);
	qs->rx.alloc_fail += min_t(u32, wanted,
				   LUNIC_CHUNK_SIZE / rx->frag_size);
	u64_stats_update_end(&qs->rx_sync);
}

/* Memory that can't be had leaves the ring shorter until the next poll. Does
 * nothing while what is posted must not change.
 */
static void lunic_rx_fill(struct lunic_rx_ring *rx, gfp_t gfp)
{
	u32 posted = lunic_ring_used(rx->clean, rx->use, rx->count);
	u32 fill = READ_ONCE(rx->fill);

	if (rx->copy)
		return;

	for (; posted < fill; posted++) {
		struct page *page;
		u32 offset;

		page = page_pool_alloc_frag(rx->pool, &offset, rx->frag_size,
					    gfp | __GFP_NOWARN);
		if (!page) {
			lunic_rx_starved(rx, fill - posted);
			break;
		}
		lunic_rx_post(rx, page, offset, false);
	}
}

/**
 * lunic_rx_refill() - post buffers until the ring is as full as it should be
 * @rx: the ring
 * @gfp: how to allocate
 *
 * Context: the ring's NAPI, or the ring is not in use.
 */
void lunic_rx_refill(struct lunic_rx_ring *rx, gfp_t gfp)
{
	u32 start = rx->use;

	lunic_rx_fill(rx, gfp);
	if (rx->use != start && rx->armed)
		lunic_rx_write_tail(rx);
}

/* A buffer that was consumed without leaving the ring is posted again, unless
 * the ring is to shrink or the buffer is no pool's
 */
static void lunic_rx_done(struct lunic_rx_ring *rx, struct lunic_rx_buf *buf)
{
	u32 posted = lunic_ring_used(rx->clean, rx->use, rx->count);

	if (rx->copy || (!buf->foreign && posted < READ_ONCE(rx->fill)))
		lunic_rx_post(rx, buf->page, buf->offset, buf->foreign);
	else if (buf->foreign)
		lunic_rx_put_foreign(rx, buf);
	else
		page_pool_put_full_page(rx->pool, buf->page, true);
}

static void *lunic_rx_data(struct lunic_rx_ring *rx, struct lunic_rx_buf *buf,
			   u32 len)
{
	dma_sync_single_for_cpu(&rx->ld->pdev->dev,
				lunic_rx_dma(buf) + rx->headroom, len,
				DMA_FROM_DEVICE);
	return page_address(buf->page) + buf->offset + rx->headroom;
}

/* The buffer goes up with the skb and returns through the pool */
static struct sk_buff *lunic_rx_build(struct lunic_rx_ring *rx,
				      struct lunic_rx_buf *buf, u32 len)
{
	void *data = lunic_rx_data(rx, buf, len);
	struct sk_buff *skb;

	net_prefetch(data);
	skb = napi_build_skb(data - rx->headroom, rx->frag_size);
	if (unlikely(!skb))
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, rx->headroom);
	__skb_put(skb, len);
	return skb;
}

static void lunic_rx_add_frag(struct lunic_rx_ring *rx, struct sk_buff *skb,
			      struct lunic_rx_buf *buf, u32 len)
{
	lunic_rx_data(rx, buf, len);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, buf->page,
			buf->offset + rx->headroom, len, rx->frag_size);
}

/* The skb gets memory of its own; the buffer stays what it is */
static struct sk_buff *lunic_rx_copy(struct lunic_rx_ring *rx,
				     struct napi_struct *napi, u32 slot,
				     u32 total)
{
	struct sk_buff *skb;

	skb = napi_alloc_skb(napi, total);
	if (unlikely(!skb))
		return NULL;

	while (total) {
		u32 len = min(total, rx->buf_size);

		skb_put_data(skb, lunic_rx_data(rx, &rx->buf[slot], len), len);
		slot = lunic_ring_next(slot, rx->count);
		total -= len;
	}
	return skb;
}

static struct sk_buff *lunic_rx_take(struct lunic_rx_ring *rx, u32 slot,
				     u32 total)
{
	u32 len = min(total, rx->buf_size);
	struct sk_buff *skb;

	skb = lunic_rx_build(rx, &rx->buf[slot], len);
	if (unlikely(!skb))
		return NULL;

	while (total -= len) {
		slot = lunic_ring_next(slot, rx->count);
		len = min(total, rx->buf_size);
		lunic_rx_add_frag(rx, skb, &rx->buf[slot], len);
	}
	return skb;
}

static enum pkt_hash_types lunic_rx_hash_type(u32 rss_type)
{
	/* 1, 3, 6, 7, 8, 9: with ports; data sheet 7.1.5.2 */
	return BIT(rss_type) & 0x3ca ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3;
}

static void lunic_rx_checksum(struct sk_buff *skb, u64 upper,
			      struct lunic_rx_poll *p)
{
	if (!(p->features & NETIF_F_RXCSUM) ||
	    upper & (LUNIC_RXD_IXSM | LUNIC_RXD_RXE) ||
	    !(upper & (LUNIC_RXD_TCPCS | LUNIC_RXD_UDPCS)))
		return;
	if (unlikely(upper & (LUNIC_RXD_TCPE | LUNIC_RXD_IPE))) {
		p->stats.csum_bad++;
		return;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	p->stats.csum_good++;
}

static void lunic_rx_offloads(struct lunic_rx_ring *rx, struct sk_buff *skb,
			      const union lunic_rx_desc *desc, u64 upper,
			      struct lunic_rx_poll *p)
{
	u32 type;

	lunic_rx_checksum(skb, upper, p);

	type = FIELD_GET(LUNIC_RXD_RSS_TYPE, le32_to_cpu(desc->wb.info));
	if (type && p->features & NETIF_F_RXHASH)
		skb_set_hash(skb, le32_to_cpu(desc->wb.rss),
			     lunic_rx_hash_type(type));
	if (upper & LUNIC_RXD_VP && p->features & NETIF_F_HW_VLAN_CTAG_RX)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       FIELD_GET(LUNIC_RXD_VLAN, upper));
	if (unlikely(upper & p->tstamp))
		lunic_tstamp_rx(rx->ld, skb);
	skb_record_rx_queue(skb, rx->queue);
	skb->protocol = eth_type_trans(skb, rx->ld->netdev);
}

/* The slots that a complete frame takes, 0 while its end has not come. A frame
 * is taken whole or not at all, so that none is ever half way between kernels.
 */
static u32 lunic_rx_frame(struct lunic_rx_ring *rx, u64 *upper, u32 *total,
			  bool *foreign)
{
	u32 slot = rx->clean, n = 0;

	*total = 0;
	*foreign = false;
	while (slot != rx->use) {
		*upper = le64_to_cpu(READ_ONCE(rx->desc[slot].wb.upper));
		if (!(*upper & LUNIC_RXD_DD))
			return 0;
		*total += FIELD_GET(LUNIC_RXD_LEN, *upper);
		*foreign |= rx->buf[slot].foreign;
		n++;
		if (likely(*upper & LUNIC_RXD_EOP))
			return n;
		slot = lunic_ring_next(slot, rx->count);
	}
	return 0;
}

/* Slots of one frame, consumed; @gone: the skb took the buffers with it */
static void lunic_rx_advance(struct lunic_rx_ring *rx, u32 n, bool gone)
{
	while (n--) {
		struct lunic_rx_buf buf = rx->buf[rx->clean];

		rx->buf[rx->clean].page = NULL;
		rx->buf[rx->clean].foreign = false;
		WRITE_ONCE(rx->clean, lunic_ring_next(rx->clean, rx->count));
		if (!gone)
			lunic_rx_done(rx, &buf);
	}
}

/* A sniffer looks at bad frames as well, but the stack needs a header */
static bool lunic_rx_wants_bad(const struct lunic_rx_poll *p, u32 total)
{
	return p->features & NETIF_F_RXALL && total >= ETH_HLEN;
}

static void lunic_rx_drop(struct lunic_rx_ring *rx)
{
	struct lunic_queue_stats *qs = &rx->ld->stats[rx->queue];

	u64_stats_update_begin(&qs->rx_sync);
	qs->rx.alloc_fail++;
	qs->rx_dropped++;
	u64_stats_update_end(&qs->rx_sync);
}

/* One frame up the stack: true, unless there was none */
static bool lunic_rx_one(struct lunic_rx_ring *rx, struct lunic_rx_poll *p)
{
	const union lunic_rx_desc *last;
	struct sk_buff *skb = NULL;
	u64 upper;
	u32 total, n;
	bool copy;

	n = lunic_rx_frame(rx, &upper, &total, &copy);
	if (!n)
		return false;
	/* DD first, then the rest of the descriptor and the data */
	dma_rmb();

	copy |= rx->copy || total <= READ_ONCE(rx->copybreak);
	p->stats.errors += !!(upper & LUNIC_RXD_RXE);
	if (likely(!(upper & LUNIC_RXD_RXE) || lunic_rx_wants_bad(p, total))) {
		skb = copy ? lunic_rx_copy(rx, p->napi, rx->clean, total) :
			     lunic_rx_take(rx, rx->clean, total);
		if (unlikely(!skb))
			lunic_rx_drop(rx);
	}
	if (skb) {
		last = &rx->desc[lunic_ring_add(rx->clean, n - 1, rx->count)];
		lunic_rx_offloads(rx, skb, last, upper, p);
		p->stats.packets++;
		p->stats.bytes += total;
		p->stats.copied += copy;
	}
	lunic_rx_advance(rx, n, skb && !copy);
	if (skb)
		napi_gro_receive(p->napi, skb);
	return true;
}

static void lunic_rx_count(struct lunic_rx_ring *rx,
			   const struct lunic_rx_stats *s)
{
	struct lunic_queue_stats *qs = &rx->ld->stats[rx->queue];

	u64_stats_update_begin(&qs->rx_sync);
	qs->rx.packets += s->packets;
	qs->rx.bytes += s->bytes;
	qs->rx.errors += s->errors;
	qs->rx.csum_good += s->csum_good;
	qs->rx.csum_bad += s->csum_bad;
	qs->rx.copied += s->copied;
	u64_stats_update_end(&qs->rx_sync);
}

/**
 * lunic_rx_clean() - take frames from a ring and post buffers
 * @rx: the ring
 * @napi: its context
 * @budget: how many frames at most, not 0
 *
 * Return: the number of frames taken.
 */
int lunic_rx_clean(struct lunic_rx_ring *rx, struct napi_struct *napi,
		   int budget)
{
	struct lunic_rx_poll p = {
		.napi		= napi,
		.features	= READ_ONCE(rx->ld->netdev->features),
		.tstamp		= READ_ONCE(rx->ld->rx_tstamp),
	};
	u32 start = rx->use;
	int work = 0;

	while (work < budget && lunic_rx_one(rx, &p))
		work++;

	lunic_rx_fill(rx, GFP_ATOMIC);
	if (rx->use != start)
		lunic_rx_write_tail(rx);
	if (work)
		lunic_rx_count(rx, &p.stats);
	return work;
}
