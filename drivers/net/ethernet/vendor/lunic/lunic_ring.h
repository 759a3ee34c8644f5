/* SPDX-License-Identifier: GPL-2.0 */
/* Rings as the driver keeps them. */
#ifndef _LUNIC_RING_H
#define _LUNIC_RING_H

#include <linux/netdevice.h>
#include <net/page_pool/helpers.h>

#include "lunic.h"
#include "lunic_desc.h"

/* A chunk is what the pool hands out in fragments, and what is preserved */
#define LUNIC_CHUNK_ORDER	PAGE_ALLOC_COSTLY_ORDER
#define LUNIC_CHUNK_SIZE	(PAGE_SIZE << LUNIC_CHUNK_ORDER)

#define LUNIC_RX_HEADROOM	(NET_SKB_PAD + NET_IP_ALIGN)

/* A buffer in a slot of a receive ring */
struct lunic_rx_buf {
	struct page *page;	/* head of its chunk */
	u32 offset;		/* of its fragment in the chunk */
	bool foreign;		/* no pool's: copy, then let go */
};

/**
 * struct lunic_rx_ring - a receive ring
 * @desc: descriptors
 * @buf: the buffer in each slot
 * @pool: where buffers come from
 * @ld: the device
 * @tail: the tail register
 * @slots: while armed for a live update: address of the buffer in each slot
 * @count: length
 * @fill: descriptors to keep posted
 * @frag_size: what a buffer occupies
 * @buf_size: what the device may write into it
 * @copybreak: frames up to so long are copied
 * @headroom: before what the device writes
 * @queue: number
 * @copy: frames are copied out and buffers posted again in place, so that
 *	what is posted does not change
 * @armed: the device fills this ring
 * @clean: next slot to look at
 * @use: next slot to post; what the tail register says
 * @folio: memory of @desc
 * @dma: address of @desc
 * @slots_folio: memory of @slots
 * @chunks_folio: table of preserved chunks, ascending; LUO holds it as well
 * @nr_chunks: entries of that table
 * @basin: chunks for a blackout that are not posted yet
 * @nr_basin: how many
 * @basin_slots: buffers to post from them
 */
struct lunic_rx_ring {
	union lunic_rx_desc *desc;
	struct lunic_rx_buf *buf;
	struct page_pool *pool;
	struct lunic_dev *ld;
	void __iomem *tail;
	u64 *slots;
	u32 count;
	u32 fill;
	u32 frag_size;
	u32 buf_size;
	u32 copybreak;
	u16 headroom;
	u16 queue;
	bool copy;
	bool armed;

	u32 clean ____cacheline_aligned_in_smp;
	u32 use;

	u32 nr_chunks ____cacheline_aligned_in_smp;
	dma_addr_t dma;
	struct folio *folio;
	struct folio *slots_folio;
	struct folio *chunks_folio;
	struct folio **basin;
	u32 nr_basin;
	u32 basin_slots;
};

/* A slot of a transmit ring; the packet is described in its first slot */
struct lunic_tx_buf {
	struct sk_buff *skb;	/* first slot only */
	dma_addr_t dma;
	u32 len;		/* 0: nothing is mapped */
	u16 last;		/* first slot only: the packet's last slot */
	bool frag;		/* mapped as a page */
};

/**
 * struct lunic_tx_ring - a transmit ring
 * @desc: descriptors
 * @buf: what each slot holds
 * @ld: the device
 * @tail: the tail register
 * @fmt: what the device's descriptors look like
 * @count: length
 * @limit: descriptors that may be in use
 * @queue: number
 * @use: next slot to fill
 * @off: the offloads of the context that the queue holds
 * @off_valid: @off is in the device
 * @clean: next slot to look at
 * @dma: address of @desc
 * @folio: memory of @desc
 */
struct lunic_tx_ring {
	union lunic_tx_desc *desc;
	struct lunic_tx_buf *buf;
	struct lunic_dev *ld;
	void __iomem *tail;
	const struct lunic_tx_format *fmt;
	u32 count;
	u32 limit;
	u16 queue;

	u32 use ____cacheline_aligned_in_smp;
	bool off_valid;
	struct lunic_tx_off off;

	u32 clean ____cacheline_aligned_in_smp;

	dma_addr_t dma ____cacheline_aligned_in_smp;
	struct folio *folio;
};

static inline struct netdev_queue *lunic_txq(const struct lunic_tx_ring *tx)
{
	return netdev_get_tx_queue(tx->ld->netdev, tx->queue);
}

/* The address that the device knows a buffer by */
static inline dma_addr_t lunic_rx_dma(const struct lunic_rx_buf *buf)
{
	dma_addr_t chunk = buf->foreign ? page_to_phys(buf->page) :
					  page_pool_get_dma_addr(buf->page);

	return chunk + buf->offset;
}

/* lunic_ring.c, for what builds rings by other ways */
struct lunic_rx_ring *lunic_rx_ring_new(struct lunic_dev *ld,
					const struct lunic_cfg *cfg, u16 queue,
					u32 count);
int lunic_chunk_map(struct lunic_dev *ld, struct folio *folio);
int lunic_ring_map(struct lunic_dev *ld, struct folio *folio, dma_addr_t *dma);
void lunic_ring_unmap(struct lunic_dev *ld, struct folio *folio,
		      dma_addr_t dma);
struct lunic_rx_ring *lunic_rx_ring_alloc(struct lunic_dev *ld,
					  const struct lunic_cfg *cfg,
					  u16 queue);
void lunic_rx_ring_free(struct lunic_rx_ring *rx);
struct lunic_tx_ring *lunic_tx_ring_alloc(struct lunic_dev *ld,
					  const struct lunic_cfg *cfg,
					  u16 queue);
void lunic_tx_ring_free(struct lunic_tx_ring *tx);

/* lunic_rx.c */
void lunic_rx_put_foreign(struct lunic_rx_ring *rx, struct lunic_rx_buf *buf);
void lunic_rx_post_foreign(struct lunic_rx_ring *rx, struct folio *folio,
			   u32 n);

/* lunic_basin.c */
#ifdef CONFIG_PCI_LIVEUPDATE
int lunic_basin_alloc(struct lunic_rx_ring *rx, u64 slots);
void lunic_basin_post(struct lunic_rx_ring *rx);
void lunic_basin_free(struct lunic_rx_ring *rx);
#else
static inline void lunic_basin_free(struct lunic_rx_ring *rx)
{
}
#endif

#endif /* _LUNIC_RING_H */
