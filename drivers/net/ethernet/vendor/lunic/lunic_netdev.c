// SPDX-License-Identifier: GPL-2.0
/* The interface: up, down, and what the stack asks of it. */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>

#include "lunic.h"
#include "lunic_desc.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

u32 lunic_max_frame(u32 mtu)
{
	return mtu + VLAN_ETH_HLEN + ETH_FCS_LEN;
}

/* Whether the hardware may be written to. What is set while it may not is
 * written when the interface comes up.
 */
bool lunic_hw_live(const struct lunic_dev *ld)
{
	return !ld->dead && ld->lu.state != LUNIC_LU_FROZEN &&
	       (ld->up || lunic_rings_armed(ld));
}

/* Data sheet 4.5.9, 4.5.10: the units first, then their queues. Queues that
 * run already are left alone.
 */
void lunic_hw_start(struct lunic_dev *ld)
{
	const struct lunic_chip *chip = ld->chip;
	bool armed = lunic_rings_armed(ld);
	u16 q;

	chip->tx_enable(ld, true);
	if (!armed) {
		chip->set_rss(ld);
		chip->set_max_frame(ld, lunic_max_frame(ld->cfg.mtu));
		chip->set_offloads(ld, ld->netdev->features);
		lunic_filters_write(ld);
		chip->rx_enable(ld, true);
	}
	for (q = 0; q < ld->rings.n; q++) {
		struct lunic_rx_ring *rx = ld->rings.rx[q];

		if (!rx->armed)
			chip->rx_start(ld, rx);
		rx->armed = true;
		chip->tx_start(ld, ld->rings.tx[q]);
	}
}

/**
 * lunic_data_start() - let frames flow through the rings
 * @ld: the device
 *
 * A receive ring that is armed is taken as it is.
 *
 * Context: instance lock held.
 * Return: 0 or a negative error, with nothing started.
 */
int lunic_data_start(struct lunic_dev *ld)
{
	int err;

	err = lunic_irq_request(ld, ld->rings.n);
	if (err)
		return err;

	lunic_hw_start(ld);
	lunic_napi_enable(ld);
	lunic_irq_enable(ld);
	netif_tx_start_all_queues(ld->netdev);
	ld->up = true;
	lunic_kick(ld);
	return 0;
}

/* All queues are told, even where one of them goes on */
static int lunic_hw_stop(struct lunic_dev *ld, bool keep_rx)
{
	int err = 0;
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		if (!ld->dead)
			err = lunic_hw_tx_stop(ld, q) ?: err;
		if (keep_rx)
			continue;
		if (!ld->dead)
			err = lunic_hw_rx_stop(ld, q) ?: err;
		ld->rings.rx[q]->armed = false;
	}
	return err;
}

/**
 * lunic_data_stop() - the reverse of lunic_data_start()
 * @ld: the device
 * @keep_rx: the device goes on receiving into the rings
 *
 * A queue that doesn't stop is stopped by a reset of the device: after that the
 * rings' memory can go in any case. With @keep_rx there is no reset, and no way
 * on to the next kernel.
 *
 * Context: instance lock held.
 * Return: 0, or an error where @ld->was_reset or @ld->lu.hung is set.
 */
int lunic_data_stop(struct lunic_dev *ld, bool keep_rx)
{
	int err;
	u16 q;

	ld->up = false;
	/* NAPI first: it wakes queues that it finds stopped */
	lunic_napi_disable(ld);
	netif_tx_disable(ld->netdev);
	lunic_irq_disable(ld);
	err = lunic_hw_stop(ld, keep_rx);
	if (err && keep_rx) {
		ld->lu.hung = true;
	} else if (err) {
		netdev_warn(ld->netdev, "a queue does not stop: the device is reset\n");
		lunic_stats_read(ld);
		lunic_hw_silence(ld);
		ld->was_reset = true;
	}
	lunic_irq_release(ld, ld->rings.n);
	for (q = 0; q < ld->rings.n; q++)
		lunic_tx_reset(ld->rings.tx[q]);
	lunic_tstamp_flush(ld);
	return err;
}

/* From a reset to where rings and units can be started */
int lunic_hw_prepare(struct lunic_dev *ld)
{
	int err;

	err = lunic_hw_reset(ld);
	if (err)
		return err;
	/* Taken away from a device that could not be reset */
	pci_set_master(ld->pdev);
	ld->chip->init(ld);
	ld->was_reset = false;
	ld->lu.updates = 0;
	ld->lu.caught = 0;
	return 0;
}

/**
 * lunic_up() - bring the device up
 * @ld: the device
 *
 * Where RX is armed, after a live update or an ifdown of a preserved device,
 * neither MAC nor PHY nor the rings are touched.
 *
 * Context: instance lock held.
 * Return: 0 or a negative error, with the device as it was.
 */
int lunic_up(struct lunic_dev *ld)
{
	bool armed = lunic_rings_armed(ld);
	int err;

	if (!armed) {
		err = lunic_hw_prepare(ld);
		if (err)
			return err;
	}
	err = lunic_rings_alloc(ld, &ld->cfg, &ld->rings);
	if (err)
		return err;
	if (armed && !ld->lu.parked)
		lunic_report_up(ld);

	err = lunic_data_start(ld);
	if (err) {
		if (!armed)
			lunic_rings_free(ld, &ld->rings);
		return err;
	}
	if (!armed)
		lunic_phy_start(ld);
	lunic_link_update(ld);
	lunic_stats_start(ld);
	lunic_health_up(ld);
	return 0;
}

/* The reverse of lunic_up(): the device is silent and the link goes */
void lunic_down(struct lunic_dev *ld)
{
	if (ld->up) {
		lunic_stats_stop(ld);
		lunic_data_stop(ld, false);
	}
	cancel_work_sync(&ld->link_work);
	ld->link_up = false;
	netif_carrier_off(ld->netdev);
	if (!ld->dead) {
		lunic_phy_stop(ld);
		lunic_hw_silence(ld);
	}
	lunic_rings_free(ld, &ld->rings);
}

/* The stack must know of the number of queues before it may send again */
static int lunic_swap_rings(struct lunic_dev *ld, struct lunic_rings *rings,
			    struct lunic_cfg *cfg)
{
	bool renew;
	int err = 0;

	if (ld->up)
		lunic_data_stop(ld, false);
	renew = ld->was_reset;
	swap(ld->rings, *rings);
	swap(ld->cfg, *cfg);
	if (ld->rings.n != rings->n)
		err = netif_set_real_num_queues(ld->netdev, ld->rings.n,
						ld->rings.n);
	if (!err && renew)
		err = lunic_hw_prepare(ld);
	if (!err)
		err = lunic_data_start(ld);
	ld->was_reset = err && renew;
	if (!err && renew) {
		lunic_phy_start(ld);
		lunic_link_update(ld);
	}
	return err;
}

/* Whether the RSS table is the operator's: the stack knows it of its own time,
 * cfg.rss_user of the previous kernel's
 */
bool lunic_rss_user(const struct lunic_dev *ld)
{
	return ld->cfg.rss_user || netif_is_rxfh_configured(ld->netdev);
}

/**
 * lunic_reconfigure() - go over to another configuration
 * @ld: the device, up or down
 * @cfg: the new configuration
 *
 * The rings are built aside and swapped in; MAC, PHY and link are not touched
 * unless a queue doesn't stop.
 *
 * Context: instance lock held, and rtnl where the number of queues changes.
 * Return: 0 or a negative error, with the old configuration running.
 */
int lunic_reconfigure(struct lunic_dev *ld, const struct lunic_cfg *cfg)
{
	struct lunic_cfg new_cfg = *cfg;
	struct lunic_rings rings = {};
	int err;

	if (!lunic_rss_user(ld))
		lunic_rss_spread(&new_cfg);
	if (!ld->up) {
		if (new_cfg.queues != ld->cfg.queues)
			err = netif_set_real_num_queues(ld->netdev,
							new_cfg.queues,
							new_cfg.queues);
		else
			err = 0;
		if (!err)
			ld->cfg = new_cfg;
		return err;
	}

	err = lunic_rings_alloc(ld, &new_cfg, &rings);
	if (err)
		return err;
	err = lunic_swap_rings(ld, &rings, &new_cfg);
	if (err && lunic_swap_rings(ld, &rings, &new_cfg)) {
		netdev_err(ld->netdev, "could not go back to the old settings; set the interface down and up\n");
		/* The next settings may want others */
		lunic_rings_free(ld, &ld->rings);
	}
	lunic_rings_free(ld, &rings);
	return err;
}

/**
 * lunic_tx_renew() - start the transmit queues anew
 * @ld: the device
 *
 * A queue that doesn't stop keeps its ring, which the device may still read,
 * and goes on in it.
 *
 * Context: neither the stack nor NAPI uses the rings.
 * Return: 0, or an error where a queue does not stop.
 */
int lunic_tx_renew(struct lunic_dev *ld)
{
	int err = 0;
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		int stuck = lunic_hw_tx_stop(ld, q);

		if (stuck) {
			err = stuck;
			continue;
		}
		lunic_tx_reset(ld->rings.tx[q]);
		ld->chip->tx_start(ld, ld->rings.tx[q]);
	}
	return err;
}

/* TX alone anew: the receiver goes on */
int lunic_tx_restart(struct lunic_dev *ld)
{
	int err;

	lunic_napi_disable(ld);
	netif_tx_disable(ld->netdev);
	lunic_irq_disable(ld);
	err = lunic_tx_renew(ld);
	lunic_napi_enable(ld);
	lunic_irq_enable(ld);
	netif_tx_wake_all_queues(ld->netdev);
	lunic_kick(ld);
	return err;
}

/**
 * lunic_restart() - back after a sleep or a reset
 * @ld: the device, detached and down
 *
 * Context: rtnl and instance lock held.
 * Return: 0, or a negative error with the interface down.
 */
int lunic_restart(struct lunic_dev *ld)
{
	struct net_device *netdev = ld->netdev;
	int err;

	err = netif_running(netdev) ? lunic_up(ld) : lunic_hw_reset(ld);
	if (err) {
		netdev_err(netdev, "does not come up again: %pe; set the interface up to try once more\n",
			   ERR_PTR(err));
		netif_close(netdev);
	}
	netif_device_attach(netdev);
	return err;
}

/* Whether TX can be started anew without the receiver */
static bool lunic_reset_tx_only(struct lunic_dev *ld)
{
	if (ld->lu.state != LUNIC_LU_PRESERVED)
		return false;
	if (lunic_hw_is_running(ld))
		return true;
	lunic_lu_lose(ld, "the device was reset from outside");
	return false;
}

/**
 * lunic_recover() - bring a device that hangs back
 * @ld: the device
 * @extack: where the reason of a failure goes; NULL: to the log
 *
 * A preserved device must not be reset as a whole: its TX alone starts anew.
 *
 * Context: takes rtnl and the instance lock.
 * Return: 0, also where nothing runs, or a negative error.
 */
int lunic_recover(struct lunic_dev *ld, struct netlink_ext_ack *extack)
{
	struct net_device *netdev = ld->netdev;
	int err = 0;

	rtnl_lock();
	netdev_lock(netdev);
	if (!ld->up || ld->lu.state == LUNIC_LU_FROZEN)
		goto unlock;
	if (!lunic_err_check_present(ld)) {
		err = -ENODEV;
		lunic_say(ld, extack, "the device is gone");
		netif_device_detach(netdev);
		goto unlock;
	}

	if (lunic_reset_tx_only(ld)) {
		err = lunic_tx_restart(ld);
		ld->lu.hung = err;
		if (err)
			lunic_say(ld, extack,
				  "TX is stuck; lunicctl cancel, then the interface down and up");
		goto unlock;
	}
	lunic_down(ld);
	err = lunic_up(ld);
	if (err)
		lunic_say(ld, extack,
			  "no recovery (%d); set the interface down and up",
			  err);
unlock:
	netdev_unlock(netdev);
	rtnl_unlock();
	return err;
}

/* After a TX timeout; where devlink can't be told, the recovery itself */
void lunic_reset_work(struct work_struct *work)
{
	struct lunic_dev *ld = container_of(work, struct lunic_dev, reset_work);
	int err;

	err = lunic_health_report(ld, LUNIC_HEALTH_TX);
	if (err == -ESHUTDOWN)
		lunic_recover(ld, NULL);
	else if (err == -ECANCELED)
		netdev_err(ld->netdev, "TX timeout again, not recovered; see devlink health\n");
}

static int lunic_open(struct net_device *netdev)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	int err;

	if (ld->dead)
		return -ENODEV;
	err = lunic_pm_get(ld);
	if (err)
		return err;
	if (lunic_rings_armed(ld))
		WRITE_ONCE(ld->rx_hold, ld->rx_hold | LUNIC_HOLD_OPEN);
	err = lunic_up(ld);
	if (err)
		lunic_pm_put(ld);
	else
		ld->lu.parked = false;
	return err;
}

/* Called for a detached device too; what is frozen stays as it is */
static int lunic_stop(struct net_device *netdev)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	if (!ld->up || ld->lu.state == LUNIC_LU_FROZEN)
		goto put;
	if (ld->lu.state == LUNIC_LU_PRESERVED)
		lunic_lu_park(ld);
	else
		lunic_down(ld);
put:
	lunic_pm_put(ld);
	return 0;
}

static int lunic_set_rx_mode(struct net_device *netdev,
			     struct netdev_hw_addr_list *uc,
			     struct netdev_hw_addr_list *mc)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	lunic_filters_build(ld, uc, mc);
	if (lunic_hw_live(ld))
		lunic_filters_write(ld);
	return 0;
}

static int lunic_set_mac(struct net_device *netdev, void *addr)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	int err;

	err = eth_prepare_mac_addr_change(netdev, addr);
	if (err)
		return err;
	eth_commit_mac_addr_change(netdev, addr);
	ether_addr_copy(ld->want.ra[0], netdev->dev_addr);
	ld->want.nr_ra = max_t(u8, ld->want.nr_ra, 1);
	if (lunic_hw_live(ld))
		lunic_filters_write(ld);
	return 0;
}

static int lunic_change_vlan(struct net_device *netdev, u16 vid, bool add)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u32 *word = &ld->want.vfta[vid / 32];

	if (add)
		*word |= BIT(vid % 32);
	else
		*word &= ~BIT(vid % 32);
	if (lunic_hw_live(ld))
		lunic_filters_write(ld);
	return 0;
}

static int lunic_vlan_add(struct net_device *netdev, __be16 proto, u16 vid)
{
	return lunic_change_vlan(netdev, vid, true);
}

static int lunic_vlan_kill(struct net_device *netdev, __be16 proto, u16 vid)
{
	return lunic_change_vlan(netdev, vid, false);
}

static int lunic_change_mtu(struct net_device *netdev, int mtu)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_cfg cfg = ld->cfg;
	int err;

	if (lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "MTU not changed: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}

	cfg.mtu = mtu;
	if (ld->up && lunic_rx_frag_size(ld, &cfg) ==
		      lunic_rx_frag_size(ld, &ld->cfg)) {
		ld->cfg.mtu = mtu;
		ld->chip->set_max_frame(ld, lunic_max_frame(mtu));
	} else {
		err = lunic_reconfigure(ld, &cfg);
		if (err)
			return err;
	}
	WRITE_ONCE(netdev->mtu, mtu);
	return 0;
}

static void lunic_tx_timeout(struct net_device *netdev, unsigned int txqueue)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	schedule_work(&ld->reset_work);
}

static const struct net_device_ops lunic_netdev_ops = {
	.ndo_open		= lunic_open,
	.ndo_stop		= lunic_stop,
	.ndo_start_xmit		= lunic_xmit,
	.ndo_features_check	= lunic_features_check,
	.ndo_set_rx_mode_async	= lunic_set_rx_mode,
	.ndo_set_mac_address	= lunic_set_mac,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= lunic_change_mtu,
	.ndo_fix_features	= lunic_fix_features,
	.ndo_set_features	= lunic_set_features,
	.ndo_vlan_rx_add_vid	= lunic_vlan_add,
	.ndo_vlan_rx_kill_vid	= lunic_vlan_kill,
	.ndo_tx_timeout		= lunic_tx_timeout,
	.ndo_get_stats64	= lunic_get_stats64,
	.ndo_hwtstamp_get	= lunic_hwtstamp_get,
	.ndo_hwtstamp_set	= lunic_hwtstamp_set,
};

/**
 * lunic_netdev_create() - the interface, not registered yet
 * @ld: the device, with its vectors
 *
 * Return: the interface or NULL.
 */
struct net_device *lunic_netdev_create(struct lunic_dev *ld)
{
	struct net_device *netdev;

	netdev = alloc_etherdev_mqs(sizeof(struct lunic_net), ld->max_queues,
				    ld->max_queues);
	if (!netdev)
		return NULL;

	((struct lunic_net *)netdev_priv(netdev))->ld = ld;
	SET_NETDEV_DEV(netdev, &ld->pdev->dev);
	netdev->netdev_ops = &lunic_netdev_ops;
	netdev->stat_ops = &lunic_stat_ops;
	netdev->ethtool_ops = &lunic_ethtool_ops;
	if (ld->chip->single_queue_stop)
		netdev->queue_mgmt_ops = &lunic_queue_mgmt_ops;
	netdev->request_ops_lock = true;
	netdev->watchdog_timeo = 5 * HZ;
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = ld->chip->max_mtu;
	netdev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE;

	lunic_features_init(netdev, ld->chip);
	/* Its notifier is one a line: a shared one is not ours to watch */
	if (!ld->single_irq || ld->pdev->msi_enabled)
		netif_set_affinity_auto(netdev);
	netif_carrier_off(netdev);
	return netdev;
}

/* What waits in the rings goes up the stack only when that is ready: the
 * routes of an interface come with NETDEV_UP, after ndo_open
 */
static int lunic_netdev_event(struct notifier_block *nb, unsigned long event,
			      void *info)
{
	struct net_device *netdev = netdev_notifier_info_to_dev(info);
	struct lunic_dev *ld;

	if (event != NETDEV_UP || netdev->netdev_ops != &lunic_netdev_ops)
		return NOTIFY_DONE;

	ld = lunic_from_netdev(netdev);
	if (ld->rx_hold & LUNIC_HOLD_OPEN) {
		if (ld->rx_hold == LUNIC_HOLD_OPEN)
			lunic_report_deliver(ld);
		WRITE_ONCE(ld->rx_hold, ld->rx_hold & ~LUNIC_HOLD_OPEN);
		lunic_kick(ld);
	}
	return NOTIFY_DONE;
}

/* After those that add routes */
static struct notifier_block lunic_notifier = {
	.notifier_call	= lunic_netdev_event,
	.priority	= -1,
};

int lunic_notifier_init(void)
{
	return register_netdevice_notifier(&lunic_notifier);
}

void lunic_notifier_exit(void)
{
	unregister_netdevice_notifier(&lunic_notifier);
}
