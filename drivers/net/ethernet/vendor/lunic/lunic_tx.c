// SPDX-License-Identifier: GPL-2.0
/* Transmit: from skb to descriptors, and completion. */
#include <linux/dma-mapping.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/netdev_queues.h>

#include "lunic_ring.h"

/* A context, the head in two pieces, each fragment in up to two, and a gap */
#define LUNIC_TX_WORST		(1 + 2 + 2 * MAX_SKB_FRAGS + 1)
#define LUNIC_TX_MIN_FRAME	17	/* the device pads from here on */

/* A packet on its way into the ring */
struct lunic_tx_pkt {
	struct sk_buff *skb;
	u32 first;
	u32 cmd;
	u32 olinfo;
	u32 hdr_len;	/* of each segment, with TSO */
	struct lunic_tx_off off;
};

static u32 lunic_tx_unused(const struct lunic_tx_ring *tx)
{
	u32 used = lunic_ring_used(READ_ONCE(tx->clean), READ_ONCE(tx->use),
				   tx->count);
	/* ethtool may lower it now, or have done so under what is in flight */
	u32 limit = READ_ONCE(tx->limit);

	return used < limit ? limit - used : 0;
}

static u32 lunic_tx_wake_at(const struct lunic_tx_ring *tx)
{
	return min(2U * LUNIC_TX_WORST, READ_ONCE(tx->limit));
}

static void lunic_tx_unmap(struct lunic_tx_ring *tx, struct lunic_tx_buf *buf)
{
	struct device *dev = &tx->ld->pdev->dev;

	if (!buf->len)
		return;
	if (buf->frag)
		dma_unmap_page(dev, buf->dma, buf->len, DMA_TO_DEVICE);
	else
		dma_unmap_single(dev, buf->dma, buf->len, DMA_TO_DEVICE);
	buf->len = 0;
}

/* The checksum that the stack left open, if the device can fill it in */
static enum lunic_l4 lunic_tx_l4(struct sk_buff *skb)
{
	if (skb_csum_is_sctp(skb))
		return LUNIC_L4_SCTP;
	switch (skb->csum_offset) {
	case offsetof(struct tcphdr, check):
		return LUNIC_L4_TCP;
	case offsetof(struct udphdr, check):
		return LUNIC_L4_UDP;
	default:
		return LUNIC_L4_NONE;
	}
}

/* The device writes the outer header's length and sum, and sums up all that
 * lies before the transport header: a tunnel's headers have to cancel out
 */
static void lunic_tx_gso_ip(struct lunic_tx_pkt *p)
{
	struct sk_buff *skb = p->skb;
	struct iphdr *iph = ip_hdr(skb);
	u8 *rest;

	if (!p->off.ipv4) {
		ipv6_hdr(skb)->payload_len = 0;
		return;
	}
	rest = (u8 *)iph + 4 * iph->ihl;
	iph->tot_len = 0;
	iph->check = 0;
	if (skb->encapsulation)
		iph->check = csum_fold(csum_partial(rest,
						    skb_checksum_start(skb) -
						    rest, 0));
	p->olinfo |= LUNIC_TXD_IXSM;
}

/* Prepares the headers as the device wants them for segmentation: without
 * lengths, those in the pseudo header's sum included
 */
static int lunic_tx_gso(struct lunic_tx_ring *tx, struct lunic_tx_pkt *p)
{
	struct sk_buff *skb = p->skb;
	u32 l4, l4len;
	u8 *th;
	int err;

	err = skb_cow_head(skb, 0);
	if (err)
		return err;

	lunic_tx_gso_ip(p);
	l4 = skb_checksum_start_offset(skb);
	th = skb->data + l4;
	csum_replace_by_diff((__sum16 *)(th + skb->csum_offset),
			     (__force __wsum)htonl(skb->len - l4));
	l4len = p->off.l4 == LUNIC_L4_TCP ?
		__tcp_hdrlen((struct tcphdr *)th) : sizeof(struct udphdr);
	p->hdr_len = l4 + l4len;
	p->cmd |= tx->fmt->tse;
	p->off.mss = skb_shinfo(skb)->gso_size;
	p->off.l4len = l4len;
	if (!tx->fmt->paylen)
		p->off.paylen = skb->len - p->hdr_len;
	return 0;
}

/* The queue keeps its last context: the same one needs no descriptor */
static void lunic_tx_put_context(struct lunic_tx_ring *tx,
				 const struct lunic_tx_off *off)
{
	if (tx->off_valid && !memcmp(&tx->off, off, sizeof(*off)))
		return;

	tx->fmt->context(&tx->desc[tx->use], off);
	tx->buf[tx->use].len = 0;
	tx->off = *off;
	tx->off_valid = true;
	WRITE_ONCE(tx->use, lunic_ring_next(tx->use, tx->count));
}

static int lunic_tx_csum(struct lunic_tx_ring *tx, struct lunic_tx_pkt *p)
{
	struct sk_buff *skb = p->skb;

	p->off.l4 = lunic_tx_l4(skb);
	if (p->off.l4 == LUNIC_L4_NONE)
		return skb_csum_hwoffload_help(skb, 0);

	p->olinfo |= LUNIC_TXD_TXSM;
	p->off.iplen = skb_checksum_start_offset(skb) -
		       skb_network_offset(skb);
	p->off.ipv4 = vlan_get_protocol(skb) == htons(ETH_P_IP);
	return skb_is_gso(skb) ? lunic_tx_gso(tx, p) : 0;
}

/* Offloads of a packet; may write a context descriptor */
static int lunic_tx_offloads(struct lunic_tx_ring *tx, struct lunic_tx_pkt *p)
{
	const struct lunic_tx_format *fmt = tx->fmt;
	struct sk_buff *skb = p->skb;
	int err;

	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		err = lunic_tx_csum(tx, p);
		if (err)
			return err;
	}
	if (skb_vlan_tag_present(skb)) {
		p->cmd |= LUNIC_TXD_VLE;
		if (fmt->vlan)
			p->olinfo |= (u32)skb_vlan_tag_get(skb) << 16;
		else
			p->off.vlan = skb_vlan_tag_get(skb);
	}
	if (p->off.l4 != LUNIC_L4_NONE ||
	    (p->cmd & LUNIC_TXD_VLE && !fmt->vlan)) {
		p->off.maclen = skb_network_offset(skb);
		lunic_tx_put_context(tx, &p->off);
	}
	if (fmt->paylen)
		p->olinfo |= FIELD_PREP(LUNIC_TXD_PAYLEN,
					skb->len - p->hdr_len);
	return 0;
}

/* One mapped piece, as many descriptors as it takes */
static void lunic_tx_put_data(struct lunic_tx_ring *tx, struct lunic_tx_pkt *p,
			      dma_addr_t dma, u32 len, bool frag)
{
	struct lunic_tx_buf *buf = &tx->buf[tx->use];
	u32 use = tx->use;

	buf->dma = dma;
	buf->len = len;
	buf->frag = frag;
	do {
		u32 n = min_t(u32, len, LUNIC_TXD_MAX_DATA);
		union lunic_tx_desc *desc = &tx->desc[use];

		desc->read.addr = cpu_to_le64(dma);
		desc->read.cmd_len = cpu_to_le32(p->cmd | n);
		desc->read.olinfo = cpu_to_le32(p->olinfo);
		use = lunic_ring_next(use, tx->count);
		tx->buf[use].len = 0;
		dma += n;
		len -= n;
	} while (len);
	WRITE_ONCE(tx->use, use);
}

static int lunic_tx_map(struct lunic_tx_ring *tx, struct lunic_tx_pkt *p)
{
	struct device *dev = &tx->ld->pdev->dev;
	struct sk_buff *skb = p->skb;
	dma_addr_t dma;
	u32 len;
	int i;

	len = skb_headlen(skb);
	dma = dma_map_single(dev, skb->data, len, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, dma))
		return -ENOMEM;
	lunic_tx_put_data(tx, p, dma, len, false);

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		len = skb_frag_size(frag);
		if (!len)
			continue;
		dma = skb_frag_dma_map(dev, frag, 0, len, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, dma))
			return -ENOMEM;
		lunic_tx_put_data(tx, p, dma, len, true);
	}
	return 0;
}

/* Takes back what a packet that can't be sent has put into the ring */
static void lunic_tx_unwind(struct lunic_tx_ring *tx, u32 first)
{
	while (tx->use != first) {
		WRITE_ONCE(tx->use, lunic_ring_prev(tx->use, tx->count));
		lunic_tx_unmap(tx, &tx->buf[tx->use]);
	}
	tx->off_valid = false;
}

static void lunic_tx_ring_doorbell(struct lunic_tx_ring *tx)
{
	/* Descriptors first, then the tail */
	dma_wmb();
	writel(tx->use, tx->tail);
}

static void lunic_tx_drop(struct lunic_tx_ring *tx, struct sk_buff *skb)
{
	struct lunic_queue_stats *qs = &tx->ld->stats[tx->queue];

	dev_kfree_skb_any(skb);
	u64_stats_update_begin(&qs->xmit_sync);
	qs->tx_dropped++;
	u64_stats_update_end(&qs->xmit_sync);
	/* Packets queued before this one may wait for the doorbell */
	lunic_tx_ring_doorbell(tx);
}

/* Out of the way of the packets that can be sent */
static noinline __cold void lunic_tx_abort(struct lunic_tx_ring *tx,
					   struct lunic_tx_pkt *p)
{
	lunic_tstamp_tx_undo(tx->ld, p->skb);
	lunic_tx_unwind(tx, p->first);
	lunic_tx_drop(tx, p->skb);
}

static void lunic_tx_count_stop(struct lunic_tx_ring *tx)
{
	struct lunic_queue_stats *qs = &tx->ld->stats[tx->queue];

	u64_stats_update_begin(&qs->xmit_sync);
	qs->tx_stops++;
	u64_stats_update_end(&qs->xmit_sync);
}

/* The packet is in the ring: make it known */
static void lunic_tx_commit(struct lunic_tx_ring *tx, struct lunic_tx_pkt *p)
{
	struct lunic_tx_buf *first = &tx->buf[p->first];
	struct netdev_queue *txq = lunic_txq(tx);
	u32 last = lunic_ring_prev(tx->use, tx->count);

	tx->desc[last].read.cmd_len |= cpu_to_le32(LUNIC_TXD_EOP |
						   LUNIC_TXD_RS);
	first->last = last;
	/* Pairs with the read in lunic_tx_clean() */
	smp_store_release(&first->skb, p->skb);

	skb_tx_timestamp(p->skb);
	if (!netif_txq_maybe_stop(txq, lunic_tx_unused(tx), LUNIC_TX_WORST,
				  lunic_tx_wake_at(tx)))
		lunic_tx_count_stop(tx);
	if (__netdev_tx_sent_queue(txq, p->skb->len, netdev_xmit_more()))
		lunic_tx_ring_doorbell(tx);
}

netdev_tx_t lunic_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_tx_ring *tx = ld->rings.tx[skb_get_queue_mapping(skb)];
	struct lunic_tx_pkt p = {
		.skb	= skb,
		.first	= tx->use,
		.cmd	= tx->fmt->cmd,
	};

	if (unlikely(lunic_tx_unused(tx) < LUNIC_TX_WORST)) {
		netif_tx_stop_queue(lunic_txq(tx));
		lunic_tx_ring_doorbell(tx);
		return NETDEV_TX_BUSY;
	}
	if (skb_put_padto(skb, LUNIC_TX_MIN_FRAME)) {
		lunic_tx_ring_doorbell(tx);
		return NETDEV_TX_OK;
	}
	if (unlikely(skb->no_fcs))
		p.cmd &= ~LUNIC_TXD_IFCS;
	if (lunic_tx_offloads(tx, &p))
		goto drop;
	if (unlikely(skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP) &&
	    lunic_tstamp_tx(ld, skb)) {
		p.cmd |= tx->fmt->cmd_tstamp;
		p.olinfo |= tx->fmt->olinfo_tstamp;
	}
	if (lunic_tx_map(tx, &p))
		goto drop;

	lunic_tx_commit(tx, &p);
	return NETDEV_TX_OK;

drop:
	lunic_tx_abort(tx, &p);
	return NETDEV_TX_OK;
}

/* What one round of completions adds up to */
struct lunic_tx_done {
	struct lunic_tx_stats stats;
	u32 pkts;
	u32 bytes;
};

/* Lets a packet's mappings go and steps over its slots */
static struct sk_buff *lunic_tx_take(struct lunic_tx_ring *tx)
{
	struct lunic_tx_buf *first = &tx->buf[tx->clean];
	struct sk_buff *skb = first->skb;
	u32 slot = tx->clean, end;

	end = lunic_ring_next(first->last, tx->count);
	for (; slot != end; slot = lunic_ring_next(slot, tx->count))
		lunic_tx_unmap(tx, &tx->buf[slot]);
	first->skb = NULL;
	WRITE_ONCE(tx->clean, end);
	return skb;
}

/* What each segment repeats */
static u32 lunic_tx_headers(const struct sk_buff *skb)
{
	bool inner = skb->encapsulation;

	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4)
		return sizeof(struct udphdr) +
		       (inner ? skb_inner_transport_offset(skb) :
				skb_transport_offset(skb));
	return inner ? skb_inner_tcp_all_headers(skb) :
		       skb_tcp_all_headers(skb);
}

static void lunic_tx_account(struct lunic_tx_done *done,
			     const struct sk_buff *skb)
{
	u32 segs = 1, bytes = skb->len;

	if (skb_is_gso(skb)) {
		segs = skb_shinfo(skb)->gso_segs;
		bytes += (segs - 1) * lunic_tx_headers(skb);
		done->stats.gso_sends++;
		done->stats.gso_packets += segs;
		done->stats.gso_bytes += bytes;
	}
	done->stats.packets += segs;
	done->stats.bytes += bytes;
	done->pkts++;
	done->bytes += skb->len;
}

static void lunic_tx_count(struct lunic_tx_ring *tx,
			   const struct lunic_tx_stats *s)
{
	struct lunic_queue_stats *qs = &tx->ld->stats[tx->queue];

	u64_stats_update_begin(&qs->tx_sync);
	qs->tx.packets += s->packets;
	qs->tx.bytes += s->bytes;
	qs->tx.gso_packets += s->gso_packets;
	qs->tx.gso_bytes += s->gso_bytes;
	qs->tx.gso_sends += s->gso_sends;
	qs->tx.restarts += s->restarts;
	u64_stats_update_end(&qs->tx_sync);
}

static bool lunic_tx_is_sent(const struct lunic_tx_ring *tx)
{
	const struct lunic_tx_buf *first = &tx->buf[tx->clean];
	const union lunic_tx_desc *last;

	/* Pairs with the release in lunic_tx_commit() */
	if (!smp_load_acquire(&first->skb))
		return false;
	last = &tx->desc[first->last];
	return le32_to_cpu(READ_ONCE(last->wb.status)) & LUNIC_TXD_STAT_DD;
}

/**
 * lunic_tx_clean() - complete what was sent
 * @tx: the ring
 * @budget: NAPI's; 0 from netpoll
 *
 * Context: the ring's NAPI.
 * Return: true where nothing is left to complete now.
 */
bool lunic_tx_clean(struct lunic_tx_ring *tx, int budget)
{
	struct lunic_tx_done done = {};
	u32 quota = tx->count / 4;

	while (quota-- && lunic_tx_is_sent(tx)) {
		struct sk_buff *skb;

		skb = lunic_tx_take(tx);
		lunic_tx_account(&done, skb);
		napi_consume_skb(skb, budget);
	}
	if (!done.pkts)
		return true;

	if (!__netif_txq_completed_wake(lunic_txq(tx), done.pkts, done.bytes,
					lunic_tx_unused(tx),
					lunic_tx_wake_at(tx),
					READ_ONCE(tx->ld->tx_closed)))
		done.stats.restarts++;
	lunic_tx_count(tx, &done.stats);
	return quota != U32_MAX;
}

/**
 * lunic_tx_reset() - empty a ring whose queue is stopped
 * @tx: the ring
 *
 * What was not sent is dropped and counted. The ring can be started again.
 *
 * Context: neither the stack nor NAPI uses the ring.
 */
void lunic_tx_reset(struct lunic_tx_ring *tx)
{
	struct lunic_queue_stats *qs = &tx->ld->stats[tx->queue];
	u64 dropped = 0;

	while (tx->buf[tx->clean].skb) {
		if (!lunic_tx_is_sent(tx))
			dropped++;
		dev_kfree_skb_any(lunic_tx_take(tx));
	}
	u64_stats_update_begin(&qs->xmit_sync);
	qs->tx_dropped += dropped;
	u64_stats_update_end(&qs->xmit_sync);

	memset(tx->desc, 0, tx->count * sizeof(*tx->desc));
	tx->use = 0;
	tx->clean = 0;
	tx->off_valid = false;
	netdev_tx_reset_queue(lunic_txq(tx));
}
