// SPDX-License-Identifier: GPL-2.0
/* The catch basin's arithmetic: from a blackout budget to buffers. */
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/time.h>

#include "lunic_budget.h"

/* The shortest frame with preamble and gap, in bits */
#define LUNIC_WIRE_BITS		((ETH_ZLEN + ETH_FCS_LEN + 20) * 8)

/**
 * lunic_line_rate() - how many frames a wire can bring
 * @speed: Mbit/s; SPEED_UNKNOWN: the fastest there is
 *
 * Return: frames of 64 bytes a second.
 */
u32 lunic_line_rate(u32 speed)
{
	if (speed == SPEED_UNKNOWN)
		speed = SPEED_1000;
	return speed * 1000 * 1000 / LUNIC_WIRE_BITS;
}

/**
 * lunic_budget_slots() - descriptors that each queue needs
 * @b: the budget
 *
 * Return: their number, which may be more than a ring can have.
 */
u64 lunic_budget_slots(const struct lunic_budget *b)
{
	u64 frames = DIV_ROUND_UP_ULL((u64)b->ms * b->rate, MSEC_PER_SEC);

	return DIV_ROUND_UP_ULL(frames, b->queues) * b->per_frame;
}

/**
 * lunic_budget_max_ms() - the longest gap that so many descriptors hold
 * @b: the budget, whose @ms is not looked at
 * @slots: descriptors of each queue
 *
 * Return: milliseconds.
 */
u32 lunic_budget_max_ms(const struct lunic_budget *b, u64 slots)
{
	u64 frames = div_u64(slots, b->per_frame) * b->queues;

	return min_t(u64, div_u64(frames * MSEC_PER_SEC, b->rate), U32_MAX);
}

/**
 * lunic_basin_order() - how large the next block is
 * @bytes: what is still wanted, not 0
 * @max_order: the largest there may be
 *
 * Few large blocks: the last one may be up to twice as large as it must.
 *
 * Return: its order.
 */
u32 lunic_basin_order(u64 bytes, u32 max_order)
{
	u64 pages = DIV_ROUND_UP_ULL(bytes, PAGE_SIZE);

	return min_t(u32, order_base_2(pages), max_order);
}
