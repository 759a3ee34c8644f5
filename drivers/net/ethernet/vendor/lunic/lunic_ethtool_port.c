// SPDX-License-Identifier: GPL-2.0
/* ethtool: flow control, identification, wake-on-LAN. */
#include <linux/mii.h>
#include <linux/pm_wakeup.h>

#include "lunic.h"
#include "lunic_ethtool.h"
#include "lunic_lu.h"

#define LUNIC_WOL	(WAKE_PHY | WAKE_UCAST | WAKE_MCAST | WAKE_BCAST | \
			 WAKE_MAGIC)
#define LUNIC_ADV_PAUSE	(ADVERTISE_PAUSE_CAP | ADVERTISE_PAUSE_ASYM)

/**
 * lunic_pause_apply() - set the MAC's flow control for the link as it is
 * @ld: the device
 *
 * Not while a live update is unfinished: the device runs as it was handed
 * over.
 *
 * Context: may sleep; not while frozen.
 */
void lunic_pause_apply(struct lunic_dev *ld)
{
	u16 lpa = 0;
	u32 speed;
	u8 duplex, fc;

	if (ld->lu.incoming || !lunic_link_read(ld, &speed, &duplex))
		return;
	if (ld->cfg.autoneg && lunic_phy_read(ld, MII_LPA, &lpa))
		return;
	fc = lunic_pause_resolve(&ld->cfg, lpa, duplex);
	lunic_port_set_pause(ld, fc & FLOW_CTRL_RX, fc & FLOW_CTRL_TX);
}

/* While flow control is off the MAC takes PAUSE frames for any others, so that
 * what came is not known; sent were none, and the count says so
 */
void lunic_get_pause_stats(struct net_device *netdev,
			   struct ethtool_pause_stats *s)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const u64 *hw = ld->hw_stats;
	bool rx, tx;

	if (!lunic_hw_live(ld))
		return;
	lunic_port_get_pause(ld, &rx, &tx);
	lunic_stats_read(ld);
	mutex_lock(&ld->hw_stats_lock);
	if (rx)
		s->rx_pause_frames = hw[LUNIC_STAT_RX_XON] +
				     hw[LUNIC_STAT_RX_XOFF];
	s->tx_pause_frames = hw[LUNIC_STAT_TX_XON] + hw[LUNIC_STAT_TX_XOFF];
	mutex_unlock(&ld->hw_stats_lock);
}

void lunic_get_pauseparam(struct net_device *netdev,
			  struct ethtool_pauseparam *p)
{
	const struct lunic_cfg *cfg = &lunic_from_netdev(netdev)->cfg;
	u8 wanted = lunic_pause_wanted(cfg);

	p->autoneg = cfg->autoneg && !cfg->pause_forced;
	p->rx_pause = !!(wanted & FLOW_CTRL_RX);
	p->tx_pause = !!(wanted & FLOW_CTRL_TX);
}

/* What is negotiated takes a negotiation; what is forced doesn't disturb the
 * link, and its advertisement waits for the next one
 */
int lunic_set_pauseparam(struct net_device *netdev,
			 struct ethtool_pauseparam *p)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_cfg *cfg = &ld->cfg;

	if (lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "flow control not changed: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}
	if (p->autoneg && !cfg->autoneg) {
		netdev_err(netdev, "flow control not changed: it can't be negotiated on a link that isn't (ethtool -s autoneg on)\n");
		return -EINVAL;
	}

	cfg->adv &= ~LUNIC_ADV_PAUSE;
	cfg->adv |= mii_advertise_flowctrl((p->rx_pause ? FLOW_CTRL_RX : 0) |
					   (p->tx_pause ? FLOW_CTRL_TX : 0));
	cfg->pause_forced = !p->autoneg;
	if (!ld->up)
		return 0;
	if (p->autoneg)
		return lunic_link_restart(ld);
	lunic_pause_apply(ld);
	return 0;
}

int lunic_set_phys_id(struct net_device *netdev,
		      enum ethtool_phys_id_state state)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	if (ld->dead)
		return -ENODEV;
	if (ld->lu.state == LUNIC_LU_FROZEN)
		return -EBUSY;

	switch (state) {
	case ETHTOOL_ID_ACTIVE:
		ld->ledctl = lunic_rd(ld, LUNIC_LEDCTL);
		return 2;	/* on and off, twice a second */
	case ETHTOOL_ID_ON:
	case ETHTOOL_ID_OFF:
		lunic_port_set_leds(ld, state == ETHTOOL_ID_ON);
		return 0;
	case ETHTOOL_ID_INACTIVE:
		lunic_wr(ld, LUNIC_LEDCTL, ld->ledctl);
		return 0;
	}
	return -EINVAL;
}

/* The platform may say that the slot wakes the system; the device must be able
 * to ask for it
 */
static bool lunic_can_wake(const struct lunic_dev *ld)
{
	return pci_pme_capable(ld->pdev, PCI_D3hot);
}

void lunic_get_wol(struct net_device *netdev, struct ethtool_wolinfo *wol)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	wol->supported = lunic_can_wake(ld) ? LUNIC_WOL : 0;
	wol->wolopts = ld->cfg.wol;
}

/**
 * lunic_wol_set() - what is to wake the system
 * @ld: the device
 * @wol: WAKE_*
 *
 * The filters are written when the system goes to sleep.
 *
 * Return: 0 or a negative error.
 */
int lunic_wol_set(struct lunic_dev *ld, u32 wol)
{
	if (wol & ~LUNIC_WOL || (wol && !lunic_can_wake(ld)))
		return -EOPNOTSUPP;
	ld->cfg.wol = wol;
	return device_set_wakeup_enable(&ld->pdev->dev, wol);
}

int lunic_set_wol(struct net_device *netdev, struct ethtool_wolinfo *wol)
{
	return lunic_wol_set(lunic_from_netdev(netdev), wol->wolopts);
}
