/* SPDX-License-Identifier: GPL-2.0 */
/* The blackout budget as it is set for a device. */
#ifndef _LUNIC_BLACKOUT_H
#define _LUNIC_BLACKOUT_H

#include "lunic.h"
#include "lunic_budget.h"

void lunic_blackout_budget(const struct lunic_dev *ld,
			   const struct lunic_cfg *cfg, u32 speed,
			   struct lunic_budget *b);
u32 lunic_blackout_speed(struct lunic_dev *ld);
u32 lunic_blackout_ring(const struct lunic_dev *ld,
			const struct lunic_cfg *cfg);
int lunic_blackout_set(struct lunic_dev *ld, u32 ms, u32 rate,
		       struct netlink_ext_ack *extack);

#endif /* _LUNIC_BLACKOUT_H */
