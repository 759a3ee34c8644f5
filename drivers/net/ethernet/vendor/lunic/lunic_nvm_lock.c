// SPDX-License-Identifier: GPL-2.0
/* Who may use the NVM: this driver, another port's, or the firmware. */
#include <linux/delay.h>

#include "lunic_nvm.h"

#define LUNIC_SWSM_TIMEOUT_US	1000000
#define LUNIC_FW_TIMEOUT_US	100000
#define LUNIC_SYNC_TRIES	100
#define LUNIC_SYNC_PAUSE_MS	5

static void lunic_swsm_put(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_SWSM, lunic_rd(ld, LUNIC_SWSM) &
				 ~(LUNIC_SWSM_SMBI | LUNIC_SWSM_SWESMBI));
}

/* Data sheet 8.7.1: reading a clear SMBI takes it, against other drivers;
 * SWESMBI sticks where the firmware doesn't hold its own. Says what is in the
 * way, if anything is.
 */
static const char *lunic_swsm_get(struct lunic_dev *ld)
{
	u32 swsm;

	/* With one port there is nobody but who forgot to give it back */
	if (!ld->chip->nvm_shared)
		lunic_swsm_put(ld);
	if (lunic_hw_poll(ld, LUNIC_SWSM, LUNIC_SWSM_SMBI, 0,
			  LUNIC_SWSM_TIMEOUT_US))
		return "another driver (SWSM.SMBI)";
	swsm = lunic_rd(ld, LUNIC_SWSM);
	lunic_wr(ld, LUNIC_SWSM, swsm | LUNIC_SWSM_SWESMBI);
	if (lunic_hw_poll(ld, LUNIC_SWSM, LUNIC_SWSM_SWESMBI,
			  LUNIC_SWSM_SWESMBI, LUNIC_FW_TIMEOUT_US)) {
		lunic_swsm_put(ld);
		return "the firmware (SWSM.SWESMBI)";
	}
	return NULL;
}

/* SW_FW_SYNC may only be changed by who has SWSM */
static const char *lunic_sync_get(struct lunic_dev *ld)
{
	u32 sync = lunic_rd(ld, LUNIC_SW_FW_SYNC);

	if (sync & LUNIC_SYNC_NVM)
		return "another port (SW_FW_SYNC)";
	if (sync & LUNIC_SYNC_NVM_FW)
		return "the firmware (SW_FW_SYNC)";
	lunic_wr(ld, LUNIC_SW_FW_SYNC, sync | LUNIC_SYNC_NVM);
	return NULL;
}

/* Data sheet 4.5.11: SWSM for a moment, to take what is held for long */
static const char *lunic_nvm_claim(struct lunic_dev *ld)
{
	unsigned int tries = LUNIC_SYNC_TRIES;
	const char *who;

	for (;;) {
		who = lunic_swsm_get(ld);
		if (who || !ld->chip->nvm_shared)
			return who;
		who = lunic_sync_get(ld);
		lunic_swsm_put(ld);
		if (!who || !--tries)
			return who;
		msleep(LUNIC_SYNC_PAUSE_MS);
	}
}

/**
 * lunic_nvm_get() - take the NVM from all others
 * @ld: the device
 * @extack: where the reason goes; NULL: to the log
 *
 * Context: instance lock held, may sleep.
 * Return: 0, or -EBUSY where it is in use.
 */
int lunic_nvm_get(struct lunic_dev *ld, struct netlink_ext_ack *extack)
{
	const char *who = lunic_nvm_claim(ld);

	if (!who)
		return 0;
	lunic_say(ld, extack, "the NVM is in use by %s; try again", who);
	return -EBUSY;
}

/* Gives it back; a semaphore that is stuck now is no reason to keep it */
void lunic_nvm_put(struct lunic_dev *ld)
{
	if (ld->chip->nvm_shared) {
		lunic_swsm_get(ld);
		lunic_wr(ld, LUNIC_SW_FW_SYNC,
			 lunic_rd(ld, LUNIC_SW_FW_SYNC) & ~LUNIC_SYNC_NVM);
	}
	lunic_swsm_put(ld);
}
