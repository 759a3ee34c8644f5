// SPDX-License-Identifier: GPL-2.0
/* Preserves what the device writes to: rings, buffers and the catch basin. */
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/sort.h>

#include "lunic_lu.h"
#include "lunic_ring.h"

/* Preserves one block and counts it */
static int lunic_keep(struct lunic_dev *ld, struct folio *folio)
{
	int err = kho_preserve_folio(folio);

	if (err)
		return err;
	ld->lu.preserved_blocks++;
	ld->lu.preserved_bytes += folio_size(folio);
	return 0;
}

static void lunic_unkeep(struct lunic_dev *ld, struct folio *folio)
{
	kho_unpreserve_folio(folio);
	ld->lu.preserved_blocks--;
	ld->lu.preserved_bytes -= folio_size(folio);
}

/* A zeroed block that the next kernel will see; NULL where there is none */
struct folio *lunic_keep_new(struct lunic_dev *ld, u32 order)
{
	struct folio *folio;

	folio = folio_alloc(GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL |
			    __GFP_NOWARN, order);
	if (!folio)
		return NULL;
	if (!lunic_keep(ld, folio))
		return folio;
	folio_put(folio);
	return NULL;
}

void lunic_unkeep_free(struct lunic_dev *ld, struct folio **folio)
{
	if (!*folio)
		return;
	lunic_unkeep(ld, *folio);
	folio_put(*folio);
	*folio = NULL;
}

static struct folio *lunic_chunk_folio(u64 chunk)
{
	return page_folio(phys_to_page(chunk & PAGE_MASK));
}

static int lunic_cmp_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* The blocks that the posted buffers lie in, and those that are about to be
 * posted, each once, ascending. Fails where a buffer has another address for
 * the device than for the CPU.
 */
static int lunic_collect_chunks(struct lunic_rx_ring *rx, u64 *chunks, u32 *nr)
{
	u32 slot, n = 0, i;

	for (slot = rx->clean; slot != rx->use;
	     slot = lunic_ring_next(slot, rx->count)) {
		struct lunic_rx_buf *buf = &rx->buf[slot];
		u64 chunk = page_to_phys(buf->page);

		if (lunic_rx_dma(buf) != chunk + buf->offset)
			return -EOPNOTSUPP;
		chunk |= folio_order(page_folio(buf->page));
		if (!n || chunks[n - 1] != chunk)
			chunks[n++] = chunk;
	}
	for (i = 0; i < rx->nr_basin; i++)
		chunks[n++] = PFN_PHYS(folio_pfn(rx->basin[i])) |
			      folio_order(rx->basin[i]);
	sort(chunks, n, sizeof(*chunks), lunic_cmp_u64, NULL);

	for (i = 0, *nr = 0; i < n; i++)
		if (!i || chunks[i] != chunks[i - 1])
			chunks[(*nr)++] = chunks[i];
	return *nr ? 0 : -ENOMEM;
}

static void lunic_unkeep_chunks(struct lunic_rx_ring *rx)
{
	u64 *chunks = folio_address(rx->chunks_folio);

	while (rx->nr_chunks) {
		u64 chunk = chunks[--rx->nr_chunks];

		lunic_unkeep(rx->ld, lunic_chunk_folio(chunk));
	}
}

static int lunic_keep_chunks(struct lunic_rx_ring *rx, const u64 *chunks,
			     u32 nr)
{
	u64 *table = folio_address(rx->chunks_folio);
	int err;

	while (rx->nr_chunks < nr) {
		u64 chunk = chunks[rx->nr_chunks];

		err = lunic_keep(rx->ld, lunic_chunk_folio(chunk));
		if (err) {
			lunic_unkeep_chunks(rx);
			return err;
		}
		table[rx->nr_chunks++] = chunk;
	}
	return 0;
}

/* Preserves what is posted and what will be; NAPI is off */
static int lunic_rx_arm(struct lunic_rx_ring *rx, u64 *scratch)
{
	u32 slot, nr;
	u64 *slots;
	int err;

	err = lunic_collect_chunks(rx, scratch, &nr);
	if (err)
		return err;

	rx->chunks_folio = lunic_keep_new(rx->ld,
					  get_order(nr * sizeof(u64)));
	rx->slots_folio = lunic_keep_new(rx->ld,
					 get_order(rx->count * sizeof(u64)));
	err = -ENOMEM;
	if (!rx->chunks_folio || !rx->slots_folio)
		goto unkeep;
	err = lunic_keep_chunks(rx, scratch, nr);
	if (err)
		goto unkeep;
	err = lunic_keep(rx->ld, rx->folio);
	if (err)
		goto unkeep_chunks;

	slots = folio_address(rx->slots_folio);
	for (slot = rx->clean; slot != rx->use;
	     slot = lunic_ring_next(slot, rx->count))
		slots[slot] = lunic_rx_dma(&rx->buf[slot]);
	rx->slots = slots;
	return 0;

unkeep_chunks:
	lunic_unkeep_chunks(rx);
unkeep:
	lunic_unkeep_free(rx->ld, &rx->slots_folio);
	lunic_unkeep_free(rx->ld, &rx->chunks_folio);
	return err;
}

static void lunic_rx_disarm(struct lunic_rx_ring *rx)
{
	rx->slots = NULL;
	lunic_unkeep(rx->ld, rx->folio);
	lunic_unkeep_chunks(rx);
	lunic_unkeep_free(rx->ld, &rx->slots_folio);
	lunic_unkeep_free(rx->ld, &rx->chunks_folio);
}

/* The ring's NAPI stands still between these two; the device goes on */
static void lunic_rx_pause(struct lunic_rx_ring *rx)
{
	if (rx->ld->up)
		napi_disable_locked(&rx->ld->vec[rx->queue]->napi);
}

static void lunic_rx_unpause(struct lunic_rx_ring *rx)
{
	struct lunic_vec *vec = rx->ld->vec[rx->queue];

	if (!rx->ld->up)
		return;
	napi_enable_locked(&vec->napi);
	/* An interrupt that fired meanwhile has masked itself for good */
	writel(vec->bit, vec->unmask);
}

static int lunic_arm_queue(struct lunic_dev *ld, u16 q, u64 *scratch)
{
	struct lunic_rx_ring *rx = ld->rings.rx[q];
	int err;

	err = lunic_keep(ld, ld->rings.tx[q]->folio);
	if (err)
		return err;

	lunic_rx_pause(rx);
	err = lunic_rx_arm(rx, scratch);
	lunic_rx_unpause(rx);
	if (err)
		lunic_unkeep(ld, ld->rings.tx[q]->folio);
	return err;
}

/**
 * lunic_disarm_rings() - receive as usual again
 * @ld: the device, armed as a whole, in part or not at all
 *
 * What of the basin is posted drains with time: it can't be taken back.
 *
 * Context: instance lock held.
 */
void lunic_disarm_rings(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		struct lunic_rx_ring *rx = ld->rings.rx[q];
		bool armed = rx->slots;

		lunic_rx_pause(rx);
		if (armed)
			lunic_rx_disarm(rx);
		rx->copy = false;
		lunic_rx_unpause(rx);
		lunic_basin_free(rx);
		if (armed)
			lunic_unkeep(ld, ld->rings.tx[q]->folio);
	}
	if (ld->up)
		lunic_kick(ld);
}

/* Fills the rings up; from here on what is posted does not change */
static void lunic_fix_rings(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		struct lunic_rx_ring *rx = ld->rings.rx[q];

		lunic_rx_pause(rx);
		lunic_rx_refill(rx, GFP_KERNEL);
		rx->copy = true;
		lunic_rx_unpause(rx);
	}
	lunic_kick(ld);
}

/**
 * lunic_arm_rings() - make rings outlive this kernel, and all that is posted
 * @ld: the device, up
 *
 * The basin is there after that, and not open yet.
 *
 * Context: instance lock held.
 * Return: 0 or a negative error, with rings as they were.
 */
int lunic_arm_rings(struct lunic_dev *ld)
{
	struct lunic_basin_need need;
	u64 *scratch;
	int err = 0;
	u16 q;

	lunic_basin_check(ld, &need);
	scratch = kvcalloc(ld->chip->long_rx_desc, sizeof(*scratch),
			   GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;

	lunic_fix_rings(ld);
	for (q = 0; !err && q < ld->rings.n; q++)
		err = lunic_basin_alloc(ld->rings.rx[q], need.slots);
	for (q = 0; !err && q < ld->rings.n; q++)
		err = lunic_arm_queue(ld, q, scratch);
	kvfree(scratch);
	if (err)
		lunic_disarm_rings(ld);
	return err;
}

/**
 * lunic_open_basin() - let the device fill the basin
 * @ld: the device, armed
 *
 * The last step, because what is posted can't be taken back.
 *
 * Context: instance lock held.
 */
void lunic_open_basin(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		lunic_rx_pause(ld->rings.rx[q]);
		lunic_basin_post(ld->rings.rx[q]);
		lunic_rx_unpause(ld->rings.rx[q]);
	}
	lunic_kick(ld);
}
