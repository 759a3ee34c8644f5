// SPDX-License-Identifier: GPL-2.0
/* Counters: the MAC's, the queues', and what shows them. */
#include <net/netdev_queues.h>

#include "lunic.h"

/* The MAC's counters clear when read and have 32 bits: a full link wraps the
 * byte counters' low halves after seconds, the others after minutes
 */
#define LUNIC_STATS_PERIOD	(2 * HZ)

struct lunic_hw_stat_desc {
	const char *name;
	u32 reg;	/* 0: counted by the driver */
	bool wide;	/* the upper half stands in the next register */
};

#define HW_STAT(id, label, _reg) \
	[LUNIC_STAT_##id] = { .name = label, .reg = _reg }
#define HW_STAT_WIDE(id, label, _reg) \
	[LUNIC_STAT_##id] = { .name = label, .reg = _reg, .wide = true }

static const struct lunic_hw_stat_desc lunic_hw_stat_descs[] = {
	HW_STAT(RX_CRC_ERRORS, "mac_rx_crc_errors", LUNIC_CRCERRS),
	HW_STAT(RX_ERRORS, "mac_rx_errors", LUNIC_RXERRC),
	HW_STAT(RX_MISSED, "mac_rx_missed", LUNIC_MPC),
	HW_STAT(RX_NO_BUFFER, "mac_rx_no_buffer", LUNIC_RNBC),
	HW_STAT(RX_LENGTH_ERRORS, "mac_rx_length_errors", LUNIC_RLEC),
	HW_STAT(RX_UNDERSIZE, "mac_rx_undersize", LUNIC_RUC),
	HW_STAT(RX_FRAGMENTS, "mac_rx_fragments", LUNIC_RFC),
	HW_STAT(RX_OVERSIZE, "mac_rx_oversize", LUNIC_ROC),
	HW_STAT(RX_JABBER, "mac_rx_jabber", LUNIC_RJC),
	HW_STAT(RX_PACKETS, "mac_rx_packets", LUNIC_GPRC),
	HW_STAT_WIDE(RX_BYTES, "mac_rx_bytes", LUNIC_GORCL),
	HW_STAT(RX_BROADCAST, "mac_rx_broadcast", LUNIC_BPRC),
	HW_STAT(RX_MULTICAST, "mac_rx_multicast", LUNIC_MPRC),
	HW_STAT(RX_XON, "mac_rx_xon", LUNIC_XONRXC),
	HW_STAT(RX_XOFF, "mac_rx_xoff", LUNIC_XOFFRXC),
	HW_STAT(RX_64, "mac_rx_64", LUNIC_PRC64),
	HW_STAT(RX_127, "mac_rx_65_127", LUNIC_PRC127),
	HW_STAT(RX_255, "mac_rx_128_255", LUNIC_PRC255),
	HW_STAT(RX_511, "mac_rx_256_511", LUNIC_PRC511),
	HW_STAT(RX_1023, "mac_rx_512_1023", LUNIC_PRC1023),
	HW_STAT(RX_1522, "mac_rx_1024_max", LUNIC_PRC1522),
	HW_STAT(TX_PACKETS, "mac_tx_packets", LUNIC_GPTC),
	HW_STAT_WIDE(TX_BYTES, "mac_tx_bytes", LUNIC_GOTCL),
	HW_STAT(TX_BROADCAST, "mac_tx_broadcast", LUNIC_BPTC),
	HW_STAT(TX_MULTICAST, "mac_tx_multicast", LUNIC_MPTC),
	HW_STAT(TX_XON, "mac_tx_xon", LUNIC_XONTXC),
	HW_STAT(TX_XOFF, "mac_tx_xoff", LUNIC_XOFFTXC),
	HW_STAT(TX_64, "mac_tx_64", LUNIC_PTC64),
	HW_STAT(TX_127, "mac_tx_65_127", LUNIC_PTC127),
	HW_STAT(TX_255, "mac_tx_128_255", LUNIC_PTC255),
	HW_STAT(TX_511, "mac_tx_256_511", LUNIC_PTC511),
	HW_STAT(TX_1023, "mac_tx_512_1023", LUNIC_PTC1023),
	HW_STAT(TX_1522, "mac_tx_1024_max", LUNIC_PTC1522),
	HW_STAT(TX_TSO, "mac_tx_tso", LUNIC_TSCTC),
	HW_STAT(COLLISIONS, "mac_collisions", LUNIC_COLC),
	HW_STAT(LATE_COLLISIONS, "mac_late_collisions", LUNIC_LATECOL),
	HW_STAT(LINK_DOWN, "link_down_events", 0),
	HW_STAT(RX_ALIGN_ERRORS, "mac_rx_align_errors", LUNIC_ALGNERRC),
	HW_STAT(RX_SYMBOL_ERRORS, "mac_rx_symbol_errors", LUNIC_SYMERRS),
	HW_STAT(RX_BAD_CONTROL, "mac_rx_bad_control", LUNIC_FCRUC),
	HW_STAT(SINGLE_COLLISIONS, "mac_single_collisions", LUNIC_SCC),
	HW_STAT(MULTIPLE_COLLISIONS, "mac_multiple_collisions", LUNIC_MCC),
	HW_STAT(EXCESS_COLLISIONS, "mac_excess_collisions", LUNIC_ECOL),
	HW_STAT(TX_DEFERRED, "mac_tx_deferred", LUNIC_DC),
	HW_STAT(TX_NO_CARRIER, "mac_tx_no_carrier", LUNIC_TNCRS),
};

static_assert(ARRAY_SIZE(lunic_hw_stat_descs) == LUNIC_NR_HW_STATS);

static const char * const lunic_queue_stat_names[] = {
	"rx_queue_%u_packets",
	"rx_queue_%u_bytes",
	"rx_queue_%u_alloc_fail",
	"rx_queue_%u_errors",
	"rx_queue_%u_csum_good",
	"rx_queue_%u_csum_bad",
	"rx_queue_%u_copied",
	"tx_queue_%u_packets",
	"tx_queue_%u_bytes",
	"tx_queue_%u_restarts",
	"tx_queue_%u_gso_packets",
	"tx_queue_%u_gso_bytes",
	"tx_queue_%u_dropped",
	"tx_queue_%u_gso_sends",
	"tx_queue_%u_stops",
};

#define LUNIC_LU_STATS	2

static_assert(sizeof(struct lunic_rx_stats) + sizeof(struct lunic_tx_stats) ==
	      ARRAY_SIZE(lunic_queue_stat_names) * sizeof(u64));

/**
 * lunic_stats_read() - add what the MAC has counted since the last time
 * @ld: the device
 *
 * Context: may sleep; the device is powered and not frozen.
 */
void lunic_stats_read(struct lunic_dev *ld)
{
	u16 i;

	mutex_lock(&ld->hw_stats_lock);
	for (i = 0; i < LUNIC_NR_HW_STATS; i++) {
		const struct lunic_hw_stat_desc *d = &lunic_hw_stat_descs[i];
		u64 val;

		if (!d->reg)
			continue;
		val = lunic_rd(ld, d->reg);
		if (d->wide)
			val |= (u64)lunic_rd(ld, d->reg + 4) << 32;
		/* All ones: the device is gone */
		if ((u32)val != U32_MAX)
			ld->hw_stats[i] += val;
	}
	mutex_unlock(&ld->hw_stats_lock);
}

void lunic_stats_work(struct work_struct *work)
{
	struct lunic_dev *ld = container_of(to_delayed_work(work),
					    struct lunic_dev, stats_work);

	lunic_stats_read(ld);
	lunic_health_check(ld);
	schedule_delayed_work(&ld->stats_work, LUNIC_STATS_PERIOD);
}

void lunic_stats_start(struct lunic_dev *ld)
{
	schedule_delayed_work(&ld->stats_work, LUNIC_STATS_PERIOD);
}

/* Takes a last reading */
void lunic_stats_stop(struct lunic_dev *ld)
{
	cancel_delayed_work_sync(&ld->stats_work);
	lunic_stats_read(ld);
}

/* With 64 bits nothing tells a reader to read again: each number has to come
 * whole
 */
static void lunic_stats_copy(void *to, const void *from, size_t size)
{
	const u64 *src = from;
	u64 *dst = to;
	size_t i;

	for (i = 0; i < size / sizeof(*src); i++)
		dst[i] = READ_ONCE(src[i]);
}

void lunic_rx_stats_get(struct lunic_dev *ld, u16 q, struct lunic_rx_stats *s)
{
	const struct lunic_queue_stats *qs = &ld->stats[q];
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&qs->rx_sync);
		lunic_stats_copy(s, &qs->rx, sizeof(*s));
	} while (u64_stats_fetch_retry(&qs->rx_sync, start));
}

void lunic_tx_stats_get(struct lunic_dev *ld, u16 q, struct lunic_tx_stats *s)
{
	const struct lunic_queue_stats *qs = &ld->stats[q];
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&qs->tx_sync);
		lunic_stats_copy(s, &qs->tx, sizeof(*s));
	} while (u64_stats_fetch_retry(&qs->tx_sync, start));
	do {
		start = u64_stats_fetch_begin(&qs->xmit_sync);
		s->dropped = READ_ONCE(qs->tx_dropped);
		s->stops = READ_ONCE(qs->tx_stops);
	} while (u64_stats_fetch_retry(&qs->xmit_sync, start));
}

/* Before anything is counted */
void lunic_tx_stats_set(struct lunic_dev *ld, u16 q,
			const struct lunic_tx_stats *s)
{
	struct lunic_queue_stats *qs = &ld->stats[q];

	qs->tx = *s;
	qs->tx_dropped = s->dropped;
	qs->tx_stops = s->stops;
}

static u64 lunic_rx_dropped(struct lunic_dev *ld, u16 q)
{
	const struct lunic_queue_stats *qs = &ld->stats[q];
	unsigned int start;
	u64 dropped;

	do {
		start = u64_stats_fetch_begin(&qs->rx_sync);
		dropped = qs->rx_dropped;
	} while (u64_stats_fetch_retry(&qs->rx_sync, start));
	return dropped;
}

/* No register is read here: an unprivileged reader must not slow the device */
void lunic_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *s)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const u64 *hw = ld->hw_stats;
	u16 q;

	for (q = 0; q < ld->max_queues; q++) {
		struct lunic_rx_stats rx;
		struct lunic_tx_stats tx;

		lunic_rx_stats_get(ld, q, &rx);
		lunic_tx_stats_get(ld, q, &tx);
		s->rx_packets += rx.packets;
		s->rx_bytes += rx.bytes;
		s->rx_dropped += lunic_rx_dropped(ld, q);
		s->rx_errors += rx.errors;
		s->tx_packets += tx.packets;
		s->tx_bytes += tx.bytes;
		s->tx_dropped += tx.dropped;
	}
	s->rx_dropped += ld->past.rx_dropped;
	s->tx_dropped += ld->past.tx_dropped;
	s->rx_nohandler = ld->past.rx_nohandler;
	s->rx_otherhost_dropped = ld->past.rx_otherhost_dropped;
	s->multicast = READ_ONCE(hw[LUNIC_STAT_RX_MULTICAST]);
	s->collisions = READ_ONCE(hw[LUNIC_STAT_COLLISIONS]);
	s->rx_crc_errors = READ_ONCE(hw[LUNIC_STAT_RX_CRC_ERRORS]);
	s->rx_length_errors = READ_ONCE(hw[LUNIC_STAT_RX_LENGTH_ERRORS]);
	s->rx_missed_errors = READ_ONCE(hw[LUNIC_STAT_RX_MISSED]);
	s->rx_errors += s->rx_crc_errors + s->rx_length_errors;
}

static void lunic_get_queue_stats_rx(struct net_device *netdev, int idx,
				     struct netdev_queue_stats_rx *s)
{
	struct lunic_rx_stats rx;

	lunic_rx_stats_get(lunic_from_netdev(netdev), idx, &rx);
	s->packets = rx.packets;
	s->bytes = rx.bytes;
	s->alloc_fail = rx.alloc_fail;
	s->csum_unnecessary = rx.csum_good;
	s->csum_bad = rx.csum_bad;
}

static void lunic_get_queue_stats_tx(struct net_device *netdev, int idx,
				     struct netdev_queue_stats_tx *s)
{
	struct lunic_tx_stats tx;

	lunic_tx_stats_get(lunic_from_netdev(netdev), idx, &tx);
	s->packets = tx.packets;
	s->bytes = tx.bytes;
	s->hw_gso_packets = tx.gso_sends;
	s->hw_gso_wire_packets = tx.gso_packets;
	s->hw_gso_wire_bytes = tx.gso_bytes;
	s->stop = tx.stops;
	s->wake = tx.restarts;
}

/* Queues that are not in use keep what they have counted */
static void lunic_get_base_stats(struct net_device *netdev,
				 struct netdev_queue_stats_rx *rx,
				 struct netdev_queue_stats_tx *tx)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 q;

	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
	rx->csum_unnecessary = 0;
	rx->csum_bad = 0;
	tx->packets = 0;
	tx->bytes = 0;
	tx->hw_gso_packets = 0;
	tx->hw_gso_wire_packets = 0;
	tx->hw_gso_wire_bytes = 0;
	tx->stop = 0;
	tx->wake = 0;

	for (q = netdev->real_num_rx_queues; q < ld->max_queues; q++) {
		struct netdev_queue_stats_rx r;
		struct netdev_queue_stats_tx t;

		lunic_get_queue_stats_rx(netdev, q, &r);
		lunic_get_queue_stats_tx(netdev, q, &t);
		rx->packets += r.packets;
		rx->bytes += r.bytes;
		rx->alloc_fail += r.alloc_fail;
		rx->csum_unnecessary += r.csum_unnecessary;
		rx->csum_bad += r.csum_bad;
		tx->packets += t.packets;
		tx->bytes += t.bytes;
		tx->hw_gso_packets += t.hw_gso_packets;
		tx->hw_gso_wire_packets += t.hw_gso_wire_packets;
		tx->hw_gso_wire_bytes += t.hw_gso_wire_bytes;
		tx->stop += t.stop;
		tx->wake += t.wake;
	}
}

const struct netdev_stat_ops lunic_stat_ops = {
	.get_queue_stats_rx	= lunic_get_queue_stats_rx,
	.get_queue_stats_tx	= lunic_get_queue_stats_tx,
	.get_base_stats		= lunic_get_base_stats,
};

int lunic_stats_count(struct lunic_dev *ld)
{
	return LUNIC_NR_HW_STATS + LUNIC_LU_STATS +
	       ld->max_queues * ARRAY_SIZE(lunic_queue_stat_names);
}

void lunic_stats_strings(struct lunic_dev *ld, u8 **data)
{
	u16 i, q;

	for (i = 0; i < LUNIC_NR_HW_STATS; i++)
		ethtool_puts(data, lunic_hw_stat_descs[i].name);
	ethtool_puts(data, "live_updates");
	ethtool_puts(data, "live_update_caught");
	for (q = 0; q < ld->max_queues; q++)
		for (i = 0; i < ARRAY_SIZE(lunic_queue_stat_names); i++)
			ethtool_sprintf(data, lunic_queue_stat_names[i], q);
}

/* In the order of lunic_stats_strings() */
void lunic_stats_values(struct lunic_dev *ld, u64 *data)
{
	u16 q;

	mutex_lock(&ld->hw_stats_lock);
	memcpy(data, ld->hw_stats, sizeof(ld->hw_stats));
	mutex_unlock(&ld->hw_stats_lock);
	data += LUNIC_NR_HW_STATS;
	*data++ = ld->lu.updates;
	*data++ = ld->lu.caught;

	for (q = 0; q < ld->max_queues; q++) {
		struct lunic_rx_stats *rx = (struct lunic_rx_stats *)data;
		struct lunic_tx_stats *tx = (struct lunic_tx_stats *)(rx + 1);

		lunic_rx_stats_get(ld, q, rx);
		lunic_tx_stats_get(ld, q, tx);
		data = (u64 *)(tx + 1);
	}
}
