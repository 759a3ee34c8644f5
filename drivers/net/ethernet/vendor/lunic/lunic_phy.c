// SPDX-License-Identifier: GPL-2.0
/* The internal PHY, through the MAC's MDIO registers. */
#include <linux/mii.h>

#include "lunic.h"

#define LUNIC_PHY_ADDR		1
#define LUNIC_MDIC_TIMEOUT_US	10000
#define LUNIC_LOOPBACK_TIMEOUT_US 1500000

static int lunic_mdic_cycle(struct lunic_dev *ld, u32 cmd)
{
	int err;

	lunic_wr(ld, LUNIC_MDIC,
		 cmd | FIELD_PREP(LUNIC_MDIC_PHY, LUNIC_PHY_ADDR));
	err = lunic_hw_poll(ld, LUNIC_MDIC, LUNIC_MDIC_READY, LUNIC_MDIC_READY,
			    LUNIC_MDIC_TIMEOUT_US);
	if (err)
		return err;
	return lunic_rd(ld, LUNIC_MDIC) & LUNIC_MDIC_ERROR ? -EIO : 0;
}

static int lunic_mdic(struct lunic_dev *ld, u32 cmd)
{
	int err;

	if (!ld->chip->phy_get)
		return lunic_mdic_cycle(ld, cmd);
	err = ld->chip->phy_get(ld);
	if (err)
		return err;
	err = lunic_mdic_cycle(ld, cmd);
	ld->chip->phy_put(ld);
	return err;
}

int lunic_phy_read(struct lunic_dev *ld, u8 reg, u16 *val)
{
	int err;

	mutex_lock(&ld->reg_lock);
	err = lunic_mdic(ld, FIELD_PREP(LUNIC_MDIC_REG, reg) |
			     LUNIC_MDIC_OP_READ);
	if (!err)
		*val = FIELD_GET(LUNIC_MDIC_DATA, lunic_rd(ld, LUNIC_MDIC));
	mutex_unlock(&ld->reg_lock);
	return err;
}

int lunic_phy_write(struct lunic_dev *ld, u8 reg, u16 val)
{
	int err;

	mutex_lock(&ld->reg_lock);
	err = lunic_mdic(ld, FIELD_PREP(LUNIC_MDIC_REG, reg) |
			     FIELD_PREP(LUNIC_MDIC_DATA, val) |
			     LUNIC_MDIC_OP_WRITE);
	mutex_unlock(&ld->reg_lock);
	return err;
}

static int lunic_phy_force(struct lunic_dev *ld)
{
	u16 bmcr = ld->cfg.speed == SPEED_100 ? BMCR_SPEED100 : 0;

	if (ld->cfg.full_duplex)
		bmcr |= BMCR_FULLDPLX;
	return lunic_phy_write(ld, MII_BMCR, bmcr);
}

/**
 * lunic_phy_start() - power the PHY up and bring the link up as configured
 * @ld: the device
 *
 * Drops the link: the partner negotiates anew.
 *
 * Context: instance lock held; may sleep.
 * Return: 0 or a negative error.
 */
int lunic_phy_start(struct lunic_dev *ld)
{
	const struct lunic_cfg *cfg = &ld->cfg;
	int err;

	if (!cfg->autoneg)
		return lunic_phy_force(ld);

	err = lunic_phy_write(ld, MII_ADVERTISE, cfg->adv | ADVERTISE_CSMA);
	if (!err)
		err = lunic_phy_write(ld, MII_CTRL1000, cfg->adv_1000);
	if (!err)
		err = lunic_phy_write(ld, MII_BMCR,
				      BMCR_ANENABLE | BMCR_ANRESTART);
	return err;
}

/**
 * lunic_phy_loopback() - what is sent comes back from the PHY
 * @ld: the device, after a reset; only another one ends it
 *
 * QEMU takes the link for up only once it was negotiated, silicon once the MAC
 * is told so.
 *
 * Return: 0 or a negative error.
 */
int lunic_phy_loopback(struct lunic_dev *ld)
{
	int err;

	err = lunic_phy_write(ld, MII_BMCR, BMCR_ANENABLE | BMCR_ANRESTART);
	if (err)
		return err;
	lunic_hw_poll(ld, LUNIC_STATUS, LUNIC_STATUS_LU, LUNIC_STATUS_LU,
		      LUNIC_LOOPBACK_TIMEOUT_US);
	err = lunic_phy_write(ld, MII_BMCR, BMCR_LOOPBACK | BMCR_FULLDPLX |
					    BMCR_SPEED1000);
	if (err)
		return err;
	lunic_hw_update(ld, LUNIC_CTRL,
			LUNIC_CTRL_FRCSPD | LUNIC_CTRL_FRCDPLX |
			LUNIC_CTRL_SPEED | LUNIC_CTRL_FD | LUNIC_CTRL_SLU,
			LUNIC_CTRL_FRCSPD | LUNIC_CTRL_FRCDPLX |
			LUNIC_CTRL_SPEED_1000 | LUNIC_CTRL_FD |
			LUNIC_CTRL_SLU);
	return lunic_hw_poll(ld, LUNIC_STATUS, LUNIC_STATUS_LU,
			     LUNIC_STATUS_LU, LUNIC_LOOPBACK_TIMEOUT_US);
}

/* The partner sees the link go */
void lunic_phy_stop(struct lunic_dev *ld)
{
	lunic_phy_write(ld, MII_BMCR, BMCR_PDOWN);
}
