// SPDX-License-Identifier: GPL-2.0
/* The blackout budget as it is set, and how long rings must be for it. */
#include <net/netdev_lock.h>

#include "lunic_blackout.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

/**
 * lunic_blackout_budget() - what a configuration wants to be caught
 * @ld: the device
 * @cfg: the configuration
 * @speed: of the link, for the line rate
 * @b: the budget
 *
 * At line rate a frame takes one buffer, because longer ones come as much more
 * slowly; at a rate of the operator's each may be as long as the MTU allows.
 */
void lunic_blackout_budget(const struct lunic_dev *ld,
			   const struct lunic_cfg *cfg, u32 speed,
			   struct lunic_budget *b)
{
	u32 buf_size = lunic_rx_buf_size(lunic_rx_frag_size(ld, cfg));

	b->ms = cfg->blackout_ms;
	b->rate = cfg->blackout_rate ?: lunic_line_rate(speed);
	b->queues = cfg->queues;
	b->per_frame = cfg->blackout_rate ?
		       DIV_ROUND_UP(lunic_max_frame(cfg->mtu), buf_size) : 1;
}

/* Of the link, SPEED_UNKNOWN where it can't be asked */
u32 lunic_blackout_speed(struct lunic_dev *ld)
{
	u32 speed = SPEED_UNKNOWN;
	u8 duplex;

	if (lunic_hw_live(ld))
		lunic_link_read(ld, &speed, &duplex);
	return speed;
}

/**
 * lunic_blackout_ring() - how long receive rings must be
 * @ld: the device
 * @cfg: the configuration
 *
 * Longer than usual only where the budget needs that: the ABI's version 1.0
 * knows one length alone. The link may become faster than it is now.
 *
 * Return: descriptors.
 */
u32 lunic_blackout_ring(const struct lunic_dev *ld, const struct lunic_cfg *cfg)
{
	struct lunic_budget b;

	lunic_blackout_budget(ld, cfg, SPEED_UNKNOWN, &b);
	return lunic_budget_slots(&b) < ld->chip->max_rx_desc ?
	       ld->chip->max_rx_desc : ld->chip->long_rx_desc;
}

static int lunic_blackout_check(struct lunic_dev *ld,
				const struct lunic_cfg *cfg,
				struct netlink_ext_ack *extack)
{
	u32 line = lunic_line_rate(SPEED_UNKNOWN);
	u32 room = ld->chip->long_rx_desc - 1;
	struct lunic_budget b;

	if (cfg->blackout_rate > line) {
		NL_SET_ERR_MSG_FMT(extack, "the wire brings %u frames/s at most",
				   line);
		return -ERANGE;
	}
	if (cfg->blackout_ms > LUNIC_BLACKOUT_MAX_MS) {
		NL_SET_ERR_MSG_FMT(extack, "at most %u ms",
				   LUNIC_BLACKOUT_MAX_MS);
		return -ERANGE;
	}
	lunic_blackout_budget(ld, cfg, lunic_blackout_speed(ld), &b);
	if (lunic_budget_slots(&b) <= room)
		return 0;
	NL_SET_ERR_MSG_FMT(extack,
			   "%u rings of %u hold %u ms at %u frames/s (blackout_rate)",
			   b.queues, room, lunic_budget_max_ms(&b, room),
			   b.rate);
	return -ERANGE;
}

/**
 * lunic_blackout_set() - a new budget
 * @ld: the device
 * @ms: length of the gap; 0: none
 * @rate: frames a second; 0: line rate
 * @extack: where the reason goes
 *
 * Rings of another length are built aside and swapped in.
 *
 * Context: instance lock held, device powered.
 * Return: 0 or a negative error, with the old budget.
 */
int lunic_blackout_set(struct lunic_dev *ld, u32 ms, u32 rate,
		       struct netlink_ext_ack *extack)
{
	struct lunic_cfg cfg = ld->cfg;
	int err;

	cfg.blackout_ms = ms;
	cfg.blackout_rate = rate;
	err = lunic_lu_config_locked(ld, extack);
	if (err)
		return err;
	err = lunic_blackout_check(ld, &cfg, extack);
	if (err)
		return err;

	if (ld->up && ld->rings.rx[0]->count != lunic_blackout_ring(ld, &cfg)) {
		err = lunic_reconfigure(ld, &cfg);
		if (err)
			NL_SET_ERR_MSG(extack, "no memory for longer rings");
		return err;
	}
	ld->cfg = cfg;
	return 0;
}
