// SPDX-License-Identifier: GPL-2.0
/* The catch basin: memory for the frames of a blackout, in large blocks. */
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "lunic_blackout.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

/* What the ABI's readers take */
#define LUNIC_BASIN_ORDER	min(10, MAX_PAGE_ORDER)
/* So much of all memory is left to others: one part in */
#define LUNIC_BASIN_RESERVE	16

/* KHO's scratch area is free, but movable pages alone may lie there */
static u64 lunic_basin_memory(void)
{
	s64 pages = si_mem_available();

	pages -= global_zone_page_state(NR_FREE_CMA_PAGES);
	pages -= totalram_pages() / LUNIC_BASIN_RESERVE;
	return max(pages, 0) << PAGE_SHIFT;
}

/* What is posted, or will be before anything else happens */
static u32 lunic_basin_have(const struct lunic_rx_ring *rx)
{
	return max(lunic_ring_used(READ_ONCE(rx->clean), READ_ONCE(rx->use),
				   rx->count), READ_ONCE(rx->fill));
}

/**
 * lunic_basin_check() - whether the blackout budget can be kept
 * @ld: the device
 * @n: what it needs
 *
 * Context: instance lock held.
 * Return: enum lunic_lu_blocker.
 */
u32 lunic_basin_check(struct lunic_dev *ld, struct lunic_basin_need *n)
{
	u32 room = U32_MAX, have = 0;
	struct lunic_budget b;
	u32 frag_size;
	u64 slots;
	u16 q;

	memset(n, 0, sizeof(*n));
	if (!ld->up || !ld->cfg.blackout_ms)
		return LUNIC_BLOCK_NONE;

	lunic_blackout_budget(ld, &ld->cfg, lunic_blackout_speed(ld), &b);
	n->slots = lunic_budget_slots(&b);
	for (q = 0; q < ld->rings.n; q++) {
		const struct lunic_rx_ring *rx = ld->rings.rx[q];
		u32 posted = lunic_basin_have(rx);

		room = min(room, rx->count - 1);
		have += posted;
		if (n->slots > posted)
			n->buffers += n->slots - posted;
	}
	n->room = room;
	n->max_ms = lunic_budget_max_ms(&b, room);
	if (n->slots > room)
		return LUNIC_BLOCK_RINGS;

	frag_size = ld->rings.rx[0]->frag_size;
	n->bytes = n->buffers * frag_size;
	n->free = lunic_basin_memory();
	if (n->bytes <= n->free)
		return LUNIC_BLOCK_NONE;
	/* A little less, so that the remedy still holds when it is tried */
	slots = div_u64(n->free - n->free / LUNIC_BASIN_RESERVE, frag_size);
	slots = div_u64(have + slots, b.queues);
	n->max_ms = lunic_budget_max_ms(&b, min_t(u64, slots, room));
	return LUNIC_BLOCK_MEMORY;
}

/**
 * lunic_basin_shortage() - what is missing, in words and numbers
 * @ld: the device
 * @blocker: what lunic_basin_check() returned
 * @n: what it said
 *
 * Context: instance lock held.
 * Return: the words, which stay until the next call.
 */
const char *lunic_basin_shortage(struct lunic_dev *ld, u32 blocker,
				 const struct lunic_basin_need *n)
{
	if (blocker == LUNIC_BLOCK_RINGS)
		snprintf(ld->lu.shortage, sizeof(ld->lu.shortage),
			 "the catch basin needs %llu buffers a queue, a ring holds %u; lower blackout_budget_ms to %u",
			 n->slots, n->room, n->max_ms);
	else if (blocker == LUNIC_BLOCK_MEMORY)
		snprintf(ld->lu.shortage, sizeof(ld->lu.shortage),
			 "the catch basin needs %llu buffers = %llu MiB, only %llu MiB free; lower blackout_budget_ms to %u",
			 n->buffers, n->bytes >> 20, n->free >> 20, n->max_ms);
	else
		snprintf(ld->lu.shortage, sizeof(ld->lu.shortage),
			 "memory is short; free some, shorten the rings (ethtool -G) or lower blackout_budget_ms (%llu MiB)",
			 n->bytes >> 20);
	return ld->lu.shortage;
}

/* As large as can be had, down to what the pool's chunks are */
static struct folio *lunic_basin_chunk(u32 order)
{
	gfp_t gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	struct folio *folio;

	while (!(folio = folio_alloc(gfp, order)) && order > LUNIC_CHUNK_ORDER)
		order--;
	return folio;
}

/* @max_order: as large as they were to be had so far */
static int lunic_basin_add(struct lunic_rx_ring *rx, u32 left, u32 *max_order)
{
	u32 order = lunic_basin_order((u64)left * rx->frag_size, *max_order);
	struct folio *folio;
	int err;

	folio = lunic_basin_chunk(order);
	if (!folio)
		return -ENOMEM;
	if (folio_order(folio) < order)
		*max_order = folio_order(folio);

	err = lunic_chunk_map(rx->ld, folio);
	if (err) {
		folio_put(folio);
		return err;
	}
	rx->basin[rx->nr_basin++] = folio;
	return 0;
}

/**
 * lunic_basin_alloc() - memory for what a ring lacks
 * @rx: the ring, whose posted buffers don't change any more
 * @slots: how many it is to have
 *
 * Return: 0 or a negative error, with nothing allocated.
 */
noinline int lunic_basin_alloc(struct lunic_rx_ring *rx, u64 slots)
{
	u32 posted = lunic_ring_used(rx->clean, rx->use, rx->count);
	u32 max_order = LUNIC_BASIN_ORDER;
	u32 left = slots > posted ? slots - posted : 0;
	int err;

	if (!left)
		return 0;
	rx->basin = kvcalloc(DIV_ROUND_UP_ULL((u64)left * rx->frag_size,
					      LUNIC_CHUNK_SIZE),
			     sizeof(*rx->basin), GFP_KERNEL);
	if (!rx->basin)
		return -ENOMEM;

	rx->basin_slots = left;
	while (left) {
		u32 n;

		err = lunic_basin_add(rx, left, &max_order);
		if (err) {
			lunic_basin_free(rx);
			return err;
		}
		n = folio_size(rx->basin[rx->nr_basin - 1]) / rx->frag_size;
		left -= min(left, n);
	}
	return 0;
}
ALLOW_ERROR_INJECTION(lunic_basin_alloc, ERRNO);

/**
 * lunic_basin_post() - the device may fill the basin
 * @rx: the ring; its NAPI stands still
 */
void lunic_basin_post(struct lunic_rx_ring *rx)
{
	u32 i;

	for (i = 0; i < rx->nr_basin; i++) {
		u32 n = folio_size(rx->basin[i]) / rx->frag_size;

		n = min(n, rx->basin_slots);
		lunic_rx_post_foreign(rx, rx->basin[i], n);
		rx->basin_slots -= n;
	}
	/* What is posted has references of its own */
	lunic_basin_free(rx);
}

/* What was allocated, except for what is posted */
void lunic_basin_free(struct lunic_rx_ring *rx)
{
	while (rx->nr_basin) {
		struct folio *folio = rx->basin[--rx->nr_basin];
		struct lunic_rx_buf buf = { .page = folio_page(folio, 0) };

		lunic_rx_put_foreign(rx, &buf);
	}
	kvfree(rx->basin);
	rx->basin = NULL;
	rx->basin_slots = 0;
}
