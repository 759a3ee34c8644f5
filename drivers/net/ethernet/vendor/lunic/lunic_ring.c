// SPDX-License-Identifier: GPL-2.0
/* Rings: allocated aside, freed. */
#include <linux/dma-mapping.h>
#include <linux/if_ether.h>
#include <linux/vmalloc.h>

#include "lunic_blackout.h"
#include "lunic_ring.h"

/* A frame of the usual MTU and skb_shared_info fit in half a page */
#define LUNIC_RX_FRAG_SMALL	SZ_2K
#define LUNIC_RX_FRAG_JUMBO	SZ_4K
#define LUNIC_RX_BUF_SMALL	SZ_2K	/* RLPML keeps it off the tailroom */
#define LUNIC_RX_BUF_JUMBO	(3 * SZ_1K)

/* What a buffer occupies. Where the device takes any length above the standard
 * one, or bad frames, only large buffers are safe from it.
 */
u32 lunic_rx_frag_size(const struct lunic_dev *ld, const struct lunic_cfg *cfg)
{
	u32 room = LUNIC_RX_FRAG_SMALL - LUNIC_RX_HEADROOM -
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));

	if (cfg->rx_all ||
	    (ld->chip->rough_max_frame && cfg->mtu > ETH_DATA_LEN))
		return LUNIC_RX_FRAG_JUMBO;
	return lunic_max_frame(cfg->mtu) <= room ? LUNIC_RX_FRAG_SMALL :
						   LUNIC_RX_FRAG_JUMBO;
}

/* What the device may write into such a buffer */
u32 lunic_rx_buf_size(u32 frag_size)
{
	return frag_size == LUNIC_RX_FRAG_SMALL ? LUNIC_RX_BUF_SMALL :
						  LUNIC_RX_BUF_JUMBO;
}

/**
 * lunic_ring_map() - let the device reach a ring's memory
 * @ld: the device
 * @folio: the memory
 * @dma: its address for the device
 *
 * Streaming mappings, because coherent memory may come from CMA, which can lie
 * in KHO's scratch area, and can't be handed to another kernel. That takes DMA
 * that needs no sync.
 *
 * Return: 0, -ENOMEM, or -EOPNOTSUPP where DMA is not coherent or bounces.
 */
int lunic_ring_map(struct lunic_dev *ld, struct folio *folio, dma_addr_t *dma)
{
	struct device *dev = &ld->pdev->dev;

	*dma = dma_map_page(dev, folio_page(folio, 0), 0, folio_size(folio),
			    DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, *dma))
		return -ENOMEM;
	if (!dma_need_sync(dev, *dma))
		return 0;

	lunic_ring_unmap(ld, folio, *dma);
	dev_err(dev, "needs coherent DMA without bounce buffers (boot without swiotlb=force)\n");
	return -EOPNOTSUPP;
}

void lunic_ring_unmap(struct lunic_dev *ld, struct folio *folio, dma_addr_t dma)
{
	dma_unmap_page(&ld->pdev->dev, dma, folio_size(folio),
		       DMA_BIDIRECTIONAL);
}

/**
 * lunic_chunk_map() - let the device reach a chunk that is no pool's
 * @ld: the device
 * @folio: the chunk
 *
 * The last buffer in it that goes unmaps it: lunic_rx_put_foreign().
 *
 * Return: 0, -ENOMEM, or -EOPNOTSUPP where the device would know it by another
 * address than the CPU.
 */
int lunic_chunk_map(struct lunic_dev *ld, struct folio *folio)
{
	struct device *dev = &ld->pdev->dev;
	dma_addr_t dma;

	dma = dma_map_page(dev, folio_page(folio, 0), 0, folio_size(folio),
			   DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, dma))
		return -ENOMEM;
	if (dma == PFN_PHYS(folio_pfn(folio)))
		return 0;
	dma_unmap_page(dev, dma, folio_size(folio), DMA_FROM_DEVICE);
	return -EOPNOTSUPP;
}

static struct folio *lunic_ring_memory(size_t size)
{
	return folio_alloc(GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL |
			   __GFP_NOWARN, get_order(size));
}

static int lunic_rx_pool(struct lunic_rx_ring *rx)
{
	struct page_pool_params params = {
		.order		= LUNIC_CHUNK_ORDER,
		.pool_size	= max(rx->fill * rx->frag_size /
				      LUNIC_CHUNK_SIZE, 16UL),
		.nid		= dev_to_node(&rx->ld->pdev->dev),
		.dev		= &rx->ld->pdev->dev,
		.dma_dir	= DMA_FROM_DEVICE,
		.max_len	= LUNIC_CHUNK_SIZE,
		.netdev		= rx->ld->netdev,
		.queue_idx	= rx->queue,
		.flags		= PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};

	rx->pool = page_pool_create(&params);
	if (!IS_ERR(rx->pool))
		return 0;
	return PTR_ERR(rx->pool);
}

/**
 * lunic_rx_ring_new() - a receive ring without descriptors and buffers
 * @ld: the device
 * @cfg: the configuration to build for
 * @queue: its number
 * @count: its length
 *
 * Return: the ring, or NULL where memory is short.
 */
struct lunic_rx_ring *lunic_rx_ring_new(struct lunic_dev *ld,
					const struct lunic_cfg *cfg, u16 queue,
					u32 count)
{
	struct lunic_rx_ring *rx;

	rx = kzalloc_obj(*rx);
	if (!rx)
		return NULL;

	rx->ld = ld;
	rx->queue = queue;
	rx->count = count;
	rx->fill = min(cfg->rx_fill, rx->count - 1);
	rx->headroom = LUNIC_RX_HEADROOM;
	rx->copybreak = cfg->rx_copybreak;
	rx->frag_size = lunic_rx_frag_size(ld, cfg);
	rx->buf_size = lunic_rx_buf_size(rx->frag_size);
	rx->tail = ld->regs + ld->chip->rx_tail +
		   queue * ld->chip->queue_stride;

	rx->buf = kvcalloc(rx->count, sizeof(*rx->buf), GFP_KERNEL);
	if (!rx->buf)
		goto free_rx;
	if (lunic_rx_pool(rx))
		goto free_buf;
	return rx;

free_buf:
	kvfree(rx->buf);
free_rx:
	kfree(rx);
	return NULL;
}

/* The ring is as long as it may ever have to be and only its fill varies:
 * resizing it under traffic then loses nothing.
 */
struct lunic_rx_ring *lunic_rx_ring_alloc(struct lunic_dev *ld,
					  const struct lunic_cfg *cfg,
					  u16 queue)
{
	struct lunic_rx_ring *rx;

	rx = lunic_rx_ring_new(ld, cfg, queue,
			       lunic_blackout_ring(ld, cfg));
	if (!rx)
		return NULL;

	rx->folio = lunic_ring_memory(rx->count * sizeof(*rx->desc));
	if (!rx->folio)
		goto free_rx;
	if (lunic_ring_map(ld, rx->folio, &rx->dma)) {
		folio_put(rx->folio);
		rx->folio = NULL;
		goto free_rx;
	}
	rx->desc = folio_address(rx->folio);
	lunic_rx_refill(rx, GFP_KERNEL);
	if (rx->use)
		return rx;

free_rx:
	lunic_rx_ring_free(rx);
	return NULL;
}

static void lunic_rx_drop_buffers(struct lunic_rx_ring *rx)
{
	u32 slot;

	for (slot = rx->clean; slot != rx->use;
	     slot = lunic_ring_next(slot, rx->count)) {
		struct lunic_rx_buf *buf = &rx->buf[slot];

		if (buf->foreign)
			lunic_rx_put_foreign(rx, buf);
		else
			page_pool_put_full_page(rx->pool, buf->page, false);
	}
}

/* The device no longer writes into the ring */
void lunic_rx_ring_free(struct lunic_rx_ring *rx)
{
	lunic_rx_drop_buffers(rx);
	page_pool_destroy(rx->pool);
	if (rx->folio) {
		lunic_ring_unmap(rx->ld, rx->folio, rx->dma);
		folio_put(rx->folio);
	}
	lunic_basin_free(rx);
	if (rx->slots_folio)
		folio_put(rx->slots_folio);
	if (rx->chunks_folio)
		folio_put(rx->chunks_folio);
	kvfree(rx->buf);
	kfree(rx);
}

struct lunic_tx_ring *lunic_tx_ring_alloc(struct lunic_dev *ld,
					  const struct lunic_cfg *cfg,
					  u16 queue)
{
	struct lunic_tx_ring *tx;

	tx = kzalloc_obj(*tx);
	if (!tx)
		return NULL;

	tx->ld = ld;
	tx->queue = queue;
	tx->count = ld->chip->max_tx_desc;
	tx->limit = min(cfg->tx_limit, tx->count - 1);
	tx->tail = ld->regs + ld->chip->tx_tail +
		   queue * ld->chip->queue_stride;
	tx->fmt = &ld->chip->tx_format;

	tx->buf = kvcalloc(tx->count, sizeof(*tx->buf), GFP_KERNEL);
	tx->folio = lunic_ring_memory(tx->count * sizeof(*tx->desc));
	if (!tx->buf || !tx->folio)
		goto free_tx;
	if (lunic_ring_map(ld, tx->folio, &tx->dma))
		goto free_tx;
	tx->desc = folio_address(tx->folio);
	return tx;

free_tx:
	if (tx->folio)
		folio_put(tx->folio);
	kvfree(tx->buf);
	kfree(tx);
	return NULL;
}

/* The ring is empty, and its queue may run on another one already */
void lunic_tx_ring_free(struct lunic_tx_ring *tx)
{
	lunic_ring_unmap(tx->ld, tx->folio, tx->dma);
	folio_put(tx->folio);
	kvfree(tx->buf);
	kfree(tx);
}

/**
 * lunic_rings_alloc() - the rings that are not there yet
 * @ld: the device
 * @cfg: the configuration to build for
 * @rings: where they go; a receive ring that stands there already, because it
 *	was adopted or kept armed, stays
 *
 * Return: 0, or -ENOMEM with @rings as it was.
 */
int lunic_rings_alloc(struct lunic_dev *ld, const struct lunic_cfg *cfg,
		      struct lunic_rings *rings)
{
	u16 q;

	for (q = 0; q < cfg->queues; q++) {
		if (!rings->rx[q])
			rings->rx[q] = lunic_rx_ring_alloc(ld, cfg, q);
		if (!rings->tx[q])
			rings->tx[q] = lunic_tx_ring_alloc(ld, cfg, q);
		if (!rings->rx[q] || !rings->tx[q])
			goto free_rings;
	}
	rings->n = cfg->queues;
	return 0;

free_rings:
	for (q = 0; q < cfg->queues; q++) {
		if (rings->tx[q])
			lunic_tx_ring_free(rings->tx[q]);
		rings->tx[q] = NULL;
		if (rings->rx[q] && !rings->rx[q]->armed) {
			lunic_rx_ring_free(rings->rx[q]);
			rings->rx[q] = NULL;
		}
	}
	return -ENOMEM;
}

void lunic_rings_free(struct lunic_dev *ld, struct lunic_rings *rings)
{
	u16 q;

	for (q = 0; q < LUNIC_MAX_QUEUES; q++) {
		if (rings->tx[q])
			lunic_tx_ring_free(rings->tx[q]);
		if (rings->rx[q])
			lunic_rx_ring_free(rings->rx[q]);
	}
	memset(rings, 0, sizeof(*rings));
}

/* Whether the device is receiving into rings that are there already */
bool lunic_rings_armed(const struct lunic_dev *ld)
{
	return ld->rings.rx[0] && ld->rings.rx[0]->armed;
}
