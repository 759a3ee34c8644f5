// SPDX-License-Identifier: GPL-2.0
/* Faults: PCI errors, resets from outside, a device that was pulled out. */
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_lu.h"

/* The interface stands still until lunic_err_start(). A device that still
 * answers is stopped properly; one that doesn't must not write any more to
 * memory that is given back here.
 */
static void lunic_err_stop(struct lunic_dev *ld, bool answers, const char *why)
{
	struct net_device *netdev = ld->netdev;

	rtnl_lock();
	netdev_lock(netdev);
	netif_device_detach(netdev);
	if (!answers) {
		ld->dead = true;
		pci_clear_master(ld->pdev);
	}
	lunic_lu_lose(ld, why);
	if (ld->up || lunic_rings_armed(ld))
		lunic_down(ld);
	lunic_ptp_pause(ld);
	ld->dead = true;
	netdev_unlock(netdev);
	rtnl_unlock();
}

static void lunic_err_start(struct lunic_dev *ld)
{
	struct net_device *netdev = ld->netdev;

	rtnl_lock();
	netdev_lock(netdev);
	if (ld->dead) {
		ld->dead = false;
		lunic_restart(ld);
	}
	netdev_unlock(netdev);
	rtnl_unlock();
}

/* Errors that are not fatal have cost a packet on the bus at most */
static pci_ers_result_t lunic_error_detected(struct pci_dev *pdev,
					     pci_channel_state_t state)
{
	struct lunic_dev *ld = pci_get_drvdata(pdev);

	if (state == pci_channel_io_normal) {
		dev_warn(&pdev->dev, "PCI error, not fatal: goes on\n");
		return PCI_ERS_RESULT_CAN_RECOVER;
	}
	lunic_health_raise(ld, LUNIC_HEALTH_HW);
	lunic_err_stop(ld, false, "a fatal PCI error");
	if (state == pci_channel_io_perm_failure) {
		dev_err(&pdev->dev, "PCI error without recovery: unbind the driver, or reset the device through sysfs\n");
		return PCI_ERS_RESULT_DISCONNECT;
	}
	return PCI_ERS_RESULT_NEED_RESET;
}

/* The configuration space is as after power-on */
static pci_ers_result_t lunic_slot_reset(struct pci_dev *pdev)
{
	struct lunic_dev *ld = pci_get_drvdata(pdev);

	/* Where only another device under the port had the error */
	if (!ld->dead)
		lunic_err_stop(ld, false, "the slot was reset");

	pci_restore_state(pdev);
	pci_set_master(pdev);
	if (lunic_hw_reset(ld)) {
		dev_err(&pdev->dev, "does not answer after the reset of its slot\n");
		return PCI_ERS_RESULT_DISCONNECT;
	}
	return PCI_ERS_RESULT_RECOVERED;
}

static void lunic_resume(struct pci_dev *pdev)
{
	lunic_err_start(pci_get_drvdata(pdev));
}

/* A reset by the administrator; it can't be refused */
static void lunic_reset_prepare(struct pci_dev *pdev)
{
	lunic_err_stop(pci_get_drvdata(pdev), pci_device_is_present(pdev),
		       "the device is being reset");
}

static void lunic_reset_done(struct pci_dev *pdev)
{
	struct lunic_dev *ld = pci_get_drvdata(pdev);

	/* Where it did not answer before */
	pci_set_master(pdev);
	lunic_err_start(ld);
}

const struct pci_error_handlers lunic_err_handlers = {
	.error_detected	= lunic_error_detected,
	.slot_reset	= lunic_slot_reset,
	.resume		= lunic_resume,
	.reset_prepare	= lunic_reset_prepare,
	.reset_done	= lunic_reset_done,
};

/**
 * lunic_err_check_present() - see whether the device was pulled out
 * @ld: the device
 *
 * If so nothing waits for its registers any more.
 *
 * Context: instance lock held; may sleep.
 * Return: false where it is gone.
 */
bool lunic_err_check_present(struct lunic_dev *ld)
{
	if (!ld->dead && !pci_device_is_present(ld->pdev)) {
		ld->dead = true;
		lunic_health_raise(ld, LUNIC_HEALTH_HW);
	}
	return !ld->dead;
}
