// SPDX-License-Identifier: GPL-2.0
/* Time stamps of packets that the device takes: on, off, fetched, counted. */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_lu.h"

/* Longer than the stack waits for a queue that stands still */
#define LUNIC_TX_STAMP_TIMEOUT	(6 * HZ)
/* A stamp comes at once; only behind a full ring it takes longer */
#define LUNIC_TX_STAMP_LOOKS	20
#define LUNIC_TX_STAMP_PAUSE_US	50

/* The device goes on to the next packet when both have been read; silicon
 * looks at the first, QEMU at the second.
 */
static u64 lunic_tstamp_rx_fetch(struct lunic_dev *ld)
{
	u64 cycles = lunic_rd(ld, LUNIC_RXSTMPL);

	cycles |= (u64)lunic_rd(ld, LUNIC_RXSTMPH) << 32;
	lunic_rd(ld, LUNIC_RXSATRH);
	return cycles;
}

static u64 lunic_tstamp_tx_fetch(struct lunic_dev *ld)
{
	u64 cycles = lunic_rd(ld, LUNIC_TXSTMPL);

	return cycles | (u64)lunic_rd(ld, LUNIC_TXSTMPH) << 32;
}

static u32 lunic_tstamp_type(int filter)
{
	switch (filter) {
	case HWTSTAMP_FILTER_PTP_V1_L4_SYNC:
	case HWTSTAMP_FILTER_PTP_V1_L4_DELAY_REQ:
		return LUNIC_TSYNCRX_L4_V1;
	default:
		return LUNIC_TSYNCRX_EVENT_V2;
	}
}

/**
 * lunic_tstamp_apply() - bring the device in line with what is set
 * @ld: the device
 *
 * Context: the clock's lock held, the clock live.
 */
void lunic_tstamp_apply(struct lunic_dev *ld)
{
	const struct lunic_tstamp *ts = &ld->tstamp;
	bool rx = ts->rx_filter != HWTSTAMP_FILTER_NONE;
	u32 ctl = 0;

	if (rx)
		ctl = LUNIC_TSYNC_ENABLED |
		      FIELD_PREP(LUNIC_TSYNCRX_TYPE,
				 lunic_tstamp_type(ts->rx_filter));
	/* What is right already, as on a device that was handed over, stays */
	if ((lunic_rd(ld, LUNIC_TSYNCRXCTL) & ~LUNIC_TSYNC_VALID) != ctl) {
		ld->chip->set_ptp_match(ld, ts->rx_filter);
		lunic_wr(ld, LUNIC_TSYNCRXCTL, ctl);
		/* One that was taken before is nobody's */
		lunic_tstamp_rx_fetch(ld);
	}
	ctl = ts->tx_type == HWTSTAMP_TX_ON ? LUNIC_TSYNC_ENABLED : 0;
	if ((lunic_rd(ld, LUNIC_TSYNCTXCTL) & ~LUNIC_TSYNC_VALID) != ctl)
		lunic_wr(ld, LUNIC_TSYNCTXCTL, ctl);
	WRITE_ONCE(ld->rx_tstamp, rx ? ld->chip->rxd_tstamp : 0);
}

/**
 * lunic_tstamp_check() - let go of an RX stamp that nobody fetches
 * @ld: the device
 *
 * Its packet was dropped; while it is there no other packet gets one.
 *
 * Context: the clock's lock held, the clock live; every few seconds.
 */
void lunic_tstamp_check(struct lunic_dev *ld)
{
	struct lunic_tstamp *ts = &ld->tstamp;
	bool held = ts->rx_filter != HWTSTAMP_FILTER_NONE &&
		    lunic_rd(ld, LUNIC_TSYNCRXCTL) & LUNIC_TSYNC_VALID;

	if (held && ts->rx_held) {
		lunic_tstamp_rx_fetch(ld);
		held = false;
	}
	ts->rx_held = held;
}

/**
 * lunic_tstamp_rx() - give a packet the stamp that the device took of it
 * @ld: the device
 * @skb: the packet; its descriptor says that there is a stamp
 */
void lunic_tstamp_rx(struct lunic_dev *ld, struct sk_buff *skb)
{
	struct lunic_ptp *ptp = &ld->ptp;
	unsigned long flags;
	u64 ns;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live &&
	    lunic_rd(ld, LUNIC_TSYNCRXCTL) & LUNIC_TSYNC_VALID) {
		ns = timecounter_cyc2time(&ptp->tc, lunic_tstamp_rx_fetch(ld));
		skb_hwtstamps(skb)->hwtstamp = ns_to_ktime(ns);
		ld->tstamp.rx_held = false;
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
}

/**
 * lunic_tstamp_tx() - ask for a packet's stamp, if that can be had
 * @ld: the device
 * @skb: the packet, about to be put into a ring
 *
 * Return: true where its descriptors must ask for it.
 */
bool lunic_tstamp_tx(struct lunic_dev *ld, struct sk_buff *skb)
{
	struct lunic_tstamp *ts = &ld->tstamp;
	unsigned long flags;
	bool take = false;

	spin_lock_irqsave(&ld->ptp.lock, flags);
	if (!ld->ptp.live || ts->tx_type != HWTSTAMP_TX_ON)
		goto unlock;
	if (ts->skb) {
		ts->tx_skipped++;
		goto unlock;
	}
	/* One that came too late for its packet is not this one's */
	if (lunic_rd(ld, LUNIC_TSYNCTXCTL) & LUNIC_TSYNC_VALID)
		lunic_tstamp_tx_fetch(ld);
	skb_shinfo(skb)->tx_flags |= SKBTX_IN_PROGRESS;
	ts->skb = skb_get(skb);
	ts->deadline = jiffies + LUNIC_TX_STAMP_TIMEOUT;
	take = true;
unlock:
	spin_unlock_irqrestore(&ld->ptp.lock, flags);
	if (take)
		schedule_delayed_work(&ts->work, 0);
	return take;
}

/* The awaited packet, if it is @skb or @skb is NULL: the caller's now */
static struct sk_buff *lunic_tstamp_give_up(struct lunic_dev *ld,
					    const struct sk_buff *skb)
{
	struct lunic_tstamp *ts = &ld->tstamp;
	struct sk_buff *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&ld->ptp.lock, flags);
	if (!skb || ts->skb == skb)
		swap(found, ts->skb);
	if (found && !skb)
		ts->tx_timeouts++;
	spin_unlock_irqrestore(&ld->ptp.lock, flags);
	return found;
}

/* The packet is not sent after all */
void lunic_tstamp_tx_undo(struct lunic_dev *ld, const struct sk_buff *skb)
{
	dev_kfree_skb_any(lunic_tstamp_give_up(ld, skb));
}

/* False while there is none */
static bool lunic_tstamp_tx_done(struct lunic_dev *ld)
{
	struct skb_shared_hwtstamps stamp = {};
	struct lunic_tstamp *ts = &ld->tstamp;
	struct sk_buff *skb = NULL;
	unsigned long flags;
	bool waiting;
	u64 ns;

	spin_lock_irqsave(&ld->ptp.lock, flags);
	if (ts->skb && ld->ptp.live &&
	    lunic_rd(ld, LUNIC_TSYNCTXCTL) & LUNIC_TSYNC_VALID) {
		ns = timecounter_cyc2time(&ld->ptp.tc,
					  lunic_tstamp_tx_fetch(ld));
		stamp.hwtstamp = ns_to_ktime(ns);
		swap(skb, ts->skb);
		ts->tx_stamped++;
	}
	waiting = ts->skb;
	spin_unlock_irqrestore(&ld->ptp.lock, flags);

	if (skb) {
		skb_tstamp_tx(skb, &stamp);
		dev_consume_skb_any(skb);
	}
	return !waiting;
}

static void lunic_tstamp_work(struct work_struct *work)
{
	struct lunic_dev *ld = container_of(work, struct lunic_dev,
					    tstamp.work.work);
	int left = LUNIC_TX_STAMP_LOOKS;

	while (left--) {
		if (lunic_tstamp_tx_done(ld))
			return;
		usleep_range(LUNIC_TX_STAMP_PAUSE_US,
			     2 * LUNIC_TX_STAMP_PAUSE_US);
	}
	if (time_after(jiffies, READ_ONCE(ld->tstamp.deadline)))
		dev_kfree_skb_any(lunic_tstamp_give_up(ld, NULL));
	else
		schedule_delayed_work(&ld->tstamp.work, 1);
}

void lunic_tstamp_init(struct lunic_dev *ld)
{
	spin_lock_init(&ld->ptp.lock);
	INIT_DELAYED_WORK(&ld->tstamp.work, lunic_tstamp_work);
}

/**
 * lunic_tstamp_inherit() - stamp as a previous kernel did
 * @ld: the device, its clock not running
 * @tx_type: HWTSTAMP_TX_*
 * @rx_filter: HWTSTAMP_FILTER_*
 *
 * What the device hasn't is off.
 */
void lunic_tstamp_inherit(struct lunic_dev *ld, u32 tx_type, u32 rx_filter)
{
	if (tx_type == HWTSTAMP_TX_ON)
		ld->tstamp.tx_type = tx_type;
	if (rx_filter < BITS_PER_TYPE(ld->chip->rx_filters) &&
	    ld->chip->rx_filters & BIT(rx_filter))
		ld->tstamp.rx_filter = rx_filter;
}

/**
 * lunic_tstamp_flush() - no stamp of a packet sent before comes any more
 * @ld: the device, not sending
 *
 * Context: may sleep.
 */
void lunic_tstamp_flush(struct lunic_dev *ld)
{
	cancel_delayed_work_sync(&ld->tstamp.work);
	if (!lunic_tstamp_tx_done(ld))
		dev_kfree_skb_any(lunic_tstamp_give_up(ld, NULL));
}

int lunic_hwtstamp_get(struct net_device *netdev,
		       struct kernel_hwtstamp_config *cfg)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	if (!ld->ptp.clock)
		return -EOPNOTSUPP;
	cfg->tx_type = ld->tstamp.tx_type;
	cfg->rx_filter = ld->tstamp.rx_filter;
	return 0;
}

/* The narrowest filter of the device that lets through what is asked for. It
 * tells the messages of version 1 apart, not those of version 2.
 */
static int lunic_tstamp_widen(const struct lunic_chip *chip, int filter)
{
	switch (filter) {
	case HWTSTAMP_FILTER_PTP_V2_L4_EVENT:
	case HWTSTAMP_FILTER_PTP_V2_L4_SYNC:
	case HWTSTAMP_FILTER_PTP_V2_L4_DELAY_REQ:
	case HWTSTAMP_FILTER_PTP_V2_L2_EVENT:
	case HWTSTAMP_FILTER_PTP_V2_L2_SYNC:
	case HWTSTAMP_FILTER_PTP_V2_L2_DELAY_REQ:
	case HWTSTAMP_FILTER_PTP_V2_EVENT:
	case HWTSTAMP_FILTER_PTP_V2_SYNC:
	case HWTSTAMP_FILTER_PTP_V2_DELAY_REQ:
		filter = HWTSTAMP_FILTER_PTP_V2_EVENT;
		break;
	}
	return chip->rx_filters & BIT(filter) ? filter : -ERANGE;
}

int lunic_hwtstamp_set(struct net_device *netdev,
		       struct kernel_hwtstamp_config *cfg,
		       struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_tstamp *ts = &ld->tstamp;
	unsigned long flags;
	int filter;

	if (!ld->ptp.clock)
		return -EOPNOTSUPP;
	if (cfg->tx_type != HWTSTAMP_TX_OFF && cfg->tx_type != HWTSTAMP_TX_ON) {
		NL_SET_ERR_MSG(extack, "the device has no one-step TX time stamps; take off or on");
		return -ERANGE;
	}
	filter = lunic_tstamp_widen(ld->chip, cfg->rx_filter);
	if (filter < 0) {
		NL_SET_ERR_MSG(extack, "ethtool -T lists the packets that the device can stamp");
		return filter;
	}
	if (lunic_lu_config_locked(ld, extack))
		return -EBUSY;

	spin_lock_irqsave(&ld->ptp.lock, flags);
	ts->tx_type = cfg->tx_type;
	ts->rx_filter = filter;
	if (ld->ptp.live)
		lunic_tstamp_apply(ld);
	spin_unlock_irqrestore(&ld->ptp.lock, flags);
	cfg->rx_filter = filter;
	return 0;
}

int lunic_get_ts_info(struct net_device *netdev,
		      struct kernel_ethtool_ts_info *info)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	ethtool_op_get_ts_info(netdev, info);
	if (!ld->ptp.clock)
		return 0;

	info->phc_index = ptp_clock_index(ld->ptp.clock);
	info->so_timestamping |= SOF_TIMESTAMPING_TX_HARDWARE |
				 SOF_TIMESTAMPING_RX_HARDWARE |
				 SOF_TIMESTAMPING_RAW_HARDWARE;
	info->tx_types = BIT(HWTSTAMP_TX_OFF) | BIT(HWTSTAMP_TX_ON);
	info->rx_filters = ld->chip->rx_filters;
	return 0;
}

void lunic_get_ts_stats(struct net_device *netdev,
			struct ethtool_ts_stats *stats)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const struct lunic_tstamp *ts = &ld->tstamp;
	unsigned long flags;

	spin_lock_irqsave(&ld->ptp.lock, flags);
	stats->pkts = ts->tx_stamped;
	stats->lost = ts->tx_timeouts;
	stats->err = ts->tx_skipped;
	spin_unlock_irqrestore(&ld->ptp.lock, flags);
}
