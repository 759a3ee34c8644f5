// SPDX-License-Identifier: GPL-2.0
/* The port: flow control, LEDs and wake-up, alike on all chips. */
#include <linux/if_vlan.h>
#include <linux/mii.h>

#include "lunic.h"

#define LUNIC_PAUSE_TIME	0xffff	/* in 512 bit times; an XON ends it */
#define LUNIC_PAUSE_GRAIN	16
#define LUNIC_LEDS		4

/* FLOW_CTRL_* that are asked for: the reverse of mii_advertise_flowctrl() */
u8 lunic_pause_wanted(const struct lunic_cfg *cfg)
{
	bool cap = cfg->adv & ADVERTISE_PAUSE_CAP;
	bool asym = cfg->adv & ADVERTISE_PAUSE_ASYM;

	return (cap ? FLOW_CTRL_RX : 0) | (cap != asym ? FLOW_CTRL_TX : 0);
}

/**
 * lunic_pause_resolve() - what flow control a link gets
 * @cfg: what is set
 * @lpa: what the partner advertises, where it was negotiated
 * @duplex: the link's
 *
 * Return: FLOW_CTRL_*
 */
u8 lunic_pause_resolve(const struct lunic_cfg *cfg, u16 lpa, u8 duplex)
{
	if (duplex != DUPLEX_FULL)
		return 0;
	if (cfg->pause_forced || !cfg->autoneg)
		return lunic_pause_wanted(cfg);
	return mii_resolve_flowctrl_fdx(cfg->adv, lpa);
}

/* How full the receive buffer gets before the partner is told to stop: two of
 * the longest frames still fit, or half of the buffer is left
 */
static u32 lunic_pause_high(const struct lunic_dev *ld)
{
	u32 room = 2 * lunic_max_frame(ld->chip->max_mtu);

	return round_down(ld->chip->rx_fifo - min(room, ld->chip->rx_fifo / 2),
			  LUNIC_PAUSE_GRAIN);
}

/**
 * lunic_port_set_pause() - which way the MAC uses flow control
 * @ld: the device
 * @rx: whether the partner's PAUSE frames are obeyed
 * @tx: whether the MAC sends some when its buffer fills
 *
 * What is right already is not written. The link is not disturbed.
 */
void lunic_port_set_pause(struct lunic_dev *ld, bool rx, bool tx)
{
	u32 high = tx ? lunic_pause_high(ld) : 0;
	u32 low = tx ? round_down(high / 4 * 3, LUNIC_PAUSE_GRAIN) |
		       LUNIC_FCRTL_XONE : 0;
	u32 ctrl = (rx ? LUNIC_CTRL_RFCE : 0) | (tx ? LUNIC_CTRL_TFCE : 0);

	if (rx || tx) {
		/* 01:80:c2:00:00:01, type 0x8808 */
		lunic_hw_update(ld, LUNIC_FCAL, U32_MAX, 0x00c28001);
		lunic_hw_update(ld, LUNIC_FCAH, U32_MAX, 0x0100);
		lunic_hw_update(ld, LUNIC_FCT, U32_MAX, ETH_P_PAUSE);
		lunic_hw_update(ld, LUNIC_FCTTV, U32_MAX, LUNIC_PAUSE_TIME);
	}
	lunic_hw_update(ld, LUNIC_FCRTL, U32_MAX, low);
	lunic_hw_update(ld, LUNIC_FCRTH, U32_MAX, high);

	lunic_hw_update(ld, LUNIC_CTRL, LUNIC_CTRL_RFCE | LUNIC_CTRL_TFCE,
			ctrl);
}

void lunic_port_get_pause(struct lunic_dev *ld, bool *rx, bool *tx)
{
	u32 ctrl = lunic_rd(ld, LUNIC_CTRL);

	*rx = ctrl & LUNIC_CTRL_RFCE;
	*tx = ctrl & LUNIC_CTRL_TFCE;
}

/* All LEDs on or off, each with the polarity that the board gave it */
void lunic_port_set_leds(struct lunic_dev *ld, bool on)
{
	u32 ledctl = lunic_rd(ld, LUNIC_LEDCTL), led;
	u32 mode = on ? LUNIC_LEDCTL_ON : LUNIC_LEDCTL_OFF;

	for (led = 0; led < LUNIC_LEDS; led++) {
		ledctl &= ~((LUNIC_LEDCTL_MODE | LUNIC_LEDCTL_BLINK) <<
			    8 * led);
		ledctl |= mode << 8 * led;
	}
	lunic_wr(ld, LUNIC_LEDCTL, ledctl);
}

/* The wake-up filters that some of ethtool's WAKE_* need */
u32 lunic_port_wake_filters(u32 wol)
{
	u32 wufc = 0;

	if (wol & WAKE_PHY)
		wufc |= LUNIC_WUFC_LNKC;
	if (wol & WAKE_MAGIC)
		wufc |= LUNIC_WUFC_MAG;
	if (wol & WAKE_UCAST)
		wufc |= LUNIC_WUFC_EX;
	if (wol & WAKE_MCAST)
		wufc |= LUNIC_WUFC_MC;
	if (wol & WAKE_BCAST)
		wufc |= LUNIC_WUFC_BC;
	return wufc;
}

/**
 * lunic_hw_wake_setup() - what the device is to wake the system for
 * @ld: the device, about to sleep or just awake
 * @wol: WAKE_*; none after sleep, or where it is not to wake the system
 *
 * Data sheet 5.6: what passes the filters of the receiver can wake it up, so
 * the receiver is on, without a queue. DMA stops for good: the next use of the
 * device begins with a reset.
 *
 * Context: instance lock held, device powered.
 */
void lunic_hw_wake_setup(struct lunic_dev *ld, u32 wol)
{
	u32 wufc = lunic_port_wake_filters(wol);

	lunic_wr(ld, LUNIC_WUS, LUNIC_WUS_ALL);
	if (wufc) {
		lunic_hw_update(ld, LUNIC_CTRL, LUNIC_CTRL_ADVD3WUC,
				LUNIC_CTRL_ADVD3WUC);
		lunic_hw_stop_master(ld);
	}
	if (wufc & LUNIC_WUFC_MC)
		lunic_wr(ld, LUNIC_RCTL, lunic_rd(ld, LUNIC_RCTL) |
					 LUNIC_RCTL_MPE);
	lunic_wr(ld, LUNIC_WUC, wufc ? LUNIC_WUC_PME_EN : 0);
	lunic_wr(ld, LUNIC_WUFC, wufc);
	lunic_flush(ld);
}
