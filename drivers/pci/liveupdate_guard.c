// SPDX-License-Identifier: GPL-2.0
/*
 * Sees to it that an incoming device is taken over by the driver that handed it
 * over, or else is stopped.
 */

/**
 * DOC: Binding guard and containment
 *
 * The previous kernel names the driver that preserved a device. Until the
 * device is finished, no other driver is bound to it: the attempt fails like
 * one by a driver that does not know the device, with a line in the log. The
 * administrator can overrule that: by driver_override, or by writing 1 to the
 * device's liveupdate/release in sysfs, which stops the device first.
 *
 * To stop, or contain, a device means: its bus mastering is turned off, pending
 * transactions are waited for, and it is reset by a function level reset, or
 * by a reset of its bus if it is alone there. It is not incoming any more then,
 * but a device like any other. One line in the log says why. This happens
 *
 * - when the probe of its own driver fails, but not when it is deferred;
 * - when it is finished and no driver's probe has succeeded;
 * - when the last file of the session is finished and it was not;
 * - when driver_override gives it to another driver;
 * - on a write to liveupdate/release;
 * - when its driver asks for it by pci_liveupdate_contain().
 *
 * There is no timer. A device that nobody cares for goes on using the memory
 * that was preserved for it, which nobody else gets.
 */

#include <linux/export.h>
#include <linux/pci.h>
#include <linux/pci_liveupdate.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "liveupdate.h"
#include "pci.h"

/* Decoding was on before. A device that does not answer reads all ones. */
static bool contain_was_reset(struct pci_dev *dev)
{
	u16 cmd;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	return !(cmd & (PCI_COMMAND_MEMORY | PCI_COMMAND_IO));
}

static int contain_reset(struct pci_dev *dev)
{
	struct pci_dev *bridge = pci_upstream_bridge(dev);
	int i, err;

	err = pcie_reset_flr(dev, PCI_RESET_DO_RESET);
	if (err != -ENOTTY)
		return err;

	/* The other methods reset less than that, or nothing */
	for (i = 0; i < PCI_NUM_RESET_METHODS; i++) {
		if (pci_reset_fn_methods[i].name &&
		    !strcmp(pci_reset_fn_methods[i].name, "bus"))
			break;
	}
	if (!bridge || i == PCI_NUM_RESET_METHODS)
		return -ENOTTY;

	pci_cfg_access_lock(bridge);
	err = pci_reset_fn_methods[i].reset_fn(dev, PCI_RESET_DO_RESET);
	pci_cfg_access_unlock(bridge);

	/* A link that does not tell when it is up again is no failure */
	if (err && contain_was_reset(dev))
		return 0;
	return err;
}

/**
 * pci_liveupdate_contain() - stop a device that can't be taken over
 * @dev: device
 * @why: for the log, completes "was handed over, but"
 *
 * Turns bus mastering off and resets @dev, which is not incoming afterwards.
 * Its config space is as before, without bus mastering. Does nothing if @dev
 * is not incoming.
 *
 * Context: device lock of @dev held. May sleep.
 */
void pci_liveupdate_contain(struct pci_dev *dev, const char *why)
{
	int err;

	if (!pci_liveupdate_is_incoming(dev) ||
	    dev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;

	pci_liveupdate_end_quiet(dev);
	pci_clear_master(dev);
	if (!pci_wait_for_pending_transaction(dev))
		pci_warn(dev, "still has transactions pending\n");

	pci_save_state(dev);
	err = contain_reset(dev);
	pci_restore_state(dev);
	if (err)
		pci_warn(dev, "was handed over, but %s; bus mastering is off, reset failed: %pe\n",
			 why, ERR_PTR(err));
	else
		pci_warn(dev, "was handed over, but %s; stopped and reset\n",
			 why);

	pci_liveupdate_forget(dev);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_contain);

/*
 * Called before the probe of @drv, with the device lock held. An error if @drv
 * may not have @dev.
 */
int pci_liveupdate_begin_probe(struct pci_dev *dev, struct pci_driver *drv)
{
	char owner[32];

	if (!pci_liveupdate_is_incoming(dev))
		return 0;

	if (!pci_liveupdate_owner(dev, owner, sizeof(owner)) ||
	    !strncmp(owner, drv->name, sizeof(owner) - 1)) {
		pci_liveupdate_end_quiet(dev);
		return 0;
	}

	/* The match has seen to it that the override names this driver */
	if (device_has_driver_override(&dev->dev)) {
		pci_liveupdate_contain(dev, "driver_override gives it to another driver");
		return 0;
	}

	pci_warn(dev, "was handed over by %s, so %s does not get it (driver_override or liveupdate/release would stop it first)\n",
		 owner, drv->name);
	return -ENODEV;
}

/* Called after a probe that pci_liveupdate_begin_probe() let pass. */
void pci_liveupdate_end_probe(struct pci_dev *dev, int err)
{
	if (!err)
		dev->liveupdate.claimed = true;
	else if (err != -EPROBE_DEFER)
		pci_liveupdate_contain(dev, "its driver's probe failed");
}

/* Called with the device lock free, when @dev is to be finished. */
void pci_liveupdate_contain_unclaimed(struct pci_dev *dev)
{
	device_lock(&dev->dev);
	if (!dev->liveupdate.claimed)
		pci_liveupdate_contain(dev, "no driver took it over");
	device_unlock(&dev->dev);
}

static ssize_t release_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	ssize_t ret = count;
	bool release;

	if (kstrtobool(buf, &release) || !release)
		return -EINVAL;

	device_lock(dev);
	if (dev->driver)
		ret = -EBUSY;
	else if (!pci_liveupdate_is_incoming(pdev))
		ret = -ENODATA;
	else
		pci_liveupdate_contain(pdev, "it was released by the administrator");
	device_unlock(dev);

	return ret;
}
static DEVICE_ATTR_WO(release);

static struct attribute *liveupdate_attrs[] = {
	&dev_attr_release.attr,
	NULL
};

static umode_t liveupdate_visible(struct kobject *kobj, struct attribute *attr,
				  int n)
{
	struct pci_dev *dev = to_pci_dev(kobj_to_dev(kobj));

	if (dev->hdr_type != PCI_HEADER_TYPE_NORMAL ||
	    !dev->liveupdate.was_incoming)
		return 0;

	return attr->mode;
}

const struct attribute_group pci_liveupdate_attr_group = {
	.name = "liveupdate",
	.attrs = liveupdate_attrs,
	.is_visible = liveupdate_visible,
};
