/* SPDX-License-Identifier: GPL-2.0 */
/* Writing and reading the handover: no hardware, no netdev, no allocation. */
#ifndef _LUNIC_HANDOVER_H
#define _LUNIC_HANDOVER_H

#include <linux/kho/abi/lunic.h>
#include <linux/types.h>

/* A body being written */
struct lunic_ho_writer {
	void *buf;
	u32 size;
	u32 len;
};

/* A body that was read; the pointers go into it */
struct lunic_ho_view {
	const struct lunic_ho_device *device;
	const struct lunic_ho_netdev *netdev;
	const struct lunic_ho_config *config;
	const struct lunic_ho_rss *rss;
	const struct lunic_ho_stats *stats;
	const struct lunic_ho_blackout *blackout;
	const struct lunic_ho_rxq *rxq[LUNIC_HO_MAX_QUEUES];
	const struct lunic_ho_txq *txq[LUNIC_HO_MAX_QUEUES];
	const struct lunic_ho_coalesce *coalesce;
	const struct lunic_ho_settings *settings;
	const struct lunic_ho_features *features;
	const struct lunic_ho_napi *napi;
	const struct lunic_ho_counters *counters;
	const struct lunic_ho_link *link;
	const struct lunic_ho_idle *idle[LUNIC_HO_MAX_QUEUES];
	const struct lunic_ho_ptp *ptp;
	const struct lunic_ho_tstamp *tstamp;
	const struct lunic_ho_phases *phases;
	const char *alias;
	u32 alias_len;
	u16 nr_rxq;
	u16 nr_txq;
};

void *lunic_ho_put(struct lunic_ho_writer *w, u16 type, u16 flags, u32 len);
void lunic_ho_seal(struct lunic_ho_root *root, u64 body_addr,
		   const struct lunic_ho_writer *w);
u32 lunic_ho_slots_crc(const struct lunic_ho_rxq *rxq, const u64 *slots);
u32 lunic_ho_chunks_crc(const struct lunic_ho_rxq *rxq, const u64 *chunks);
const char *lunic_ho_check_root(const struct lunic_ho_root *root, u64 size);
const char *lunic_ho_parse(const struct lunic_ho_root *root, const void *body,
			   struct lunic_ho_view *v);
const char *lunic_ho_check_tables(const struct lunic_ho_rxq *rxq,
				  const u64 *slots, const u64 *chunks);

#endif /* _LUNIC_HANDOVER_H */
