/* SPDX-License-Identifier: GPL-2.0 */
/* How many frames a live update's gap may bring, and what holds them. */
#ifndef _LUNIC_BUDGET_H
#define _LUNIC_BUDGET_H

#include <linux/types.h>

/* A minute: as long as received frames are held at most */
#define LUNIC_BLACKOUT_MAX_MS	60000U

/**
 * struct lunic_budget - what is to be caught
 * @ms: length of the gap; 0: no more than the rings hold anyway
 * @rate: frames a second, on all queues together
 * @queues: what they spread over evenly
 * @per_frame: buffers that a frame takes at most
 */
struct lunic_budget {
	u32 ms;
	u32 rate;
	u16 queues;
	u16 per_frame;
};

u32 lunic_line_rate(u32 speed);
u64 lunic_budget_slots(const struct lunic_budget *b);
u32 lunic_budget_max_ms(const struct lunic_budget *b, u64 slots);
u32 lunic_basin_order(u64 bytes, u32 max_order);

#endif /* _LUNIC_BUDGET_H */
