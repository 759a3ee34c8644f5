// SPDX-License-Identifier: GPL-2.0
/* The handover in words, for debugfs: what goes out and what came in. */
#include <linux/seq_file.h>

#include "lunic_handover.h"
#include "lunic_lu.h"

static void lunic_show_root(struct seq_file *s, const struct lunic_ho_root *r)
{
	static const char * const states[] = {
		[LUNIC_HO_OPEN]		= "open",
		[LUNIC_HO_SEALED]	= "sealed",
		[LUNIC_HO_ADOPTED]	= "adopted",
		[LUNIC_HO_CONSUMED]	= "consumed",
		[LUNIC_HO_REFUSED]	= "refused",
		[LUNIC_HO_ABANDONED]	= "abandoned",
	};

	seq_printf(s, "root: state %s version %u.%u body 0x%llx length %u crc 0x%08x body-crc 0x%08x\n",
		   r->state < ARRAY_SIZE(states) ? states[r->state] : "?",
		   r->major, r->minor, r->body, r->body_len, r->crc,
		   r->body_crc);
}

static void lunic_show_rxq(struct seq_file *s, const struct lunic_ho_rxq *h)
{
	seq_printf(s, "rxq %u: count %u ring 0x%llx clean %u use %u buffer %u of %u headroom %u\n",
		   h->queue, h->count, h->ring, h->clean, h->use, h->buf_size,
		   h->frag_size, h->headroom);
	seq_printf(s, "rxq %u: slots 0x%llx crc 0x%08x chunks 0x%llx number %u crc 0x%08x\n",
		   h->queue, h->slots, h->slots_crc, h->chunks, h->nr_chunks,
		   h->chunks_crc);
}

/* What came with ABI 1.1, as far as it is there */
static void lunic_show_carried(struct seq_file *s,
			       const struct lunic_ho_view *v)
{
	if (v->coalesce)
		seq_printf(s, "coalesce: flags 0x%x queues %*ph\n",
			   v->coalesce->flags,
			   (int)sizeof(v->coalesce->queue), v->coalesce->queue);
	if (v->settings)
		seq_printf(s, "settings: flags 0x%x copybreak %u wol 0x%x\n",
			   v->settings->flags, v->settings->rx_copybreak,
			   v->settings->wol);
	if (v->features)
		seq_printf(s, "features: known 0x%llx active 0x%llx wanted 0x%llx\n",
			   v->features->known, v->features->active,
			   v->features->wanted);
	if (v->napi)
		seq_printf(s, "napi: gro-flush-timeout %llu defer-hard-irqs %u threaded %u\n",
			   v->napi->gro_flush_timeout, v->napi->defer_hard_irqs,
			   v->napi->threaded);
	if (v->counters)
		seq_printf(s, "counters: rx-dropped %llu tx-dropped %llu carrier %u up %u down\n",
			   v->counters->rx_dropped, v->counters->tx_dropped,
			   v->counters->carrier_up, v->counters->carrier_down);
	if (v->link)
		seq_printf(s, "link: permanent address %pM flags 0x%x queue length %u group %u\n",
			   v->link->perm_addr, v->link->flags,
			   v->link->tx_queue_len, v->link->group);
	if (v->ptp)
		seq_printf(s, "ptp: counter %llu time %llu adjusted %lld\n",
			   v->ptp->cycles, v->ptp->ns, v->ptp->scaled_ppm);
	if (v->tstamp)
		seq_printf(s, "tstamp: tx %u rx %u\n", v->tstamp->tx_type,
			   v->tstamp->rx_filter);
	if (v->phases)
		seq_printf(s, "phases: from %.*s counter %llu\n",
			   (int)sizeof(v->phases->release), v->phases->release,
			   v->phases->cycles);
}

/* All but the RSS key, which would tell an attacker how to pick a queue */
static void lunic_show_view(struct seq_file *s, const struct lunic_ho_view *v)
{
	const struct lunic_ho_config *c = v->config;
	const struct lunic_ho_device *d = v->device;
	const struct lunic_ho_netdev *n = v->netdev;
	u16 q;

	seq_printf(s, "device: %04x:%02x:%02x.%u id %04x:%04x mac %pM updates %llu\n",
		   d->domain, PCI_BUS_NUM(d->bdf), PCI_SLOT(d->bdf),
		   PCI_FUNC(d->bdf), d->vendor, d->device, d->mac, d->updates);
	seq_printf(s, "netdev: %s index %u mtu %u name-assign-type %u features 0x%llx\n",
		   n->ifname, n->ifindex, n->mtu, n->name_assign_type,
		   n->features);
	seq_printf(s, "config: flags 0x%x queues %u speed %u advertising 0x%x rx %u tx %u usecs %u msg-enable 0x%x\n",
		   c->flags, c->queues, c->speed, c->advertising, c->rx_fill,
		   c->tx_limit, c->usecs, c->msg_enable);
	seq_printf(s, "rss: table %*ph...\n", 16, v->rss->table);
	if (v->alias)
		seq_printf(s, "alias: %.*s\n", v->alias_len, v->alias);
	if (v->stats)
		seq_printf(s, "stats: %u values\n", v->stats->nr);
	if (v->blackout)
		seq_printf(s, "blackout: %u ms rate %u\n", v->blackout->ms,
			   v->blackout->rate);
	lunic_show_carried(s, v);
	for (q = 0; q < v->nr_rxq; q++)
		lunic_show_rxq(s, v->rxq[q]);
	for (q = 0; q < v->nr_txq; q++)
		seq_printf(s, "txq %u: ring 0x%llx\n", q, v->txq[q]->ring);
}

static void lunic_show_one(struct seq_file *s, const char *which,
			   const struct lunic_ho_root *root,
			   struct folio *body)
{
	struct lunic_ho_view v;
	const char *why;

	seq_printf(s, "%s:\n", which);
	lunic_show_root(s, root);
	if (!body || !root->body_len)
		return;
	why = lunic_ho_parse(root, folio_address(body), &v);
	if (why)
		seq_printf(s, "body: %s\n", why);
	else
		lunic_show_view(s, &v);
}

/**
 * lunic_lu_show() - the handovers of a device
 * @ld: the device
 * @s: where to
 *
 * One that goes out has a body only from the freeze on, so that it is seen
 * only where the jump failed; one that came in has it until the update is
 * finished.
 *
 * Context: instance lock held.
 */
void lunic_lu_show(struct lunic_dev *ld, struct seq_file *s)
{
	if (ld->lu.in)
		lunic_show_one(s, "in", ld->lu.in, ld->lu.in_body);
	if (ld->lu.out_root)
		lunic_show_one(s, "out", folio_address(ld->lu.out_root),
			       ld->lu.out_body);
}
