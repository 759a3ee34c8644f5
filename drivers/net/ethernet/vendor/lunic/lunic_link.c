// SPDX-License-Identifier: GPL-2.0
/* The link: what the MAC says of it, and telling the stack. */
#include "lunic.h"

/**
 * lunic_link_read() - the link as the hardware sees it
 * @ld: the device
 * @speed: Mbit/s, or SPEED_UNKNOWN while there is no link
 * @duplex: DUPLEX_*
 *
 * Return: true where the link is up.
 */
bool lunic_link_read(struct lunic_dev *ld, u32 *speed, u8 *duplex)
{
	u32 status = lunic_rd(ld, LUNIC_STATUS);

	*speed = SPEED_UNKNOWN;
	*duplex = DUPLEX_UNKNOWN;
	if (status == U32_MAX || !(status & LUNIC_STATUS_LU))
		return false;

	*duplex = status & LUNIC_STATUS_FD ? DUPLEX_FULL : DUPLEX_HALF;
	switch (FIELD_GET(LUNIC_STATUS_SPEED, status)) {
	case LUNIC_STATUS_SPEED_10:
		*speed = SPEED_10;
		break;
	case LUNIC_STATUS_SPEED_100:
		*speed = SPEED_100;
		break;
	default:
		*speed = SPEED_1000;
	}
	return true;
}

/**
 * lunic_link_update() - tell the stack what the link has become
 * @ld: the device
 *
 * Context: any that may take the statistics lock; not while frozen.
 */
void lunic_link_update(struct lunic_dev *ld)
{
	u32 speed;
	u8 duplex;
	bool up;

	up = lunic_link_read(ld, &speed, &duplex);
	if (up == ld->link_up)
		return;

	ld->link_up = up;
	if (up) {
		lunic_pause_apply(ld);
		netdev_info(ld->netdev, "link is up, %u Mbit/s, %s duplex\n",
			    speed, duplex == DUPLEX_FULL ? "full" : "half");
		netif_carrier_on(ld->netdev);
		return;
	}
	netdev_info(ld->netdev, "link is down\n");
	netif_carrier_off(ld->netdev);
	mutex_lock(&ld->hw_stats_lock);
	ld->hw_stats[LUNIC_STAT_LINK_DOWN]++;
	mutex_unlock(&ld->hw_stats_lock);
}

/* The link drops, and is seen to: not every device raises an interrupt */
int lunic_link_restart(struct lunic_dev *ld)
{
	int err = lunic_phy_start(ld);

	lunic_link_update(ld);
	return err;
}

void lunic_link_work(struct work_struct *work)
{
	struct lunic_dev *ld = container_of(work, struct lunic_dev, link_work);

	lunic_link_update(ld);
}
