/* SPDX-License-Identifier: GPL-2.0 */
/* The device's clock, and time stamps of packets. */
#ifndef _LUNIC_PTP_H
#define _LUNIC_PTP_H

#include <linux/net_tstamp.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timecounter.h>
#include <linux/workqueue.h>

struct lunic_dev;

/**
 * struct lunic_ptp_past - a clock that a previous kernel has handed over
 * @timinca: what made its counter count; 0: there was none
 * @cycles: what the counter said ...
 * @ns: ... at this time
 */
struct lunic_ptp_past {
	u32 timinca;
	u64 cycles;
	u64 ns;
};

/**
 * struct lunic_ptp - the clock
 * @lock: guards all that follows, and the registers of clock and stamps
 * @live: these registers may be touched
 * @timinca: what makes the counter count nanoseconds; 0: there is no clock
 * @cc: the counter
 * @tc: the time made of it
 * @scaled_ppm: its frequency adjustment, as the PTP core has it
 * @noted_time: what time it was lately, and when it was last @live ...
 * @noted_boot: ... and the system's time then
 * @past: where the previous kernel's clock stood, before this one's starts
 * @info: what the PTP core calls
 * @clock: what it knows the clock by
 */
struct lunic_ptp {
	spinlock_t lock;	/* all that follows, and the registers */
	bool live;
	u32 timinca;
	struct cyclecounter cc;
	struct timecounter tc;
	long scaled_ppm;
	u64 noted_time;
	u64 noted_boot;
	struct lunic_ptp_past past;
	struct ptp_clock_info info;
	struct ptp_clock *clock;
};

/**
 * struct lunic_tstamp - time stamps of packets; under the clock's lock
 * @tx_type: enum hwtstamp_tx_types
 * @rx_filter: enum hwtstamp_rx_filters
 * @skb: the packet whose TX stamp is awaited; the device has room for one
 * @deadline: until when, in jiffies
 * @work: waits for it
 * @rx_held: the last look found an RX stamp that nobody had fetched
 * @tx_stamped: packets that got their TX stamp
 * @tx_timeouts: packets whose TX stamp never came
 * @tx_skipped: packets that wanted one while another was awaited
 */
struct lunic_tstamp {
	int tx_type;
	int rx_filter;
	struct sk_buff *skb;
	unsigned long deadline;
	struct delayed_work work;
	bool rx_held;
	u64 tx_stamped;
	u64 tx_timeouts;
	u64 tx_skipped;
};

/* lunic_ptp.c */
int lunic_ptp_init(struct lunic_dev *ld);
void lunic_ptp_exit(struct lunic_dev *ld);
void lunic_ptp_pause(struct lunic_dev *ld);
void lunic_ptp_run(struct lunic_dev *ld);
void lunic_ptp_unpause(struct lunic_dev *ld);
u64 lunic_ptp_counter(struct lunic_dev *ld);
bool lunic_ptp_inherit(struct lunic_dev *ld, const struct lunic_ptp_past *past,
		       s64 scaled_ppm);

/* lunic_tstamp.c */
struct ethtool_ts_stats;
struct kernel_ethtool_ts_info;

void lunic_tstamp_init(struct lunic_dev *ld);
void lunic_tstamp_apply(struct lunic_dev *ld);
void lunic_tstamp_inherit(struct lunic_dev *ld, u32 tx_type, u32 rx_filter);
void lunic_tstamp_check(struct lunic_dev *ld);
void lunic_tstamp_rx(struct lunic_dev *ld, struct sk_buff *skb);
bool lunic_tstamp_tx(struct lunic_dev *ld, struct sk_buff *skb);
void lunic_tstamp_tx_undo(struct lunic_dev *ld, const struct sk_buff *skb);
void lunic_tstamp_flush(struct lunic_dev *ld);
int lunic_hwtstamp_get(struct net_device *netdev,
		       struct kernel_hwtstamp_config *cfg);
int lunic_hwtstamp_set(struct net_device *netdev,
		       struct kernel_hwtstamp_config *cfg,
		       struct netlink_ext_ack *extack);
int lunic_get_ts_info(struct net_device *netdev,
		      struct kernel_ethtool_ts_info *info);
void lunic_get_ts_stats(struct net_device *netdev,
			struct ethtool_ts_stats *stats);

#endif /* _LUNIC_PTP_H */
