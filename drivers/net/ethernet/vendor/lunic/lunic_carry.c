// SPDX-License-Identifier: GPL-2.0
/* What a live update carries over beside rings, identity and configuration:
 * each section written and, in the next kernel, taken. All of them may be
 * missing; what can't be taken has the driver's defaults.
 */
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>
#include <net/tcp.h>

#include "lunic_handover.h"
#include "lunic_lu.h"

/* Flags that are set for the interface as a whole, beside promiscuity */
#define LUNIC_IFF	(IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | \
			 IFF_DYNAMIC | IFF_MULTICAST | IFF_PORTSEL | \
			 IFF_AUTOMEDIA)
#define LUNIC_IFF_COUNT	(IFF_PROMISC | IFF_ALLMULTI)

static_assert(LUNIC_RSS_UDP4 == LUNIC_HO_SET_UDP4_L3);
static_assert(LUNIC_RSS_UDP6 == LUNIC_HO_SET_UDP6_L3);
static_assert(LUNIC_RSS_TCP4 == LUNIC_HO_SET_TCP4_L3);
static_assert(LUNIC_RSS_TCP6 == LUNIC_HO_SET_TCP6_L3);
static_assert(sizeof(struct lunic_rx_stats) <=
	      sizeof_field(struct lunic_ho_idle, rx));
static_assert(sizeof(struct lunic_tx_stats) <=
	      sizeof_field(struct lunic_ho_idle, tx));

static const struct {
	netdev_features_t netif;
	u64 ho;
} lunic_features[] = {
	{ NETIF_F_SG,			LUNIC_HO_FEAT_SG },
	{ NETIF_F_HW_CSUM,		LUNIC_HO_FEAT_HW_CSUM },
	{ NETIF_F_TSO,			LUNIC_HO_FEAT_TSO },
	{ NETIF_F_TSO6,			LUNIC_HO_FEAT_TSO6 },
	{ NETIF_F_RXCSUM,		LUNIC_HO_FEAT_RXCSUM },
	{ NETIF_F_RXHASH,		LUNIC_HO_FEAT_RXHASH },
	{ NETIF_F_HW_VLAN_CTAG_RX,	LUNIC_HO_FEAT_VLAN_RX },
	{ NETIF_F_HW_VLAN_CTAG_TX,	LUNIC_HO_FEAT_VLAN_TX },
	{ NETIF_F_HW_VLAN_CTAG_FILTER,	LUNIC_HO_FEAT_VLAN_FILTER },
	{ NETIF_F_GRO,			LUNIC_HO_FEAT_GRO },
	{ NETIF_F_GSO,			LUNIC_HO_FEAT_GSO },
	{ NETIF_F_SCTP_CRC,		LUNIC_HO_FEAT_SCTP_CRC },
	{ NETIF_F_GSO_UDP_L4,		LUNIC_HO_FEAT_USO },
	{ NETIF_F_GSO_PARTIAL,		LUNIC_HO_FEAT_PARTIAL },
	{ NETIF_F_GSO_GRE,		LUNIC_HO_FEAT_GRE },
	{ NETIF_F_GSO_GRE_CSUM,		LUNIC_HO_FEAT_GRE_CSUM },
	{ NETIF_F_GSO_IPXIP4,		LUNIC_HO_FEAT_IPXIP4 },
	{ NETIF_F_GSO_IPXIP6,		LUNIC_HO_FEAT_IPXIP6 },
	{ NETIF_F_GSO_UDP_TUNNEL,	LUNIC_HO_FEAT_UDP_TNL },
	{ NETIF_F_GSO_UDP_TUNNEL_CSUM,	LUNIC_HO_FEAT_UDP_TNL_CSUM },
	{ NETIF_F_TSO_MANGLEID,		LUNIC_HO_FEAT_MANGLEID },
	{ NETIF_F_NOCACHE_COPY,		LUNIC_HO_FEAT_NOCACHE_COPY },
	{ NETIF_F_GRO_FRAGLIST,		LUNIC_HO_FEAT_GRO_FRAGLIST },
	{ NETIF_F_GRO_UDP_FWD,		LUNIC_HO_FEAT_GRO_UDP_FWD },
	{ NETIF_F_RXALL,		LUNIC_HO_FEAT_RX_ALL },
	{ NETIF_F_RXFCS,		LUNIC_HO_FEAT_RX_FCS },
	{ NETIF_F_LOOPBACK,		LUNIC_HO_FEAT_LOOPBACK },
};

u64 lunic_features_to_ho(netdev_features_t features)
{
	u64 ho = 0;
	u16 i;

	for (i = 0; i < ARRAY_SIZE(lunic_features); i++)
		if (features & lunic_features[i].netif)
			ho |= lunic_features[i].ho;
	return ho;
}

static netdev_features_t lunic_features_from_ho(u64 ho)
{
	netdev_features_t features = 0;
	u16 i;

	for (i = 0; i < ARRAY_SIZE(lunic_features); i++)
		if (ho & lunic_features[i].ho)
			features |= lunic_features[i].netif;
	return features;
}

static bool lunic_put_coalesce(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_coalesce *c;
	u16 q;

	c = lunic_ho_put(w, LUNIC_HO_COALESCE, 0, sizeof(*c));
	if (!c)
		return false;
	if (ld->cfg.adaptive)
		c->flags = LUNIC_HO_COAL_ADAPTIVE;
	for (q = 0; q < LUNIC_MAX_QUEUES; q++) {
		const struct lunic_coal *coal = &ld->cfg.queue_coal[q];

		c->queue[q].usecs = coal->usecs;
		if (coal->own)
			c->queue[q].flags |= LUNIC_HO_COAL_OWN;
		if (coal->adaptive)
			c->queue[q].flags |= LUNIC_HO_COAL_ADAPTIVE;
		if (q < ld->max_queues)
			c->queue[q].profile = ld->vec[q]->dim.profile_ix;
	}
	return true;
}

static void lunic_take_coalesce(struct lunic_dev *ld,
				const struct lunic_ho_coalesce *c)
{
	u16 q;

	if (!c)
		return;
	ld->cfg.adaptive = c->flags & LUNIC_HO_COAL_ADAPTIVE;
	for (q = 0; q < LUNIC_MAX_QUEUES; q++) {
		const struct lunic_ho_queue_coalesce *h = &c->queue[q];
		struct lunic_coal *coal = &ld->cfg.queue_coal[q];

		coal->usecs = min_t(u32, h->usecs, ld->chip->max_usecs);
		coal->own = h->flags & LUNIC_HO_COAL_OWN;
		coal->adaptive = h->flags & LUNIC_HO_COAL_ADAPTIVE;
		if (q < ld->max_queues &&
		    h->profile < NET_DIM_PARAMS_NUM_PROFILES)
			ld->vec[q]->dim.profile_ix = h->profile;
	}
}

static bool lunic_put_settings(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_settings *s;

	s = lunic_ho_put(w, LUNIC_HO_SETTINGS, 0, sizeof(*s));
	if (!s)
		return false;
	s->flags = ld->cfg.rss_l3;
	if (ld->cfg.pause_forced)
		s->flags |= LUNIC_HO_SET_PAUSE_FORCED;
	s->rx_copybreak = ld->cfg.rx_copybreak;
	s->wol = ld->cfg.wol;
	return true;
}

static void lunic_take_settings(struct lunic_dev *ld,
				const struct lunic_ho_settings *s)
{
	if (!s)
		return;
	ld->cfg.rss_l3 = s->flags & LUNIC_RSS_ALL;
	if (!ld->chip->rss_udp)
		ld->cfg.rss_l3 &= ~(LUNIC_RSS_UDP4 | LUNIC_RSS_UDP6);
	ld->cfg.pause_forced = s->flags & LUNIC_HO_SET_PAUSE_FORCED;
	ld->cfg.rx_copybreak = min(s->rx_copybreak, LUNIC_COPYBREAK_MAX);
	if (s->wol && lunic_wol_set(ld, s->wol))
		dev_warn(&ld->pdev->dev, "live update: wake-on-LAN is off: the slot can't wake the system now\n");
}

static bool lunic_put_features(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	u64 active = lunic_features_to_ho(ld->netdev->features);
	u16 flags = active & LUNIC_HO_FEAT_ODD ? LUNIC_HO_F_MANDATORY : 0;
	struct lunic_ho_features *f;

	f = lunic_ho_put(w, LUNIC_HO_FEATURES, flags, sizeof(*f));
	if (!f)
		return false;
	f->known = lunic_features_to_ho(~(netdev_features_t)0);
	f->active = active;
	f->wanted = lunic_features_to_ho(ld->netdev->wanted_features);
	return true;
}

/* What the handover says of the features: which it knows, and which of these
 * are on, or wanted
 */
static netdev_features_t lunic_view_features(const struct lunic_ho_view *v,
					     netdev_features_t *known,
					     bool wanted)
{
	if (!v->features) {
		*known = lunic_features_from_ho(LUNIC_HO_FEAT_1_0);
		return lunic_features_from_ho(v->netdev->features) & *known;
	}
	*known = lunic_features_from_ho(v->features->known);
	return lunic_features_from_ho(wanted ? v->features->wanted :
					       v->features->active) & *known;
}

/* Before it is registered, the interface knows of what its driver offers */
static void lunic_take_features(struct lunic_dev *ld,
				const struct lunic_ho_view *v)
{
	struct net_device *netdev = ld->netdev;
	netdev_features_t known, active;

	active = lunic_view_features(v, &known, false);
	known &= netdev->hw_features;
	netdev->features &= ~known;
	netdev->features |= active & known;
}

/* Registering has added what the stack offers, with defaults of its own */
static void lunic_want_features(struct lunic_dev *ld,
				const struct lunic_ho_view *v)
{
	struct net_device *netdev = ld->netdev;
	netdev_features_t known, wanted;

	wanted = lunic_view_features(v, &known, true);
	known &= netdev->hw_features;
	netdev_lock(netdev);
	netdev->wanted_features &= ~known;
	netdev->wanted_features |= wanted & known;
	netdev_update_features(netdev);
	netdev_unlock(netdev);
}

static bool lunic_put_napi(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	const struct net_device *netdev = ld->netdev;
	struct lunic_ho_napi *n;
	u16 q;

	n = lunic_ho_put(w, LUNIC_HO_NAPI, 0, sizeof(*n));
	if (!n)
		return false;
	n->gro_flush_timeout = netdev->gro_flush_timeout;
	n->defer_hard_irqs = netdev->napi_defer_hard_irqs;
	n->threaded = netdev->threaded;
	for (q = 0; q < ld->max_queues; q++) {
		const struct napi_config *c = &netdev->napi_config[q];

		n->queue[q].gro_flush_timeout = c->gro_flush_timeout;
		n->queue[q].irq_suspend_timeout = c->irq_suspend_timeout;
		n->queue[q].defer_hard_irqs = c->defer_hard_irqs;
		n->queue[q].threaded = c->threaded;
	}
	return true;
}

static u8 lunic_napi_threaded(u32 threaded)
{
	return threaded <= NETDEV_NAPI_THREADED_BUSY_POLL ?
	       threaded : NETDEV_NAPI_THREADED_DISABLED;
}

/* The stack gives each NAPI what stands in its configuration when it is
 * enabled; nothing but this fills it before that
 */
static void lunic_take_napi(struct lunic_dev *ld, const struct lunic_ho_napi *n)
{
	struct net_device *netdev = ld->netdev;
	u16 q;

	if (!n)
		return;
	netdev->gro_flush_timeout = n->gro_flush_timeout;
	netdev->napi_defer_hard_irqs = min_t(u32, n->defer_hard_irqs, S32_MAX);
	netdev->threaded = lunic_napi_threaded(n->threaded);
	for (q = 0; q < ld->max_queues; q++) {
		const struct lunic_ho_queue_napi *h = &n->queue[q];
		struct napi_config *c = &netdev->napi_config[q];

		c->gro_flush_timeout = h->gro_flush_timeout;
		c->irq_suspend_timeout = h->irq_suspend_timeout;
		c->defer_hard_irqs = min_t(u32, h->defer_hard_irqs, S32_MAX);
		c->threaded = lunic_napi_threaded(h->threaded);
	}
}

/* What the stack has counted itself: all that it shows less the driver's, which
 * goes with the queues; of frames dropped on receive the driver's, too
 */
static void lunic_stack_stats(struct lunic_dev *ld, struct lunic_stack_stats *s)
{
	struct rtnl_link_stats64 all, own = {};

	dev_get_stats(ld->netdev, &all);
	lunic_get_stats64(ld->netdev, &own);
	*s = ld->past;
	s->rx_dropped = all.rx_dropped;
	s->tx_dropped += all.tx_dropped - own.tx_dropped;
	s->rx_nohandler += all.rx_nohandler - own.rx_nohandler;
	s->rx_otherhost_dropped += all.rx_otherhost_dropped -
				   own.rx_otherhost_dropped;
}

static bool lunic_put_counters(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct net_device *netdev = ld->netdev;
	struct lunic_stack_stats s;
	struct lunic_ho_counters *c;
	u16 q;

	c = lunic_ho_put(w, LUNIC_HO_COUNTERS, 0, sizeof(*c));
	if (!c)
		return false;
	lunic_stack_stats(ld, &s);
	c->rx_dropped = s.rx_dropped;
	c->tx_dropped = s.tx_dropped;
	c->rx_nohandler = s.rx_nohandler;
	c->rx_otherhost_dropped = s.rx_otherhost_dropped;
	c->carrier_up = atomic_read(&netdev->carrier_up_count);
	c->carrier_down = atomic_read(&netdev->carrier_down_count);
	for (q = 0; q < ld->max_queues; q++) {
		struct netdev_queue *txq = netdev_get_tx_queue(netdev, q);

		c->tx_timeouts[q] = atomic_long_read(&txq->trans_timeout);
	}
	return true;
}

static void lunic_take_counters(struct lunic_dev *ld,
				const struct lunic_ho_counters *c)
{
	u16 q;

	if (!c)
		return;
	ld->past.rx_dropped = c->rx_dropped;
	ld->past.tx_dropped = c->tx_dropped;
	ld->past.rx_nohandler = c->rx_nohandler;
	ld->past.rx_otherhost_dropped = c->rx_otherhost_dropped;
	for (q = 0; q < ld->max_queues; q++) {
		struct netdev_queue *txq = netdev_get_tx_queue(ld->netdev, q);

		atomic_long_set(&txq->trans_timeout, c->tx_timeouts[q]);
	}
}

static bool lunic_put_link(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	const struct net_device *netdev = ld->netdev;
	struct lunic_ho_link *l;

	l = lunic_ho_put(w, LUNIC_HO_LINK, 0, sizeof(*l));
	if (!l)
		return false;
	memcpy(l->perm_addr, netdev->perm_addr, sizeof(l->perm_addr));
	l->addr_assign_type = netdev->addr_assign_type;
	l->flags = (netdev->flags & LUNIC_IFF) |
		   (netdev->gflags & LUNIC_IFF_COUNT);
	l->tx_queue_len = netdev->tx_queue_len;
	l->group = netdev->group;
	l->gso_max_size = netdev->gso_max_size;
	l->gso_max_segs = netdev->gso_max_segs;
	l->gso_ipv4_max_size = netdev->gso_ipv4_max_size;
	l->gro_max_size = netdev->gro_max_size;
	l->gro_ipv4_max_size = netdev->gro_ipv4_max_size;
	return true;
}

static u32 lunic_gso_size(const struct net_device *netdev, u32 size)
{
	return clamp_t(u32, size, MAX_TCP_HEADER + 1, netdev->tso_max_size);
}

/* Within the limits that the stack has for those who set it */
static void lunic_take_link(struct lunic_dev *ld, const struct lunic_ho_link *l)
{
	struct net_device *netdev = ld->netdev;

	if (!l)
		return;
	if (l->addr_assign_type != NET_ADDR_PERM) {
		memcpy(netdev->perm_addr, l->perm_addr, sizeof(l->perm_addr));
		netdev->addr_assign_type = l->addr_assign_type;
	}
	netdev->tx_queue_len = min_t(u32, l->tx_queue_len, S32_MAX);
	netdev->group = l->group;
	netdev->gso_max_size = lunic_gso_size(netdev, l->gso_max_size);
	netdev->gso_max_segs = clamp_t(u32, l->gso_max_segs, 1,
				       netdev->tso_max_segs);
	netdev->gso_ipv4_max_size = lunic_gso_size(netdev,
						   l->gso_ipv4_max_size);
	netdev->gro_max_size = min(l->gro_max_size, GRO_MAX_SIZE);
	netdev->gro_ipv4_max_size = min(l->gro_ipv4_max_size, GRO_MAX_SIZE);
}

/* ABI 1.0 counts buffers that can't be had among the frames dropped */
static void lunic_take_old_drops(struct lunic_dev *ld)
{
	struct lunic_rx_stats s;
	u16 q;

	for (q = 0; q < ld->max_queues; q++) {
		lunic_rx_stats_get(ld, q, &s);
		ld->past.rx_dropped += s.alloc_fail;
	}
}

/* Queues beyond those in use may have counted something once */
static bool lunic_put_idle(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	struct lunic_ho_idle *h;
	u16 q;

	for (q = ld->rings.n; q < ld->max_queues; q++) {
		h = lunic_ho_put(w, LUNIC_HO_IDLE, 0, sizeof(*h));
		if (!h)
			return false;
		h->queue = q;
		lunic_rx_stats_get(ld, q, (struct lunic_rx_stats *)h->rx);
		lunic_tx_stats_get(ld, q, (struct lunic_tx_stats *)h->tx);
	}
	return true;
}

static void lunic_take_idle(struct lunic_dev *ld, const struct lunic_ho_view *v)
{
	u16 q;

	for (q = v->nr_rxq; q < LUNIC_MAX_QUEUES; q++) {
		if (!v->idle[q])
			continue;
		memcpy(&ld->stats[q].rx, v->idle[q]->rx,
		       sizeof(ld->stats[q].rx));
		lunic_tx_stats_set(ld, q, (const struct lunic_tx_stats *)
					  v->idle[q]->tx);
	}
}

static bool lunic_put_ptp(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	const struct lunic_ptp *ptp = &ld->ptp;
	struct lunic_ho_ptp *p;

	if (!ptp->timinca)
		return true;
	p = lunic_ho_put(w, LUNIC_HO_PTP, 0, sizeof(*p));
	if (!p)
		return false;
	p->cycles = ptp->tc.cycle_last;
	p->ns = ptp->tc.nsec;
	p->scaled_ppm = ptp->scaled_ppm;
	p->timinca = ptp->timinca;
	return true;
}

static void lunic_take_ptp(struct lunic_dev *ld, const struct lunic_ho_ptp *p)
{
	struct lunic_ptp_past past;

	if (!p)
		return;
	past.timinca = p->timinca;
	past.cycles = p->cycles;
	past.ns = p->ns;
	if (!lunic_ptp_inherit(ld, &past, p->scaled_ppm))
		dev_warn(&ld->pdev->dev, "live update: the clock is of another kind: it starts anew\n");
}

static bool lunic_put_tstamp(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	const struct lunic_tstamp *ts = &ld->tstamp;
	struct lunic_ho_tstamp *t;

	t = lunic_ho_put(w, LUNIC_HO_TSTAMP, 0, sizeof(*t));
	if (!t)
		return false;
	t->tx_type = ts->tx_type;
	t->rx_filter = ts->rx_filter;
	t->tx_stamped = ts->tx_stamped;
	t->tx_timeouts = ts->tx_timeouts;
	t->tx_skipped = ts->tx_skipped;
	return true;
}

static void lunic_take_tstamp(struct lunic_dev *ld,
			      const struct lunic_ho_tstamp *t)
{
	struct lunic_tstamp *ts = &ld->tstamp;

	if (!t)
		return;
	lunic_tstamp_inherit(ld, t->tx_type, t->rx_filter);
	ts->tx_stamped = t->tx_stamped;
	ts->tx_timeouts = t->tx_timeouts;
	ts->tx_skipped = t->tx_skipped;
}

/**
 * lunic_carry_put() - write all sections of this file
 * @ld: the device, standing still but for the receiver, its clock paused
 * @w: the body
 *
 * Return: false where the body is full.
 */
bool lunic_carry_put(struct lunic_dev *ld, struct lunic_ho_writer *w)
{
	return lunic_put_coalesce(ld, w) && lunic_put_settings(ld, w) &&
	       lunic_put_features(ld, w) && lunic_put_napi(ld, w) &&
	       lunic_put_counters(ld, w) && lunic_put_link(ld, w) &&
	       lunic_put_idle(ld, w) && lunic_put_ptp(ld, w) &&
	       lunic_put_tstamp(ld, w);
}

/**
 * lunic_carry_take_config() - what the rings depend on, too
 * @ld: the device, with the configuration of the sections that every handover
 *	has
 * @v: the handover, checked
 */
void lunic_carry_take_config(struct lunic_dev *ld,
			     const struct lunic_ho_view *v)
{
	netdev_features_t known;

	lunic_take_coalesce(ld, v->coalesce);
	lunic_take_settings(ld, v->settings);
	ld->cfg.rx_all = lunic_view_features(v, &known, false) & NETIF_F_RXALL;
}

/**
 * lunic_carry_take() - the rest, of an interface that is not registered yet
 * @ld: the device, its rings taken over
 * @v: the handover
 */
void lunic_carry_take(struct lunic_dev *ld, const struct lunic_ho_view *v)
{
	lunic_take_features(ld, v);
	lunic_take_napi(ld, v->napi);
	lunic_take_counters(ld, v->counters);
	lunic_take_link(ld, v->link);
	lunic_take_idle(ld, v);
	lunic_take_ptp(ld, v->ptp);
	lunic_take_tstamp(ld, v->tstamp);
	if (ld->lu.in->minor < 1) {
		lunic_take_old_drops(ld);
		dev_info(&ld->pdev->dev, "live update: from an older driver (ABI 1.0): intervals of queues, adaptive coalescing, rx-copybreak, hash fields, forced flow control, wake-on-LAN, NAPI settings, time stamping and clock have their defaults\n");
	}
}

static bool lunic_carry_view(struct lunic_dev *ld, struct lunic_ho_view *v)
{
	return ld->lu.in_body &&
	       !lunic_ho_parse(ld->lu.in, folio_address(ld->lu.in_body), v);
}

/**
 * lunic_carry_registered() - what only a registered interface takes
 * @ld: the device; nothing happens where it did not come in
 *
 * Context: rtnl held.
 */
void lunic_carry_registered(struct lunic_dev *ld)
{
	struct lunic_ho_view v;

	if (!lunic_carry_view(ld, &v))
		return;
	lunic_want_features(ld, &v);
	if (v.link)
		dev_change_flags(ld->netdev, v.link->flags, NULL);
}

/**
 * lunic_carry_link() - the link is known: what was counted of it before
 * @ld: the device; nothing happens where it did not come in
 */
void lunic_carry_link(struct lunic_dev *ld)
{
	struct lunic_ho_view v;

	if (!lunic_carry_view(ld, &v) || !v.counters)
		return;
	atomic_set(&ld->netdev->carrier_up_count, v.counters->carrier_up);
	atomic_set(&ld->netdev->carrier_down_count, v.counters->carrier_down);
}
