// SPDX-License-Identifier: GPL-2.0
/* The file handler that LUO calls, and where a device stands in an update. */
#include <linux/error-injection.h>
#include <linux/iommu.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/lunic.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/pci_liveupdate.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_lu.h"
#include "lunic_ring.h"
#include "lunic_trace.h"

/* Devices whose handover is not finished: each holds the module, because LUO
 * does so only from the first open of /dev/liveupdate on
 */
static DEFINE_XARRAY(lunic_pins);

/* Live update is on, and the handler is registered */
static bool lunic_lu_registered;

/* What LUO carries for a device: its address. The handover itself lies in the
 * KHO subtree of that name.
 */
u64 lunic_lu_id(const struct lunic_dev *ld)
{
	return (u64)pci_domain_nr(ld->pdev->bus) << 16 | pci_dev_id(ld->pdev);
}

void lunic_lu_pin(struct lunic_dev *ld)
{
	if (!xa_insert(&lunic_pins, lunic_lu_id(ld), xa_mk_value(1),
		       GFP_KERNEL))
		__module_get(THIS_MODULE);
}

/* Another probe has had it, and its update is not finished */
bool lunic_lu_pinned(const struct lunic_dev *ld)
{
	return xa_load(&lunic_pins, lunic_lu_id(ld));
}

static void lunic_lu_unpin(u64 id)
{
	if (xa_erase(&lunic_pins, id))
		module_put(THIS_MODULE);
}

/* Without translation a kexec changes nothing for the device's DMA */
bool lunic_dma_is_translated(const struct lunic_dev *ld)
{
	struct iommu_domain *domain;

	domain = iommu_get_domain_for_dev(&ld->pdev->dev);
	return domain && domain->type != IOMMU_DOMAIN_IDENTITY;
}

/**
 * lunic_lu_blocker() - what a preservation would be refused for
 * @ld: the device
 * @need: what the blackout budget needs, whatever it is refused for
 *
 * Context: instance lock held.
 * Return: enum lunic_lu_blocker.
 */
u32 lunic_lu_blocker(struct lunic_dev *ld, struct lunic_basin_need *need)
{
	u32 basin = lunic_basin_check(ld, need);

	if (!lunic_lu_registered)
		return LUNIC_BLOCK_NO_LIVEUPDATE;
	if (ld->dead || lunic_rd(ld, LUNIC_STATUS) == U32_MAX)
		return LUNIC_BLOCK_GONE;
	if (ld->pdev->is_virtfn)
		return LUNIC_BLOCK_VF;
	if (ld->lu.incoming)
		return LUNIC_BLOCK_INCOMING;
	if (ld->lu.state != LUNIC_LU_IDLE)
		return LUNIC_BLOCK_PRESERVED;
	if (!(ld->cfg.priv_flags & LUNIC_PF_LIVE_UPDATE))
		return LUNIC_BLOCK_PRIV_FLAG;
	if (!net_eq(dev_net(ld->netdev), &init_net))
		return LUNIC_BLOCK_NETNS;
	if (!ld->up)
		return LUNIC_BLOCK_DOWN;
	if (lunic_dma_is_translated(ld))
		return LUNIC_BLOCK_IOMMU;
	return basin;
}

static const int lunic_block_errors[] = {
	[LUNIC_BLOCK_NO_LIVEUPDATE]	= -EOPNOTSUPP,
	[LUNIC_BLOCK_PRIV_FLAG]		= -EPERM,
	[LUNIC_BLOCK_DOWN]		= -ENETDOWN,
	[LUNIC_BLOCK_IOMMU]		= -EOPNOTSUPP,
	[LUNIC_BLOCK_VF]		= -EOPNOTSUPP,
	[LUNIC_BLOCK_NETNS]		= -EXDEV,
	[LUNIC_BLOCK_INCOMING]		= -EBUSY,
	[LUNIC_BLOCK_PRESERVED]		= -EBUSY,
	[LUNIC_BLOCK_GONE]		= -ENODEV,
	[LUNIC_BLOCK_RINGS]		= -ERANGE,
	[LUNIC_BLOCK_MEMORY]		= -ENOMEM,
};

static const char * const lunic_block_texts[] = {
	[LUNIC_BLOCK_NO_LIVEUPDATE] =
		"live update is off (boot with kho=on liveupdate=on)",
	[LUNIC_BLOCK_PRIV_FLAG] =
		"switched off (ethtool --set-priv-flags DEV live-update on)",
	[LUNIC_BLOCK_DOWN] =
		"the interface is down (ip link set DEV up)",
	[LUNIC_BLOCK_IOMMU] =
		"an IOMMU translates its DMA (boot with iommu=pt)",
	[LUNIC_BLOCK_VF] =
		"it is a virtual function (preserve the physical one)",
	[LUNIC_BLOCK_NETNS] =
		"the interface is not in the initial network namespace",
	[LUNIC_BLOCK_INCOMING] =
		"the last update is not finished (lunicctl resume)",
	[LUNIC_BLOCK_PRESERVED] =
		"it is preserved already",
	[LUNIC_BLOCK_GONE] =
		"the hardware does not answer",
};

/* NULL where nothing blocks */
static const char *lunic_block_text(struct lunic_dev *ld, u32 blocker,
				    const struct lunic_basin_need *need)
{
	if (blocker == LUNIC_BLOCK_RINGS || blocker == LUNIC_BLOCK_MEMORY)
		return lunic_basin_shortage(ld, blocker, need);
	return lunic_block_texts[blocker];
}

/* The same in words */
const char *lunic_lu_why_not(struct lunic_dev *ld)
{
	struct lunic_basin_need need;
	u32 blocker = lunic_lu_blocker(ld, &need);

	return lunic_block_text(ld, blocker, &need) ?: "none";
}

/* The reason in the log too: LUO hands an errno to user space and no more */
static int lunic_lu_refuse(struct lunic_dev *ld)
{
	struct lunic_basin_need need;
	u32 blocker = lunic_lu_blocker(ld, &need);

	if (blocker == LUNIC_BLOCK_NONE)
		return 0;
	ld->lu.refusal = lunic_block_text(ld, blocker, &need);
	dev_warn(&ld->pdev->dev, "live update: not preserved: %s\n",
		 ld->lu.refusal);
	return lunic_block_errors[blocker];
}

static bool lunic_lu_can_preserve(struct liveupdate_file_handler *fh,
				  struct file *file)
{
	return lunic_cdev_is(file);
}

/* True where the device is still bound: awake, and with its locks held */
static bool lunic_lu_lock(struct lunic_dev *ld)
{
	mutex_lock(&ld->life);
	if (ld->removed || lunic_pm_get(ld)) {
		mutex_unlock(&ld->life);
		return false;
	}
	netdev_lock(ld->netdev);
	return true;
}

static void lunic_lu_unlock(struct lunic_dev *ld)
{
	netdev_unlock(ld->netdev);
	lunic_pm_put(ld);
	mutex_unlock(&ld->life);
}

static int lunic_lu_check(struct lunic_dev *ld)
{
	int err;

	if (!lunic_lu_lock(ld))
		return -ENODEV;
	err = lunic_lu_refuse(ld);
	lunic_lu_unlock(ld);
	return err;
}

static int lunic_lu_preserve(struct liveupdate_file_op_args *args)
{
	struct lunic_dev *ld = args->file->private_data;
	int err;

	/* Once for a clear reason, before the PCI core gives its own */
	err = lunic_lu_check(ld);
	if (err)
		return err;

	err = pci_liveupdate_preserve(ld->pdev);
	if (err) {
		dev_warn(&ld->pdev->dev, "live update: the PCI core refused: %pe\n",
			 ERR_PTR(err));
		return err;
	}

	err = -ENODEV;
	if (lunic_lu_lock(ld)) {
		err = lunic_lu_refuse(ld);
		if (!err)
			err = lunic_preserve(ld);
		trace_lunic_preserve(ld, err);
		lunic_lu_unlock(ld);
	}
	if (err) {
		pci_liveupdate_unpreserve(ld->pdev);
		return err;
	}
	args->serialized_data = lunic_lu_id(ld);
	return 0;
}

static void lunic_lu_unpreserve(struct liveupdate_file_op_args *args)
{
	struct lunic_dev *ld = args->file->private_data;

	if (lunic_lu_lock(ld)) {
		lunic_unpreserve(ld);
		lunic_lu_unlock(ld);
	}
	pci_liveupdate_unpreserve(ld->pdev);
}

static noinline int lunic_lu_freeze(struct liveupdate_file_op_args *args)
{
	struct lunic_dev *ld = args->file->private_data;
	int err = -ENODEV;

	if (lunic_lu_lock(ld)) {
		err = lunic_freeze(ld);
		trace_lunic_freeze(ld, err);
		lunic_lu_unlock(ld);
	}
	return err;
}
ALLOW_ERROR_INJECTION(lunic_lu_freeze, ERRNO);

static void lunic_lu_unfreeze(struct liveupdate_file_op_args *args)
{
	struct lunic_dev *ld = args->file->private_data;

	if (lunic_lu_lock(ld)) {
		lunic_unfreeze(ld);
		lunic_lu_unlock(ld);
	}
}

static int lunic_lu_retrieve(struct liveupdate_file_op_args *args)
{
	u64 id = args->serialized_data;
	struct lunic_dev *ld;
	struct file *file;

	ld = lunic_dev_find(id >> 16, id);
	if (!ld) {
		pr_warn("lunic: live update: PCI device %04llx:%04llx (domain, bus and function) is not bound to this driver\n",
			id >> 16, id & 0xffff);
		return -ENODEV;
	}
	file = lunic_cdev_get_file(ld);
	if (IS_ERR(file))
		return PTR_ERR(file);
	args->file = file;
	return 0;
}

/* Runs whether or not the file was retrieved, and whether or not the device is
 * still there: an agent that dies finishes its session
 */
static void lunic_lu_finish(struct liveupdate_file_op_args *args)
{
	u64 id = args->serialized_data;
	struct lunic_dev *ld;
	struct pci_dev *pdev;

	ld = lunic_dev_find(id >> 16, id);
	if (ld) {
		if (lunic_lu_lock(ld)) {
			lunic_adopt_release(ld);
			lunic_lu_unlock(ld);
		}
		lunic_dev_put(ld);
	}

	pdev = pci_get_domain_bus_and_slot(id >> 16, PCI_BUS_NUM(id),
					   id & 0xff);
	if (pdev)
		pci_liveupdate_finish(pdev);
	else
		lunic_adopt_abandon(id);
	pci_dev_put(pdev);
	lunic_lu_unpin(id);
}

/* So that two files of one device are known for the same */
static unsigned long lunic_lu_get_id(struct file *file)
{
	return (unsigned long)file->private_data;
}

static const struct liveupdate_file_ops lunic_lu_ops = {
	.can_preserve	= lunic_lu_can_preserve,
	.preserve	= lunic_lu_preserve,
	.unpreserve	= lunic_lu_unpreserve,
	.freeze		= lunic_lu_freeze,
	.unfreeze	= lunic_lu_unfreeze,
	.retrieve	= lunic_lu_retrieve,
	.finish		= lunic_lu_finish,
	.get_id		= lunic_lu_get_id,
	.owner		= THIS_MODULE,
};

static struct liveupdate_file_handler lunic_lu_handler = {
	.ops		= &lunic_lu_ops,
	.compatible	= LUNIC_HO_COMPATIBLE,
};

/**
 * lunic_lu_park() - ifdown of a preserved device
 * @ld: the device
 *
 * The stack's side stops; RX stays armed for the next kernel.
 *
 * Context: instance lock held.
 */
void lunic_lu_park(struct lunic_dev *ld)
{
	lunic_stats_stop(ld);
	lunic_data_stop(ld, true);
	cancel_work_sync(&ld->link_work);
	ld->lu.parked = true;
	netdev_info(ld->netdev, "down, but preserved: goes on receiving for the next kernel\n");
}

/**
 * lunic_lu_end_hold() - let received frames go up the stack
 * @ld: the device
 * @why: for the log
 *
 * Context: instance lock held.
 */
void lunic_lu_end_hold(struct lunic_dev *ld, const char *why)
{
	if (!(ld->rx_hold & LUNIC_HOLD_USER))
		return;

	if (ld->rx_hold == LUNIC_HOLD_USER)
		lunic_report_deliver(ld);
	WRITE_ONCE(ld->rx_hold, ld->rx_hold & ~LUNIC_HOLD_USER);
	trace_lunic_hold_end(ld, why);
	netdev_info(ld->netdev, "live update: received frames are held no longer: %s\n",
		    why);
	lunic_cdev_event(ld);
	if (ld->up)
		lunic_kick(ld);
}

static void lunic_hold_work(struct work_struct *work)
{
	struct lunic_dev *ld = container_of(to_delayed_work(work),
					    struct lunic_dev, lu.hold_work);

	netdev_lock(ld->netdev);
	lunic_lu_end_hold(ld, "nobody resumed them in time");
	netdev_unlock(ld->netdev);
}

/**
 * lunic_lu_lose() - what was to be handed over is gone
 * @ld: the device
 * @why: for the log
 *
 * The session still has the file, and its freeze fails.
 *
 * Context: instance lock held.
 */
void lunic_lu_lose(struct lunic_dev *ld, const char *why)
{
	if (ld->lu.state != LUNIC_LU_PRESERVED &&
	    ld->lu.state != LUNIC_LU_FROZEN)
		return;

	trace_lunic_lose(ld, why);
	lunic_unpreserve(ld);
	netdev_err(ld->netdev, "live update: preservation lost: %s (lunicctl cancel, then preserve it again)\n",
		   why);
}

/**
 * lunic_lu_set_state() - where the device stands now
 * @ld: the device
 * @state: enum lunic_lu_state; not for LUNIC_LU_FROZEN, before which nothing
 *	may be allocated
 *
 * Context: instance lock held, or alone with the device.
 */
void lunic_lu_set_state(struct lunic_dev *ld, u32 state)
{
	ld->lu.state = state;
	lunic_cdev_event(ld);
}

/* Before anything else of the live update can run */
void lunic_lu_setup(struct lunic_dev *ld)
{
	INIT_DELAYED_WORK(&ld->lu.hold_work, lunic_hold_work);
	lunic_report_stamp(ld, LUNIC_PHASE_PROBE);
}

/**
 * lunic_lu_remove() - the driver is being unbound
 * @ld: the device
 *
 * A preservation ends here; its session can only be closed.
 *
 * Context: device lock held; the interface is still there.
 */
void lunic_lu_remove(struct lunic_dev *ld)
{
	mutex_lock(&ld->life);
	ld->removed = true;
	mutex_unlock(&ld->life);

	cancel_delayed_work_sync(&ld->lu.hold_work);
	netdev_lock(ld->netdev);
	lunic_unpreserve(ld);
	lunic_adopt_give_up(ld);
	netdev_unlock(ld->netdev);
}

/* Last in the module's init: from here on a session may come */
int lunic_lu_init(void)
{
	int err;

	err = liveupdate_register_file_handler(&lunic_lu_handler);
	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		return err;

	err = pci_liveupdate_register_flb(&lunic_lu_handler);
	if (err) {
		liveupdate_unregister_file_handler(&lunic_lu_handler);
		return err;
	}
	lunic_lu_registered = true;
	return 0;
}

void lunic_lu_exit(void)
{
	if (!lunic_lu_registered)
		return;
	pci_liveupdate_unregister_flb(&lunic_lu_handler);
	liveupdate_unregister_file_handler(&lunic_lu_handler);
}
