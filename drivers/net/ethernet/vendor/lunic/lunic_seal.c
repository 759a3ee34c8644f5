// SPDX-License-Identifier: GPL-2.0
/* The outgoing side: preserving the device, and the freeze. */
#include <linux/delay.h>
#include <linux/kexec_handover.h>
#include <linux/mii.h>
#include <linux/mm.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>
#include <net/sch_generic.h>

#include "lunic_handover.h"
#include "lunic_lu.h"
#include "lunic_ring.h"
#include "lunic_trace.h"

/* TX is quiet when nothing was sent for so long, and given up after so long */
#define LUNIC_QUIET_MS		50
#define LUNIC_QUIET_MAX_MS	500

static_assert(sizeof(struct lunic_rx_stats) <=
	      sizeof_field(struct lunic_ho_rxq, stats));
static_assert(sizeof(struct lunic_tx_stats) <=
	      sizeof_field(struct lunic_ho_txq, stats));
static_assert(LUNIC_HO_MAX_QUEUES == LUNIC_MAX_QUEUES);
static_assert(sizeof_field(struct lunic_ho_rss, table) == LUNIC_RSS_TABLE_SIZE);
static_assert(sizeof_field(struct lunic_ho_rss, key) == LUNIC_RSS_KEY_SIZE);

/* Of the device with an id as lunic_lu_id() makes it */
void lunic_subtree_name(u64 id, char *name, size_t len)
{
	u32 domain = id >> 16;
	u16 bdf = id;

	snprintf(name, len, LUNIC_HO_SUBTREE "%04x:%02x:%02x.%x", domain,
		 PCI_BUS_NUM(bdf), PCI_SLOT(bdf), PCI_FUNC(bdf));
}

static void lunic_preserve_failed(struct lunic_dev *ld, int err)
{
	struct lunic_basin_need need;
	const char *why = "";
	u32 blocker;

	if (err == -ENOMEM) {
		blocker = lunic_basin_check(ld, &need);
		why = lunic_basin_shortage(ld, blocker, &need);
	}
	netdev_err(ld->netdev, "live update: not preserved: %pe%s%s\n",
		   ERR_PTR(err), *why ? ": " : "", why);
}

/**
 * lunic_preserve() - make all that the device uses outlive this kernel
 * @ld: the device, up, with nothing in the way
 *
 * All that can fail for want of memory fails here. From here on what is posted
 * for receive does not change: frames are copied out and their buffers posted
 * again in place.
 *
 * Context: instance lock held.
 * Return: 0 or a negative error, with the device as it was.
 */
int lunic_preserve(struct lunic_dev *ld)
{
	char name[48];
	int err;

	lunic_report_begin(ld, LUNIC_PHASE_PRESERVE);
	ld->lu.preserved_blocks = 0;
	ld->lu.preserved_bytes = 0;
	ld->lu.hung = false;

	err = -ENOMEM;
	ld->lu.out_root = lunic_keep_new(ld, 0);
	ld->lu.out_body = lunic_keep_new(ld, LUNIC_BODY_ORDER);
	if (!ld->lu.out_root || !ld->lu.out_body)
		goto free_root;

	err = lunic_arm_rings(ld);
	if (err)
		goto free_root;

	lunic_subtree_name(lunic_lu_id(ld), name, sizeof(name));
	err = kho_add_subtree(name, folio_address(ld->lu.out_root), PAGE_SIZE);
	if (err)
		goto disarm;

	lunic_open_basin(ld);
	lunic_report_stamp(ld, LUNIC_PHASE_PRESERVED);
	lunic_lu_set_state(ld, LUNIC_LU_PRESERVED);
	netdev_info(ld->netdev, "live update: preserved, %llu KiB in %u blocks\n",
		    ld->lu.preserved_bytes >> 10, ld->lu.preserved_blocks);
	return 0;

disarm:
	lunic_disarm_rings(ld);
free_root:
	lunic_unkeep_free(ld, &ld->lu.out_body);
	lunic_unkeep_free(ld, &ld->lu.out_root);
	lunic_preserve_failed(ld, err);
	return err;
}

/**
 * lunic_unpreserve() - the live update is off
 * @ld: the device; nothing happens where it is not preserved
 *
 * Context: instance lock held.
 */
void lunic_unpreserve(struct lunic_dev *ld)
{
	if (ld->lu.state == LUNIC_LU_FROZEN)
		lunic_unfreeze(ld);
	if (ld->lu.state != LUNIC_LU_PRESERVED)
		return;

	trace_lunic_unpreserve(ld, 0);
	kho_remove_subtree(folio_address(ld->lu.out_root));
	lunic_disarm_rings(ld);
	lunic_unkeep_free(ld, &ld->lu.out_body);
	lunic_unkeep_free(ld, &ld->lu.out_root);
	lunic_lu_set_state(ld, LUNIC_LU_IDLE);
	netdev_info(ld->netdev, "live update: no longer preserved\n");

	/* Taken down meanwhile: nobody needs its frames any more */
	if (ld->lu.parked && !ld->up)
		lunic_down(ld);
	ld->lu.parked = false;
}

static bool lunic_tx_in_flight(const struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		const struct lunic_tx_ring *tx = ld->rings.tx[q];

		if (READ_ONCE(tx->use) != READ_ONCE(tx->clean))
			return true;
	}
	return false;
}

/* Where the senders have got to, all queues together */
static u32 lunic_tx_position(const struct lunic_dev *ld)
{
	u32 sum = 0;
	u16 q;

	for (q = 0; q < ld->rings.n; q++)
		sum += READ_ONCE(ld->rings.tx[q]->use);
	return sum;
}

/* Lets the answers to what was received out: applications may still work on
 * it. True where it ended with silence.
 */
static bool lunic_wait_quiet(struct lunic_dev *ld)
{
	unsigned long end = jiffies + msecs_to_jiffies(LUNIC_QUIET_MAX_MS);
	unsigned long since = jiffies;
	u32 last = 0, pos;

	while (time_before(jiffies, end)) {
		pos = lunic_tx_position(ld);
		if (pos != last || lunic_tx_in_flight(ld) ||
		    !qdisc_all_tx_empty(ld->netdev))
			since = jiffies;
		last = pos;
		if (time_after(jiffies, since +
			       msecs_to_jiffies(LUNIC_QUIET_MS)))
			return true;
		usleep_range(1000, 2000);
	}
	return false;
}

/* What is in the rings gets out, and nothing comes behind it */
static int lunic_tx_drain(struct lunic_dev *ld)
{
	unsigned long end = jiffies + msecs_to_jiffies(LUNIC_QUIET_MAX_MS);
	bool busy;
	u16 q;

	while ((busy = lunic_tx_in_flight(ld)) && time_before(jiffies, end))
		usleep_range(500, 1000);

	for (q = 0; q < ld->rings.n; q++)
		if (lunic_hw_tx_stop(ld, q))
			busy = true;
	return busy ? -EBUSY : 0;
}

/* Nobody sends any more, while NAPI still completes what was sent */
static void lunic_tx_close(struct lunic_dev *ld)
{
	WRITE_ONCE(ld->tx_closed, true);
	/* A poll that read it before may wake a queue once more */
	synchronize_net();
	netif_tx_disable(ld->netdev);
}

/* The stack's side: everything but the receiver stands still */
static int lunic_quiesce(struct lunic_dev *ld)
{
	struct net_device *netdev = ld->netdev;
	bool quiet;
	u32 usecs;
	int err;

	WRITE_ONCE(ld->rx_hold, ld->rx_hold | LUNIC_HOLD_FREEZE);
	quiet = lunic_wait_quiet(ld);
	netif_device_detach(netdev);
	lunic_tx_close(ld);
	err = lunic_tx_drain(ld);

	lunic_napi_disable(ld);
	lunic_irq_disable(ld);
	lunic_irq_mask_vectors(ld);
	/* An interval that was running may raise its vector once more */
	usecs = 4 * lunic_coalesce_longest(ld) + 100;
	usleep_range(usecs, usecs + 100);
	lunic_stats_stop(ld);
	lunic_tstamp_flush(ld);
	cancel_work_sync(&ld->link_work);

	netdev_info(netdev, "live update: TX %s\n",
		    err ? "does not stop" : quiet ? "is quiet" :
		    "was still busy and is cut off");
	return err;
}

static void lunic_unquiesce(struct lunic_dev *ld)
{
	struct net_device *netdev = ld->netdev;

	/* One that does not stop is the watchdog's, if it does not go on */
	lunic_tx_renew(ld);
	WRITE_ONCE(ld->rx_hold, ld->rx_hold & ~LUNIC_HOLD_FREEZE);
	WRITE_ONCE(ld->tx_closed, false);
	lunic_stats_start(ld);
	lunic_napi_enable(ld);
	lunic_irq_unmask_vectors(ld);
	lunic_irq_enable(ld);
	netif_device_attach(netdev);
	lunic_kick(ld);
	schedule_work(&ld->link_work);
}

static bool lunic_put_device(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_device *d;

	d = lunic_ho_put(w, LUNIC_HO_DEVICE, LUNIC_HO_F_MANDATORY, sizeof(*d));
	if (!d)
		return false;
	d->domain = pci_domain_nr(ld->pdev->bus);
	d->bdf = pci_dev_id(ld->pdev);
	d->vendor = ld->pdev->vendor;
	d->device = ld->pdev->device;
	memcpy(d->mac, ld->netdev->dev_addr, sizeof(d->mac));
	d->updates = ld->lu.updates;
	return true;
}

static bool lunic_put_netdev(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct net_device *netdev = ld->netdev;
	struct lunic_ho_netdev *n;

	n = lunic_ho_put(w, LUNIC_HO_NETDEV, LUNIC_HO_F_MANDATORY, sizeof(*n));
	if (!n)
		return false;
	memcpy(n->ifname, netdev->name, sizeof(n->ifname));
	n->ifindex = netdev->ifindex;
	n->mtu = netdev->mtu;
	n->name_assign_type = netdev->name_assign_type;
	n->features = lunic_features_to_ho(netdev->features) &
		      LUNIC_HO_FEAT_1_0;
	return true;
}

/* Its length, 0 where there is none */
static u32 lunic_get_alias(struct lunic_dev *ld, char *alias)
{
	const struct dev_ifalias *a;
	u32 len = 0;

	rcu_read_lock();
	a = rcu_dereference(ld->netdev->ifalias);
	if (a)
		len = strscpy(alias, a->ifalias, IFALIASZ);
	rcu_read_unlock();
	return len;
}

static bool lunic_put_alias(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	char alias[IFALIASZ];
	u32 len = lunic_get_alias(ld, alias);
	void *p;

	if (!len)
		return true;
	p = lunic_ho_put(w, LUNIC_HO_ALIAS, 0, len);
	if (!p)
		return false;
	memcpy(p, alias, len);
	return true;
}

static bool lunic_put_config(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	const struct lunic_cfg *cfg = &ld->cfg;
	struct lunic_ho_config *c;

	c = lunic_ho_put(w, LUNIC_HO_CONFIG, LUNIC_HO_F_MANDATORY, sizeof(*c));
	if (!c)
		return false;
	if (cfg->priv_flags & LUNIC_PF_LIVE_UPDATE)
		c->flags |= LUNIC_HO_CFG_LIVE_UPDATE;
	if (cfg->priv_flags & LUNIC_PF_HOLD_RX)
		c->flags |= LUNIC_HO_CFG_HOLD_RX;
	if (cfg->autoneg)
		c->flags |= LUNIC_HO_CFG_AUTONEG;
	if (cfg->full_duplex)
		c->flags |= LUNIC_HO_CFG_FULL_DUPLEX;
	if (lunic_rss_user(ld))
		c->flags |= LUNIC_HO_CFG_RSS_USER;
	if (ld->link_up)
		c->flags |= LUNIC_HO_CFG_LINK_UP;
	c->queues = cfg->queues;
	c->speed = cfg->speed;
	c->advertising = cfg->adv | cfg->adv_1000 << 16;
	c->rx_fill = cfg->rx_fill;
	c->tx_limit = cfg->tx_limit;
	c->usecs = cfg->usecs;
	c->msg_enable = ld->msg_enable;
	return true;
}

static bool lunic_put_rss(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_rss *r;

	r = lunic_ho_put(w, LUNIC_HO_RSS, LUNIC_HO_F_MANDATORY, sizeof(*r));
	if (!r)
		return false;
	memcpy(r->key, ld->cfg.rss_key, sizeof(r->key));
	memcpy(r->table, ld->cfg.rss_table, sizeof(r->table));
	return true;
}

static bool lunic_put_rxq(struct lunic_rx_ring *rx, struct lunic_ho_writer *w)
{
	struct lunic_ho_rxq *h;

	h = lunic_ho_put(w, LUNIC_HO_RXQ, LUNIC_HO_F_MANDATORY, sizeof(*h));
	if (!h)
		return false;
	h->queue = rx->queue;
	h->count = rx->count;
	h->ring = rx->dma;
	h->slots = folio_pfn(rx->slots_folio) << PAGE_SHIFT;
	h->chunks = folio_pfn(rx->chunks_folio) << PAGE_SHIFT;
	h->nr_chunks = rx->nr_chunks;
	h->clean = rx->clean;
	h->use = rx->use;
	h->buf_size = rx->buf_size;
	h->frag_size = rx->frag_size;
	h->headroom = rx->headroom;
	h->slots_crc = lunic_ho_slots_crc(h, rx->slots);
	h->chunks_crc = lunic_ho_chunks_crc(h,
					    folio_address(rx->chunks_folio));
	lunic_rx_stats_get(rx->ld, rx->queue,
			   (struct lunic_rx_stats *)h->stats);
	return true;
}

static bool lunic_put_txq(struct lunic_tx_ring *tx, struct lunic_ho_writer *w)
{
	struct lunic_ho_txq *h;

	h = lunic_ho_put(w, LUNIC_HO_TXQ, LUNIC_HO_F_MANDATORY, sizeof(*h));
	if (!h)
		return false;
	h->queue = tx->queue;
	h->ring = tx->dma;
	lunic_tx_stats_get(tx->ld, tx->queue,
			   (struct lunic_tx_stats *)h->stats);
	return true;
}

static bool lunic_put_stats(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_stats *s;

	s = lunic_ho_put(w, LUNIC_HO_STATS, 0, sizeof(*s) +
			 sizeof(ld->hw_stats));
	if (!s)
		return false;
	s->nr = LUNIC_NR_HW_STATS;
	memcpy(s->values, ld->hw_stats, sizeof(ld->hw_stats));
	return true;
}

static bool lunic_put_blackout(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_blackout *b;

	if (!ld->cfg.blackout_ms && !ld->cfg.blackout_rate)
		return true;
	b = lunic_ho_put(w, LUNIC_HO_BLACKOUT, 0, sizeof(*b));
	if (!b)
		return false;
	b->ms = ld->cfg.blackout_ms;
	b->rate = ld->cfg.blackout_rate;
	return true;
}

/* Writes the handover. The body was sized for the most that there can be. */
static int lunic_seal(struct lunic_dev *ld)
{
	struct lunic_ho_writer w = {
		.buf	= folio_address(ld->lu.out_body),
		.size	= folio_size(ld->lu.out_body),
	};
	bool ok;
	u16 q;

	ok = lunic_put_device(ld, &w) && lunic_put_netdev(ld, &w) &&
	     lunic_put_config(ld, &w) && lunic_put_rss(ld, &w) &&
	     lunic_put_alias(ld, &w) && lunic_put_stats(ld, &w) &&
	     lunic_carry_put(ld, &w) && lunic_put_blackout(ld, &w);
	for (q = 0; ok && q < ld->rings.n; q++)
		ok = lunic_put_rxq(ld->rings.rx[q], &w);
	for (q = 0; ok && q < ld->rings.n; q++)
		ok = lunic_put_txq(ld->rings.tx[q], &w);
	if (!ok || !lunic_report_put(ld, &w))
		return -ENOSPC;

	lunic_ho_seal(folio_address(ld->lu.out_root),
		      folio_pfn(ld->lu.out_body) << PAGE_SHIFT, &w);
	return 0;
}

/* Whether the device fills just the rings that are handed over: whatever has
 * reset it, the next kernel would refuse them. NAPI stands still.
 */
static bool lunic_still_receives(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		const struct lunic_rx_ring *rx = ld->rings.rx[q];

		if (!ld->chip->rx_matches(ld, q, rx->dma, rx->count, rx->use))
			return false;
	}
	return lunic_hw_is_running(ld);
}

static int lunic_freeze_failed(struct lunic_dev *ld, int err)
{
	lunic_ptp_unpause(ld);
	if (ld->up)
		lunic_unquiesce(ld);
	netdev_err(ld->netdev, "live update: freeze failed: %pe; the interface goes on\n",
		   ERR_PTR(err));
	return err;
}

/* What goes on is a device that must be set up anew, with more locks */
static int lunic_freeze_lost(struct lunic_dev *ld)
{
	if (ld->up) {
		lunic_unquiesce(ld);
		schedule_work(&ld->reset_work);
	}
	lunic_lu_lose(ld, "the device was reset from outside");
	return -EIO;
}

/**
 * lunic_freeze() - the last thing before the jump
 * @ld: the device, preserved
 *
 * Allocates nothing. The receiver goes on; all else stands still.
 *
 * Context: instance lock held; sleeps up to about a second.
 * Return: 0, or a negative error with the device preserved and running.
 */
int lunic_freeze(struct lunic_dev *ld)
{
	int err = 0;

	if (ld->lu.state != LUNIC_LU_PRESERVED || ld->dead) {
		netdev_err(ld->netdev, "live update: not frozen: its preservation was lost (lunicctl cancel, then preserve it again)\n");
		return -ENODEV;
	}
	if (ld->lu.hung) {
		netdev_err(ld->netdev, "live update: not frozen: TX is stuck (lunicctl cancel, then the interface down and up)\n");
		return -EIO;
	}

	lunic_report_begin(ld, LUNIC_PHASE_FREEZE);
	if (ld->up)
		err = lunic_quiesce(ld);
	lunic_report_stamp(ld, LUNIC_PHASE_QUIET);
	if (!lunic_still_receives(ld))
		return lunic_freeze_lost(ld);
	/* From here on nobody adjusts the clock that the next kernel gets */
	lunic_ptp_pause(ld);
	if (!err)
		err = lunic_seal(ld);
	if (err)
		return lunic_freeze_failed(ld, err);

	ld->lu.state = LUNIC_LU_FROZEN;
	netdev_info(ld->netdev, "live update: frozen, handover at 0x%llx, body at 0x%llx\n",
		    (u64)folio_pfn(ld->lu.out_root) << PAGE_SHIFT,
		    (u64)folio_pfn(ld->lu.out_body) << PAGE_SHIFT);
	return 0;
}

/**
 * lunic_unfreeze() - the jump does not happen
 * @ld: the device, frozen
 *
 * Context: instance lock held.
 */
void lunic_unfreeze(struct lunic_dev *ld)
{
	struct lunic_ho_root *root = folio_address(ld->lu.out_root);

	if (ld->lu.state != LUNIC_LU_FROZEN)
		return;
	root->state = LUNIC_HO_OPEN;
	lunic_lu_set_state(ld, LUNIC_LU_PRESERVED);
	trace_lunic_unfreeze(ld, 0);
	lunic_ptp_unpause(ld);
	if (ld->up)
		lunic_unquiesce(ld);
	netdev_info(ld->netdev, "live update: not now; the interface goes on, still preserved\n");
}
