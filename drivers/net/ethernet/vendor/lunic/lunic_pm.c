// SPDX-License-Identifier: GPL-2.0
/* Power: sleep of the system and of an unused device, wake-up, shutdown. */
#include <linux/ethtool.h>
#include <linux/pm_runtime.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_lu.h"

#define LUNIC_WAKE_LINK_US	(5 * USEC_PER_SEC)

/* Whether the device must stay awake though nobody holds it: it receives, or
 * is to be looked at, for a live update
 */
static bool lunic_pm_needed(const struct lunic_dev *ld)
{
	return ld->up || lunic_rings_armed(ld) || ld->lu.incoming ||
	       ld->lu.state != LUNIC_LU_IDLE;
}

/**
 * lunic_pm_get() - wake the device up for those who read its registers
 * @ld: the device
 *
 * An interface that is up holds its device, and ethtool's core does so for its
 * operations: this is for all others.
 *
 * Context: may sleep; no lock is taken, so any may be held.
 * Return: 0, or a negative error, with the device not to be touched.
 */
int lunic_pm_get(struct lunic_dev *ld)
{
	return pm_runtime_resume_and_get(&ld->pdev->dev);
}

void lunic_pm_put(struct lunic_dev *ld)
{
	pm_runtime_put(&ld->pdev->dev);
}

/* Down with it. Where it is to wake the system, the receiver looks at frames,
 * with no ring to put them into, and the link comes back.
 */
static void lunic_sleep(struct lunic_dev *ld, u32 wol)
{
	bool link = ld->link_up;

	lunic_down(ld);
	lunic_ptp_pause(ld);
	if (ld->dead)
		return;
	if (wol) {
		ld->chip->init(ld);
		lunic_filters_write(ld);
		ld->chip->rx_enable(ld, true);
		lunic_phy_start(ld);
	}
	/* Its coming back is not the change of the link to wake up for */
	if (wol & WAKE_PHY && link)
		lunic_hw_poll(ld, LUNIC_STATUS, LUNIC_STATUS_LU,
			      LUNIC_STATUS_LU, LUNIC_WAKE_LINK_US);
	lunic_hw_wake_setup(ld, wol);
}

/* Refused before anything sleeps: what is received for the next kernel would
 * be lost. Positive: it may stay asleep as it is, for all that the driver
 * knows.
 */
static int lunic_pm_prepare(struct device *dev)
{
	struct lunic_dev *ld = dev_get_drvdata(dev);
	bool wol;
	int err;

	netdev_lock(ld->netdev);
	err = lunic_lu_config_locked(ld, NULL);
	wol = ld->cfg.wol;
	netdev_unlock(ld->netdev);
	if (err) {
		dev_err(dev, "can't be suspended during a live update (lunicctl cancel, or lunicctl resume after it)\n");
		return err;
	}
	return !wol;
}

static int lunic_pm_suspend(struct device *dev)
{
	struct lunic_dev *ld = dev_get_drvdata(dev);

	rtnl_lock();
	netdev_lock(ld->netdev);
	netif_device_detach(ld->netdev);
	lunic_sleep(ld, ld->cfg.wol);
	netdev_unlock(ld->netdev);
	rtnl_unlock();
	return 0;
}

static int lunic_pm_resume(struct device *dev)
{
	struct lunic_dev *ld = dev_get_drvdata(dev);
	int err;

	rtnl_lock();
	netdev_lock(ld->netdev);
	lunic_hw_wake_setup(ld, 0);
	err = lunic_restart(ld);
	netdev_unlock(ld->netdev);
	rtnl_unlock();
	return err;
}

static int lunic_pm_runtime_idle(struct device *dev)
{
	return lunic_pm_needed(dev_get_drvdata(dev)) ? -EBUSY : 0;
}

/* Nobody holds the device, so nobody changes what is looked at. No locks here
 * and in resume: those who wake the device up may hold them.
 */
static int lunic_pm_runtime_suspend(struct device *dev)
{
	struct lunic_dev *ld = dev_get_drvdata(dev);

	if (lunic_pm_needed(ld))
		return -EBUSY;
	lunic_ptp_pause(ld);
	return 0;
}

/* D3hot has reset it, or not: from here on it is known to be */
static int lunic_pm_runtime_resume(struct device *dev)
{
	struct lunic_dev *ld = dev_get_drvdata(dev);

	return ld->dead ? 0 : lunic_hw_reset(ld);
}

const struct dev_pm_ops lunic_pm_ops = {
	.prepare = pm_sleep_ptr(lunic_pm_prepare),
	SYSTEM_SLEEP_PM_OPS(lunic_pm_suspend, lunic_pm_resume)
	RUNTIME_PM_OPS(lunic_pm_runtime_suspend, lunic_pm_runtime_resume,
		       lunic_pm_runtime_idle)
};

/* Last in probe: from here on an unused device may sleep, where the
 * administrator allows it
 */
void lunic_pm_start(struct lunic_dev *ld)
{
	struct device *dev = &ld->pdev->dev;

	dev_pm_set_driver_flags(dev, DPM_FLAG_SMART_PREPARE);
	pm_runtime_put_noidle(dev);
}

/* First in remove, which finds the device awake */
void lunic_pm_stop(struct lunic_dev *ld)
{
	pm_runtime_get_noresume(&ld->pdev->dev);
}

/* Frozen, the device runs on into the next kernel; else it is reset */
void lunic_shutdown(struct pci_dev *pdev)
{
	struct lunic_dev *ld = pci_get_drvdata(pdev);
	bool off = system_state == SYSTEM_POWER_OFF;
	u32 wol = off ? ld->cfg.wol : 0;

	rtnl_lock();
	netdev_lock(ld->netdev);
	if (ld->lu.state == LUNIC_LU_FROZEN)
		goto unlock;

	netif_device_detach(ld->netdev);
	lunic_sleep(ld, wol);
	ld->dead = true;
	pci_disable_device(pdev);
	if (off) {
		pci_wake_from_d3(pdev, wol);
		pci_set_power_state(pdev, PCI_D3hot);
	}
unlock:
	netdev_unlock(ld->netdev);
	rtnl_unlock();
}
