// SPDX-License-Identifier: GPL-2.0
/* The incoming side: taking over a device that the previous kernel left
 * running.
 */
#include <linux/error-injection.h>
#include <linux/etherdevice.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/pci_liveupdate.h>

#include "lunic_budget.h"
#include "lunic_handover.h"
#include "lunic_lu.h"
#include "lunic_ring.h"
#include "lunic_trace.h"

#define LUNIC_HOLD_MAX		(60 * HZ)

/* Memory at a physical address, NULL where that isn't memory */
static void *lunic_phys(u64 phys, u64 len)
{
	if (!phys || !IS_ALIGNED(phys, PAGE_SIZE) || !len ||
	    phys + len < phys || !pfn_valid(PHYS_PFN(phys)) ||
	    !pfn_valid(PHYS_PFN(phys + len - 1)))
		return NULL;
	return phys_to_virt(phys);
}

/* Nothing of this page is believed yet */
static struct lunic_ho_root *lunic_find_root(u64 id, size_t *size)
{
	phys_addr_t phys;
	char name[48];

	lunic_subtree_name(id, name, sizeof(name));
	if (kho_retrieve_subtree(name, &phys, size))
		return NULL;
	return lunic_phys(phys, *size);
}

/* The same, if it is one */
static struct lunic_ho_root *lunic_find_good_root(u64 id)
{
	struct lunic_ho_root *root;
	size_t size;

	root = lunic_find_root(id, &size);
	return root && !lunic_ho_check_root(root, size) ? root : NULL;
}

/**
 * lunic_is_incoming() - whether the previous kernel handed the device over
 * @ld: the device
 *
 * One that is plugged in where another one was handed over, and that update is
 * finished, is a new one: the PCI core was not told. One that the PCI core has
 * stopped, because an earlier probe failed, is still to be finished.
 *
 * Return: true where lunic_adopt() is to look at it.
 */
bool lunic_is_incoming(struct lunic_dev *ld)
{
	struct lunic_ho_root *root;

	if (!pci_liveupdate_is_incoming(ld->pdev))
		return lunic_lu_pinned(ld);
	root = lunic_find_good_root(lunic_lu_id(ld));
	return !root || root->state != LUNIC_HO_ABANDONED;
}

/* Handed over, and this probe has not tried to take it */
bool lunic_is_untouched(struct lunic_dev *ld)
{
	return !ld->lu.tried && pci_liveupdate_is_incoming(ld->pdev) &&
	       lunic_is_incoming(ld);
}

/**
 * lunic_adopt_later() - a probe failed before it tried to take the device over
 * @pdev: the device
 * @err: why
 *
 * The PCI core stops a device that came in where its probe fails, but not where
 * it is to be repeated.
 *
 * Return: what the probe returns.
 */
int lunic_adopt_later(struct pci_dev *pdev, int err)
{
	if (err == -ENODEV || !pci_liveupdate_is_incoming(pdev))
		return err;
	dev_warn(&pdev->dev, "live update: not taken over yet: %pe; goes on receiving until it is bound again\n",
		 ERR_PTR(err));
	return -EPROBE_DEFER;
}

/**
 * lunic_adopt_abandon() - a live update is finished without its device
 * @id: of lunic_lu_id()
 */
void lunic_adopt_abandon(u64 id)
{
	struct lunic_ho_root *root = lunic_find_good_root(id);

	if (root)
		root->state = LUNIC_HO_ABANDONED;
	pr_warn("lunic: live update: PCI device %04llx:%04llx (domain, bus and function) was handed over and is gone\n",
		id >> 16, id & 0xffff);
}

static const char *lunic_check_device(struct lunic_dev *ld,
				      const struct lunic_ho_view *v)
{
	const struct lunic_ho_device *d = v->device;

	if (d->domain != pci_domain_nr(ld->pdev->bus) ||
	    d->bdf != pci_dev_id(ld->pdev) || d->vendor != ld->pdev->vendor ||
	    d->device != ld->pdev->device)
		return "it is for another device";
	if (v->nr_rxq > ld->max_queues)
		return "it has more queues than there are interrupt vectors";
	if (v->netdev->mtu > ld->chip->max_mtu || v->netdev->mtu < ETH_MIN_MTU)
		return "its MTU is impossible";
	if (!is_valid_ether_addr(d->mac))
		return "its MAC address is impossible";
	if (lunic_dma_is_translated(ld))
		return "an IOMMU translates its DMA now (boot with iommu=pt)";
	return NULL;
}

/* Buffers that this kernel posts in the same ring must hold its skbs */
static bool lunic_buffers_fit(const struct lunic_ho_rxq *rxq, u32 mtu)
{
	u32 data = min(rxq->buf_size, lunic_max_frame(mtu));

	return rxq->headroom >= LUNIC_RX_HEADROOM &&
	       rxq->headroom + data +
	       SKB_DATA_ALIGN(sizeof(struct skb_shared_info)) <=
			rxq->frag_size &&
	       is_power_of_2(rxq->frag_size) &&
	       rxq->frag_size <= LUNIC_CHUNK_SIZE &&
	       IS_ALIGNED(rxq->buf_size, SZ_1K);
}

static const char *lunic_check_rxq(struct lunic_dev *ld,
				   const struct lunic_ho_rxq *rxq, u32 mtu)
{
	const u64 *slots, *chunks;

	if (rxq->count != ld->chip->max_rx_desc &&
	    rxq->count != ld->chip->long_rx_desc)
		return "a ring has another length";
	if (!lunic_buffers_fit(rxq, mtu))
		return "buffers have another layout";
	if (!ld->chip->rx_matches(ld, rxq->queue, rxq->ring, rxq->count,
				  rxq->use))
		return "the hardware runs other rings, or was reset";

	slots = lunic_phys(rxq->slots, rxq->count * sizeof(*slots));
	chunks = lunic_phys(rxq->chunks, rxq->nr_chunks * sizeof(*chunks));
	if (!slots || !chunks || !lunic_phys(rxq->ring, PAGE_SIZE))
		return "a table lies outside memory";
	return lunic_ho_check_tables(rxq, slots, chunks);
}

static bool lunic_is_master(struct lunic_dev *ld)
{
	u16 command;

	pci_read_config_word(ld->pdev, PCI_COMMAND, &command);
	return command & PCI_COMMAND_MASTER;
}

/* All that can be checked before anything is taken */
static const char *lunic_check(struct lunic_dev *ld, struct lunic_ho_view *v)
{
	struct lunic_ho_root *root;
	const char *why;
	size_t size;
	void *body;
	u16 q;

	if (!pci_liveupdate_is_incoming(ld->pdev))
		return "the PCI core has stopped it";
	root = lunic_find_root(lunic_lu_id(ld), &size);
	if (!root)
		return "there is none";
	why = lunic_ho_check_root(root, size);
	if (why)
		return why;
	ld->lu.in = root;
	if (root->state != LUNIC_HO_SEALED)
		return root->state == LUNIC_HO_OPEN ? "it was not completed" :
						      "it was used before";

	body = lunic_phys(root->body, root->body_len);
	if (!body)
		return "body lies outside memory";
	why = lunic_ho_parse(root, body, v);
	if (!why)
		why = lunic_check_device(ld, v);
	if (!why && !lunic_hw_is_running(ld))
		why = "the hardware is not receiving: it was reset";
	if (!why && !lunic_is_master(ld))
		why = "its bus mastering was taken away";
	for (q = 0; !why && q < v->nr_rxq; q++)
		why = lunic_check_rxq(ld, v->rxq[q], v->netdev->mtu);
	return why;
}

static void lunic_take_config(struct lunic_dev *ld,
			      const struct lunic_ho_view *v)
{
	const struct lunic_ho_config *c = v->config;
	struct lunic_cfg *cfg = &ld->cfg;

	cfg->rx_fill = clamp(c->rx_fill, LUNIC_RX_FILL_MIN,
			     ld->chip->max_rx_desc);
	cfg->tx_limit = clamp(c->tx_limit, LUNIC_TX_LIMIT_MIN,
			      ld->chip->max_tx_desc);
	cfg->usecs = min(c->usecs, ld->chip->max_usecs);
	cfg->mtu = v->netdev->mtu;
	cfg->queues = c->queues;
	cfg->speed = c->speed;
	cfg->autoneg = c->flags & LUNIC_HO_CFG_AUTONEG;
	cfg->full_duplex = c->flags & LUNIC_HO_CFG_FULL_DUPLEX;
	cfg->rss_user = c->flags & LUNIC_HO_CFG_RSS_USER;
	cfg->adv = c->advertising;
	cfg->adv_1000 = c->advertising >> 16;
	if (c->flags & LUNIC_HO_CFG_LIVE_UPDATE)
		cfg->priv_flags |= LUNIC_PF_LIVE_UPDATE;
	if (c->flags & LUNIC_HO_CFG_HOLD_RX)
		cfg->priv_flags |= LUNIC_PF_HOLD_RX;
	memcpy(cfg->rss_key, v->rss->key, sizeof(cfg->rss_key));
	memcpy(cfg->rss_table, v->rss->table, sizeof(cfg->rss_table));
	ld->msg_enable = c->msg_enable;
	lunic_carry_take_config(ld, v);
}

static void lunic_take_blackout(struct lunic_dev *ld,
				const struct lunic_ho_view *v)
{
	if (!v->blackout)
		return;
	ld->cfg.blackout_ms = min(v->blackout->ms, LUNIC_BLACKOUT_MAX_MS);
	ld->cfg.blackout_rate = min(v->blackout->rate,
				    lunic_line_rate(SPEED_UNKNOWN));
}

static void lunic_take_netdev(struct lunic_dev *ld,
			      const struct lunic_ho_view *v)
{
	struct net_device *netdev = ld->netdev;
	const struct lunic_ho_netdev *n = v->netdev;

	eth_hw_addr_set(netdev, v->device->mac);
	strscpy(netdev->name, n->ifname, sizeof(netdev->name));
	netdev->name_assign_type = n->name_assign_type == NET_NAME_USER ?
				   NET_NAME_USER : NET_NAME_RENAMED;
	netdev->ifindex = n->ifindex;
	netdev->mtu = n->mtu;
	if (v->alias)
		dev_set_alias(netdev, v->alias,
			      strnlen(v->alias, min(v->alias_len,
						    (u32)IFALIASZ - 1)));
}

static void lunic_take_stats(struct lunic_dev *ld,
			     const struct lunic_ho_view *v)
{
	u32 nr;
	u16 q;

	for (q = 0; q < v->nr_rxq; q++) {
		memcpy(&ld->stats[q].rx, v->rxq[q]->stats,
		       sizeof(ld->stats[q].rx));
		lunic_tx_stats_set(ld, q, (const struct lunic_tx_stats *)
					  v->txq[q]->stats);
	}
	if (!v->stats)
		return;
	nr = min_t(u32, v->stats->nr, LUNIC_NR_HW_STATS);
	memcpy(ld->hw_stats, v->stats->values, nr * sizeof(u64));
}

/* What is in the rings is good all the same. The stack is told of the link's
 * state once it knows the interface, and who reads the report of an overrun.
 */
static void lunic_notice_link(struct lunic_dev *ld,
			      const struct lunic_ho_view *v)
{
	u32 causes = lunic_hw_causes(ld), speed;
	bool up;
	u8 duplex;

	if (causes & LUNIC_IR_RXO)
		ld->lu.last.flags |= LUNIC_REPORT_F_OVERRUN;
	up = lunic_link_read(ld, &speed, &duplex);
	if (!(v->config->flags & LUNIC_HO_CFG_LINK_UP) ||
	    (up && !(causes & LUNIC_IR_LSC)))
		return;
	ld->hw_stats[LUNIC_STAT_LINK_DOWN]++;
	ld->lu.harm = "the link was lost";
	lunic_health_raise(ld, LUNIC_HEALTH_LIVEUPDATE);
	dev_warn(&ld->pdev->dev, "live update: the link was lost during the jump%s\n",
		 up ? " and is back" : ": what was sent to it since then is lost");
}

/* Each block as often as it is named, mapped at the address that the device
 * has; the reference is the caller's
 */
static int lunic_restore_chunks(struct lunic_dev *ld, const u64 *chunks, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		struct folio *folio = kho_restore_folio(chunks[i] & PAGE_MASK);
		int err;

		if (!folio)
			return -ENOENT;
		err = lunic_chunk_map(ld, folio);
		if (err)
			return err;
	}
	return 0;
}

/* Puts a reference to its chunk into each posted slot */
static void lunic_restore_slots(struct lunic_rx_ring *rx, const u64 *slots)
{
	u32 slot;

	for (slot = rx->clean; slot != rx->use;
	     slot = lunic_ring_next(slot, rx->count)) {
		struct lunic_rx_buf *buf = &rx->buf[slot];
		struct folio *folio;

		folio = page_folio(phys_to_page(slots[slot]));
		folio_get(folio);
		buf->page = folio_page(folio, 0);
		buf->offset = slots[slot] - page_to_phys(buf->page);
		buf->foreign = true;
	}
}

/* The restore's own references; what no slot holds is freed here */
static void lunic_put_chunks(struct lunic_rx_ring *rx, const u64 *chunks,
			     u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		struct lunic_rx_buf buf = {
			.page	 = phys_to_page(chunks[i] & PAGE_MASK),
			.foreign = true,
		};

		lunic_rx_put_foreign(rx, &buf);
	}
}

static int lunic_restore_ring(struct lunic_rx_ring *rx,
			      const struct lunic_ho_rxq *h)
{
	int err;

	rx->folio = kho_restore_folio(h->ring);
	if (!rx->folio)
		return -ENOENT;
	err = lunic_ring_map(rx->ld, rx->folio, &rx->dma);
	if (err) {
		folio_put(rx->folio);
		rx->folio = NULL;
		return err;
	}
	rx->desc = folio_address(rx->folio);
	return rx->dma == h->ring ? 0 : -EOPNOTSUPP;
}

static int lunic_restore_buffers(struct lunic_rx_ring *rx,
				 const struct lunic_ho_rxq *h)
{
	const u64 *chunks = phys_to_virt(h->chunks);
	const u64 *slots = phys_to_virt(h->slots);
	int err;

	rx->slots_folio = kho_restore_folio(h->slots);
	rx->chunks_folio = kho_restore_folio(h->chunks);
	if (!rx->slots_folio || !rx->chunks_folio)
		return -ENOENT;

	/* The device still writes to the chunks: after an error they stay */
	err = lunic_restore_chunks(rx->ld, chunks, h->nr_chunks);
	if (err)
		return err;
	rx->clean = h->clean;
	rx->use = h->use;
	lunic_restore_slots(rx, slots);
	lunic_put_chunks(rx, chunks, h->nr_chunks);

	folio_put(rx->slots_folio);
	folio_put(rx->chunks_folio);
	rx->slots_folio = NULL;
	rx->chunks_folio = NULL;
	return 0;
}

static noinline int
lunic_restore_rxq(struct lunic_dev *ld, const struct lunic_ho_rxq *h)
{
	struct lunic_rx_ring *rx;
	int err;

	rx = lunic_rx_ring_new(ld, &ld->cfg, h->queue, h->count);
	if (!rx)
		return -ENOMEM;

	ld->rings.rx[h->queue] = rx;
	rx->buf_size = h->buf_size;
	rx->frag_size = h->frag_size;
	rx->headroom = h->headroom;
	err = lunic_restore_ring(rx, h);
	if (!err)
		err = lunic_restore_buffers(rx, h);
	if (!err)
		rx->armed = true;
	return err;
}
ALLOW_ERROR_INJECTION(lunic_restore_rxq, ERRNO);

static int lunic_restore(struct lunic_dev *ld, const struct lunic_ho_view *v)
{
	int err = 0;
	u16 q;

	for (q = 0; !err && q < v->nr_rxq; q++)
		err = lunic_restore_rxq(ld, v->rxq[q]);
	if (err)
		return err;

	ld->rings.n = v->nr_rxq;
	ld->lu.in_body = kho_restore_folio(ld->lu.in->body);
	return 0;
}

/* The device stops before its memory goes back */
static void lunic_refuse(struct lunic_dev *ld, const struct lunic_ho_view *v,
			 const char *why)
{
	lunic_report_take(ld, v, why);
	lunic_hw_silence(ld);
	lunic_rings_free(ld, &ld->rings);
	if (ld->lu.in)
		ld->lu.in->state = LUNIC_HO_REFUSED;
	lunic_lu_set_state(ld, LUNIC_LU_REFUSED);
	ld->lu.refusal = why;
	ld->lu.harm = why;
	lunic_health_raise(ld, LUNIC_HEALTH_LIVEUPDATE);
	trace_lunic_refuse(ld, why);
	dev_err(&ld->pdev->dev, "live update: handover refused: %s; the device was reset\n",
		why);
}

/**
 * lunic_adopt() - take over a device that came in
 * @ld: the device, with its vectors and its interface, not registered
 *
 * Everything is checked, against itself and against the hardware, before any
 * of it is taken. Writes no register unless it refuses.
 *
 * Return: 0, or a negative error with the device stopped, to be started like
 * one that comes from nowhere.
 */
int lunic_adopt(struct lunic_dev *ld)
{
	struct lunic_ho_view v = {};
	const char *why;
	int err;

	lunic_report_arrive(ld);
	ld->lu.incoming = true;
	ld->lu.tried = true;
	lunic_lu_pin(ld);
	why = lunic_check(ld, &v);
	if (why) {
		lunic_refuse(ld, &v, why);
		return -EINVAL;
	}

	lunic_take_config(ld, &v);
	lunic_take_blackout(ld, &v);
	err = lunic_restore(ld, &v);
	if (err) {
		lunic_refuse(ld, &v, "its memory can't be taken over");
		return err;
	}
	lunic_take_netdev(ld, &v);
	lunic_take_stats(ld, &v);
	lunic_carry_take(ld, &v);
	lunic_notice_link(ld, &v);
	lunic_hw_get_filters(ld, &ld->adopted);

	ld->lu.in->state = LUNIC_HO_ADOPTED;
	lunic_lu_set_state(ld, LUNIC_LU_ADOPTED);
	ld->lu.updates = v.device->updates + 1;
	lunic_report_take(ld, &v, NULL);
	trace_lunic_adopt(ld);
	if (ld->cfg.priv_flags & LUNIC_PF_HOLD_RX) {
		ld->rx_hold = LUNIC_HOLD_USER;
		schedule_delayed_work(&ld->lu.hold_work, LUNIC_HOLD_MAX);
	}
	dev_info(&ld->pdev->dev, "live update: adopted %u queue pairs of %s, update %llu\n",
		 v.nr_rxq, v.netdev->ifname, ld->lu.updates);
	return 0;
}

static void lunic_free_tx_memory(struct lunic_dev *ld)
{
	struct lunic_ho_view v;
	u16 q;

	if (lunic_ho_parse(ld->lu.in, folio_address(ld->lu.in_body), &v))
		return;
	for (q = 0; q < v.nr_txq; q++) {
		struct folio *folio = kho_restore_folio(v.txq[q]->ring);

		if (folio)
			folio_put(folio);
	}
}

/* The root stays: the KHO tree goes on naming it */
static void lunic_adopt_end(struct lunic_dev *ld, const char *why)
{
	ld->lu.incoming = false;
	if (ld->lu.in_body) {
		lunic_free_tx_memory(ld);
		folio_put(ld->lu.in_body);
		ld->lu.in_body = NULL;
	}
	if (ld->lu.in && ld->lu.in->state == LUNIC_HO_ADOPTED)
		ld->lu.in->state = LUNIC_HO_CONSUMED;
	if (ld->up) {
		lunic_filters_write(ld);
		lunic_pause_apply(ld);
		/* An older driver doesn't tell what is hashed */
		if (ld->lu.in && ld->lu.in->minor < 1)
			ld->chip->set_rss(ld);
	}
	lunic_lu_end_hold(ld, why);
	lunic_lu_set_state(ld, LUNIC_LU_IDLE);
}

/**
 * lunic_adopt_release() - the live update is finished
 * @ld: the device; nothing happens where none is
 *
 * What was only there for the takeover is freed, the filters become the
 * stack's alone, and held frames are let go.
 *
 * Context: instance lock held.
 */
void lunic_adopt_release(struct lunic_dev *ld)
{
	if (!ld->lu.incoming)
		return;
	lunic_adopt_end(ld, "finished");
	lunic_report_stamp(ld, LUNIC_PHASE_FINISHED);
	trace_lunic_finish(ld);
	netdev_info(ld->netdev, "live update: finished\n");
}

/**
 * lunic_adopt_give_up() - the driver leaves a device that came in
 * @ld: the device; nothing happens where none is
 *
 * Its probe fails after the takeover, or it is unbound before the update is
 * finished. To be called before the device is stopped.
 *
 * Context: instance lock held.
 */
void lunic_adopt_give_up(struct lunic_dev *ld)
{
	if (!ld->lu.incoming)
		return;
	lunic_adopt_end(ld, "the driver leaves the device");
	dev_warn(&ld->pdev->dev, "live update: given up, not finished: the driver leaves the device and stops it\n");
}
