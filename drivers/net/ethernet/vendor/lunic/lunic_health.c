// SPDX-License-Identifier: GPL-2.0
/* Health reporters: what is wrong with TX, RX, the hardware or a live update,
 * and the way out of it.
 */
#include <net/netdev_lock.h>

#include "lunic_devlink.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

/* Descriptors of a ring that a dump shows, from the oldest on */
#define LUNIC_DUMP_DESC		32

const char * const lunic_lu_states[] = {
	[LUNIC_LU_IDLE]		= "idle",
	[LUNIC_LU_PRESERVED]	= "preserved",
	[LUNIC_LU_FROZEN]	= "frozen",
	[LUNIC_LU_ADOPTED]	= "adopted",
	[LUNIC_LU_REFUSED]	= "refused",
};

static const char * const lunic_health_msgs[] = {
	[LUNIC_HEALTH_TX]	  = "TX timeout",
	[LUNIC_HEALTH_RX]	  = "a receive ring has no buffers",
	[LUNIC_HEALTH_HW]	  = "the hardware does not answer",
	[LUNIC_HEALTH_LIVEUPDATE] = "the handover was refused, or the link lost",
};

static struct lunic_dev *
lunic_from_reporter(struct devlink_health_reporter *reporter)
{
	return devlink_health_reporter_priv(reporter);
}

static void lunic_put_desc(struct devlink_fmsg *fmsg, const void *ring,
			   u32 clean, u32 use, u32 count)
{
	const u32 len = sizeof(union lunic_rx_desc);
	u32 n = min(lunic_ring_used(clean, use, count), LUNIC_DUMP_DESC);
	u32 first = min(n, count - clean);

	devlink_fmsg_u32_pair_put(fmsg, "first_descriptor", clean);
	devlink_fmsg_binary_pair_put(fmsg, "descriptors", ring + clean * len,
				     first * len);
	devlink_fmsg_binary_pair_put(fmsg, "wrapped", ring, (n - first) * len);
}

static void lunic_tx_show(struct lunic_dev *ld, struct devlink_fmsg *fmsg,
			  u16 q, bool dump)
{
	const struct lunic_tx_ring *tx = ld->rings.tx[q];
	struct netdev_queue *txq = netdev_get_tx_queue(ld->netdev, q);
	u32 clean = READ_ONCE(tx->clean), use = READ_ONCE(tx->use);

	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "queue", q);
	devlink_fmsg_u32_pair_put(fmsg, "in_use",
				  lunic_ring_used(clean, use, tx->count));
	devlink_fmsg_u32_pair_put(fmsg, "limit", READ_ONCE(tx->limit));
	devlink_fmsg_u32_pair_put(fmsg, "next_to_clean", clean);
	devlink_fmsg_u32_pair_put(fmsg, "next_to_use", use);
	devlink_fmsg_bool_pair_put(fmsg, "stopped",
				   netif_tx_queue_stopped(txq));
	if (dump)
		lunic_put_desc(fmsg, tx->desc, clean, use, tx->count);
	devlink_fmsg_obj_nest_end(fmsg);
}

static void lunic_rx_show(struct lunic_dev *ld, struct devlink_fmsg *fmsg,
			  u16 q, bool dump)
{
	const struct lunic_rx_ring *rx = ld->rings.rx[q];
	u32 clean = READ_ONCE(rx->clean), use = READ_ONCE(rx->use);
	struct lunic_rx_stats stats;

	lunic_rx_stats_get(ld, q, &stats);
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "queue", q);
	devlink_fmsg_u32_pair_put(fmsg, "posted",
				  lunic_ring_used(clean, use, rx->count));
	devlink_fmsg_u32_pair_put(fmsg, "fill", READ_ONCE(rx->fill));
	devlink_fmsg_u32_pair_put(fmsg, "next_to_clean", clean);
	devlink_fmsg_u32_pair_put(fmsg, "next_to_use", use);
	devlink_fmsg_u64_pair_put(fmsg, "alloc_fail", stats.alloc_fail);
	devlink_fmsg_u64_pair_put(fmsg, "errors", stats.errors);
	devlink_fmsg_bool_pair_put(fmsg, "armed", rx->armed);
	if (dump)
		lunic_put_desc(fmsg, rx->desc, clean, use, rx->count);
	devlink_fmsg_obj_nest_end(fmsg);
}

static int lunic_queues_show(struct devlink_health_reporter *reporter,
			     struct devlink_fmsg *fmsg, bool dump,
			     void (*show)(struct lunic_dev *ld,
					  struct devlink_fmsg *fmsg, u16 q,
					  bool dump))
{
	struct lunic_dev *ld = lunic_from_reporter(reporter);
	u16 q;

	netdev_lock(ld->netdev);
	devlink_fmsg_bool_pair_put(fmsg, "up", ld->up);
	devlink_fmsg_arr_pair_nest_start(fmsg, "queues");
	for (q = 0; ld->up && q < ld->rings.n; q++)
		show(ld, fmsg, q, dump);
	devlink_fmsg_arr_pair_nest_end(fmsg);
	netdev_unlock(ld->netdev);
	return 0;
}

static int lunic_tx_diagnose(struct devlink_health_reporter *reporter,
			     struct devlink_fmsg *fmsg,
			     struct netlink_ext_ack *extack)
{
	return lunic_queues_show(reporter, fmsg, false, lunic_tx_show);
}

static int lunic_tx_dump(struct devlink_health_reporter *reporter,
			 struct devlink_fmsg *fmsg, void *priv_ctx,
			 struct netlink_ext_ack *extack)
{
	return lunic_queues_show(reporter, fmsg, true, lunic_tx_show);
}

static int lunic_rx_diagnose(struct devlink_health_reporter *reporter,
			     struct devlink_fmsg *fmsg,
			     struct netlink_ext_ack *extack)
{
	return lunic_queues_show(reporter, fmsg, false, lunic_rx_show);
}

static int lunic_rx_dump(struct devlink_health_reporter *reporter,
			 struct devlink_fmsg *fmsg, void *priv_ctx,
			 struct netlink_ext_ack *extack)
{
	return lunic_queues_show(reporter, fmsg, true, lunic_rx_show);
}

static int lunic_hw_diagnose(struct devlink_health_reporter *reporter,
			     struct devlink_fmsg *fmsg,
			     struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_reporter(reporter);
	bool touch;
	int err;

	err = lunic_devlink_lock(ld);
	if (err)
		return err;
	touch = !ld->dead && ld->lu.state != LUNIC_LU_FROZEN;
	devlink_fmsg_string_pair_put(fmsg, "chip", ld->chip->name);
	devlink_fmsg_bool_pair_put(fmsg, "up", ld->up);
	devlink_fmsg_bool_pair_put(fmsg, "gone", ld->dead ||
				   !pci_device_is_present(ld->pdev));
	devlink_fmsg_bool_pair_put(fmsg, "link", ld->link_up);
	if (touch)
		devlink_fmsg_u32_pair_put(fmsg, "status",
					  lunic_rd(ld, LUNIC_STATUS));
	lunic_devlink_unlock(ld);
	return 0;
}

/* The same pairs as ethtool -d, with the offsets as names */
static int lunic_hw_dump(struct devlink_health_reporter *reporter,
			 struct devlink_fmsg *fmsg, void *priv_ctx,
			 struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_reporter(reporter);
	u32 size, *regs, i;
	char name[12];
	int err;

	size = lunic_registers_size(ld);
	regs = kvzalloc(size, GFP_KERNEL);
	if (!regs)
		return -ENOMEM;
	err = lunic_devlink_lock(ld);
	if (!err) {
		err = lunic_registers_fill(ld, (u8 *)regs, extack);
		lunic_devlink_unlock(ld);
	}
	for (i = 0; !err && i < size / sizeof(u32); i += 2) {
		snprintf(name, sizeof(name), "0x%05x", regs[i]);
		devlink_fmsg_u32_pair_put(fmsg, name, regs[i + 1]);
	}
	kvfree(regs);
	return err;
}

/* Of the last update; lunicctl report has all of it */
static void lunic_put_last(struct devlink_fmsg *fmsg,
			   const struct lunic_course *c)
{
	static const char * const outcomes[] = {
		[LUNIC_OUTCOME_NONE]	= "none",
		[LUNIC_OUTCOME_ADOPTED]	= "adopted",
		[LUNIC_OUTCOME_REFUSED]	= "refused",
	};
	u64 gap = c->at[LUNIC_PHASE_FREEZE] + c->start +
		  c->at[LUNIC_PHASE_DELIVERED];

	devlink_fmsg_string_pair_put(fmsg, "last_outcome",
				     outcomes[c->outcome]);
	if (c->from[0])
		devlink_fmsg_string_pair_put(fmsg, "last_from", c->from);
	if (!(c->phases & BIT(LUNIC_PHASE_DELIVERED)))
		return;
	if (c->flags & LUNIC_REPORT_F_GAP)
		devlink_fmsg_u64_pair_put(fmsg, "last_gap_us",
					  div_u64(gap, NSEC_PER_USEC));
	devlink_fmsg_u64_pair_put(fmsg, "last_missed",
				  c->missed + c->queue_drops);
	devlink_fmsg_u64_pair_put(fmsg, "last_link_downs", c->link_downs);
	devlink_fmsg_bool_pair_put(fmsg, "last_overrun",
				   c->flags & LUNIC_REPORT_F_OVERRUN);
}

static int lunic_lu_diagnose(struct devlink_health_reporter *reporter,
			     struct devlink_fmsg *fmsg,
			     struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_reporter(reporter);
	const struct lunic_lu *lu = &ld->lu;
	int err;

	err = lunic_devlink_lock(ld);
	if (err)
		return err;
	devlink_fmsg_string_pair_put(fmsg, "state", lunic_lu_states[lu->state]);
	devlink_fmsg_string_pair_put(fmsg, "blocker", lunic_lu_why_not(ld));
	devlink_fmsg_string_pair_put(fmsg, "last_refusal",
				     lu->refusal ?: "none");
	devlink_fmsg_string_pair_put(fmsg, "last_harm", lu->harm ?: "none");
	devlink_fmsg_u64_pair_put(fmsg, "updates", lu->updates);
	devlink_fmsg_u64_pair_put(fmsg, "caught", lu->caught);
	devlink_fmsg_u32_pair_put(fmsg, "preserved_blocks",
				  lu->preserved_blocks);
	devlink_fmsg_u64_pair_put(fmsg, "preserved_bytes", lu->preserved_bytes);
	devlink_fmsg_bool_pair_put(fmsg, "parked", lu->parked);
	devlink_fmsg_bool_pair_put(fmsg, "tx_stuck", lu->hung);
	lunic_put_last(fmsg, &lu->last);
	lunic_devlink_unlock(ld);
	return 0;
}

static int lunic_lu_dump(struct devlink_health_reporter *reporter,
			 struct devlink_fmsg *fmsg, void *priv_ctx,
			 struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_reporter(reporter);
	u8 *data;
	int err;

	data = kvzalloc(lunic_handover_size(), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	netdev_lock(ld->netdev);
	err = lunic_handover_copy(ld, data, extack);
	netdev_unlock(ld->netdev);
	if (!err)
		devlink_fmsg_binary_pair_put(fmsg, "handover", data,
					     lunic_handover_size());
	kvfree(data);
	return err;
}

static int lunic_full_recover(struct devlink_health_reporter *reporter,
			      void *priv_ctx, struct netlink_ext_ack *extack)
{
	return lunic_recover(lunic_from_reporter(reporter), extack);
}

/* A refused handover has reset the device already: only who asks for it by hand
 * gets another reset
 */
static int lunic_lu_recover(struct devlink_health_reporter *reporter,
			    void *priv_ctx, struct netlink_ext_ack *extack)
{
	return priv_ctx ? 0 : lunic_full_recover(reporter, NULL, extack);
}

/* A ring without buffers raises no interrupt: each poll tries to fill it */
static int lunic_rx_recover(struct devlink_health_reporter *reporter,
			    void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_reporter(reporter);

	netdev_lock(ld->netdev);
	if (ld->up && ld->lu.state != LUNIC_LU_FROZEN)
		lunic_kick(ld);
	netdev_unlock(ld->netdev);
	return 0;
}

static const struct devlink_health_reporter_ops lunic_health_ops[] = {
	[LUNIC_HEALTH_TX] = {
		.name		= "tx",
		.recover	= lunic_full_recover,
		.dump		= lunic_tx_dump,
		.diagnose	= lunic_tx_diagnose,
	},
	[LUNIC_HEALTH_RX] = {
		.name		= "rx",
		.recover	= lunic_rx_recover,
		.dump		= lunic_rx_dump,
		.diagnose	= lunic_rx_diagnose,
	},
	[LUNIC_HEALTH_HW] = {
		.name		= "hw",
		.recover	= lunic_full_recover,
		.dump		= lunic_hw_dump,
		.diagnose	= lunic_hw_diagnose,
	},
	[LUNIC_HEALTH_LIVEUPDATE] = {
		.name		= "liveupdate",
		.recover	= lunic_lu_recover,
		.dump		= lunic_lu_dump,
		.diagnose	= lunic_lu_diagnose,
	},
};

/**
 * lunic_health_report() - tell devlink of an error, which recovers from it
 * @ld: the device
 * @which: the reporter
 *
 * Context: a work that lunic_health_stop() waits for, without locks.
 * Return: 0, -ESHUTDOWN where there is no devlink to tell, or why there was no
 * recovery.
 */
int lunic_health_report(struct lunic_dev *ld, enum lunic_health which)
{
	if (!READ_ONCE(ld->dl->reporting))
		return -ESHUTDOWN;
	return devlink_health_report(ld->dl->reporters[which],
				     lunic_health_msgs[which], ld);
}

/* The same from anywhere, later */
void lunic_health_raise(struct lunic_dev *ld, enum lunic_health which)
{
	set_bit(which, &ld->dl->raised);
	if (READ_ONCE(ld->dl->reporting))
		schedule_work(&ld->dl->report_work);
}

static void lunic_report_work(struct work_struct *work)
{
	struct lunic_devlink *dl = container_of(work, struct lunic_devlink,
						report_work);
	u32 i;

	for (i = 0; i < LUNIC_NR_HEALTH; i++)
		if (test_and_clear_bit(i, &dl->raised))
			lunic_health_report(dl->ld, i);
}

/**
 * lunic_health_check() - now and then: what no interrupt tells
 * @ld: the device
 *
 * Does nothing while somebody changes the device, who may wait for the caller.
 *
 * Context: without locks.
 */
void lunic_health_check(struct lunic_dev *ld)
{
	u16 q;

	if (!netdev_trylock(ld->netdev))
		return;
	if (lunic_rd(ld, LUNIC_STATUS) == U32_MAX)
		lunic_health_raise(ld, LUNIC_HEALTH_HW);
	for (q = 0; q < ld->rings.n; q++) {
		const struct lunic_rx_ring *rx = ld->rings.rx[q];

		if (READ_ONCE(rx->use) == READ_ONCE(rx->clean))
			lunic_health_raise(ld, LUNIC_HEALTH_RX);
	}
	netdev_unlock(ld->netdev);
}

/**
 * lunic_health_up() - a device that has come up is sound
 * @ld: the device
 *
 * Else an error that nobody could recover from would keep later ones from
 * being recovered.
 *
 * Context: instance lock held.
 */
void lunic_health_up(struct lunic_dev *ld)
{
	const u32 healthy = DEVLINK_HEALTH_REPORTER_STATE_HEALTHY;
	struct lunic_devlink *dl = ld->dl;
	u32 i;

	for (i = 0; dl->reporting && i < LUNIC_NR_HEALTH; i++)
		devlink_health_reporter_state_update(dl->reporters[i], healthy);
}

/* Context: devlink's lock held */
int lunic_health_create(struct lunic_devlink *dl)
{
	struct devlink_health_reporter *reporter;
	u32 i;

	INIT_WORK(&dl->report_work, lunic_report_work);
	for (i = 0; i < LUNIC_NR_HEALTH; i++) {
		reporter = devl_health_reporter_create(priv_to_devlink(dl),
						       &lunic_health_ops[i],
						       dl->ld);
		if (IS_ERR(reporter)) {
			lunic_health_destroy(dl);
			return PTR_ERR(reporter);
		}
		dl->reporters[i] = reporter;
	}
	return 0;
}

void lunic_health_destroy(struct lunic_devlink *dl)
{
	u32 i;

	for (i = 0; i < LUNIC_NR_HEALTH; i++) {
		if (dl->reporters[i])
			devl_health_reporter_destroy(dl->reporters[i]);
		dl->reporters[i] = NULL;
	}
}

/* devlink is registered: what came up during the probe is told now */
void lunic_health_start(struct lunic_devlink *dl)
{
	netdev_lock(dl->ld->netdev);
	WRITE_ONCE(dl->reporting, true);
	netdev_unlock(dl->ld->netdev);
	schedule_work(&dl->report_work);
}

/* After this nobody tells devlink anything */
void lunic_health_stop(struct lunic_devlink *dl)
{
	netdev_lock(dl->ld->netdev);
	WRITE_ONCE(dl->reporting, false);
	netdev_unlock(dl->ld->netdev);
	disable_work_sync(&dl->report_work);
	cancel_work_sync(&dl->ld->reset_work);
}
