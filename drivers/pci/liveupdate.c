// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps track of the PCI devices that go on running while the kernel below
 * them is replaced.
 */

/**
 * DOC: PCI live update
 *
 * A live update jumps from one kernel to the next by kexec while chosen
 * devices keep running: they are not reset, their DMA goes on, and a driver in
 * the next kernel takes them over. The PCI core's part is to remember which
 * devices these are, to tell the next kernel, and to keep its own hands off
 * them on both sides of the jump. The device's own state is its driver's
 * business.
 *
 * A device is *outgoing* from pci_liveupdate_preserve() to
 * pci_liveupdate_unpreserve() or the jump. It is *incoming* in the next kernel
 * from enumeration to pci_liveupdate_finish(). Bridges between a preserved
 * device and the root of its hierarchy carry the device's DMA, so they are
 * outgoing and incoming with it. They count the devices below them.
 *
 * A device may be both at once: taken over from the last kernel, and already
 * preserved for the next.
 */

/**
 * DOC: Outgoing and incoming devices
 *
 * Bus mastering of outgoing devices and of the bridges above them stays on
 * when pci_device_shutdown() turns it off everywhere else before a kexec. The
 * driver's shutdown method is called all the same: it has to know by itself
 * that it must not stop the device. Shutdown also freezes each device: from
 * there on it can neither become outgoing nor cease to be.
 *
 * For incoming devices the next kernel takes what it needs from the hardware
 * instead of configuring it:
 *
 * - Bus numbers. A running device puts its own into each request. If anything
 *   came in, every bridge of the system keeps its numbers for the life of the
 *   kernel, whatever pci=assign-busses says. If an incoming bridge turns out
 *   to have lost its numbers, they could be given to another bridge by
 *   mistake; so no bridge beside it gets any, and what is below them stays
 *   unknown.
 * - ACS controls, which decide how requests between devices are routed. They
 *   are kept for the life of the device and put back after a reset. Root ports
 *   that a quirk handles get the quirk's bits as in any boot: they are the same
 *   bits.
 * - ARI forwarding, without which functions above 7 can't be reached. It is
 *   kept until the devices below the bridge are finished.
 */

/**
 * DOC: PCI live update errors
 *
 * A handover that can't be used is no reason to bring the machine down. It is
 * reported, and the devices in it are treated like any others: their drivers
 * find that they are not incoming, and reset them.
 *
 * - The handover has another version, or its list is damaged: no device is
 *   incoming. Bus numbers are kept all the same, because devices may be
 *   running.
 * - The list and its count disagree: the list holds.
 * - All files are finished while devices are not (a driver's mistake, or a
 *   device that was unplugged in between): the devices are named and cease to
 *   be incoming. Those that no driver has probed are contained.
 * - The record beside the list is missing, as after a kernel that writes none,
 *   or damaged, or of another version: enumeration is not quiet, and the guard
 *   does not know which driver to let in.
 * - The record is of another kind of device than the one found at its place:
 *   the device is incoming, its driver has to find out.
 *
 * Nothing that was preserved for a device is freed on its behalf in these
 * cases. The memory that a device may still write to belongs to its driver's
 * handover and remains reserved until the driver, having stopped the device,
 * frees it, or until the next reboot.
 */

#define pr_fmt(fmt) "PCI: liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/pci.h>
#include <linux/kho/abi/pci_liveupdate.h>
#include <linux/kho_block.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/string.h>

#include "liveupdate.h"
#include "pci.h"

/**
 * struct pci_flb - one direction of the handover
 * @root: its root; NULL if it came in and can't be used
 * @devices: entries of type struct pci_dev_ser
 */
struct pci_flb {
	struct pci_ser *root;
	struct kho_block_set devices;
};

/*
 * Protects both directions, their entries, and struct pci_liveupdate of every
 * device. LUO calls back into here with the lock of the FLB held: so
 * references to the FLB are taken and dropped outside of this lock.
 */
static DECLARE_RWSEM(pci_liveupdate_rwsem);

static struct pci_flb pci_outgoing;
static struct pci_flb pci_incoming;

/* Something came in, usable or not. Never cleared. */
static bool pci_had_incoming;

static bool pci_entry_is_for(const struct pci_dev_ser *entry,
			     struct pci_dev *dev)
{
	return entry->domain == pci_domain_nr(dev->bus) &&
	       entry->bdf == pci_dev_id(dev);
}

static struct pci_dev_ser *pci_flb_find(struct pci_flb *flb,
					struct pci_dev *dev)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *entry;

	kho_block_set_it_init(&it, &flb->devices);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		if (pci_entry_is_for(entry, dev))
			break;
	}

	return entry;
}

/*
 * Entries stay where they are, because devices point to them. One whose
 * refcount fell to 0 waits for its device to be preserved again.
 */
static struct pci_dev_ser *pci_outgoing_entry(struct pci_dev *dev)
{
	struct kho_block_set *devices = &pci_outgoing.devices;
	struct kho_block_set_it it;
	struct pci_dev_ser *entry;
	u64 nr = 0;
	int err;

	kho_block_set_it_init(&it, devices);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		if (pci_entry_is_for(entry, dev))
			return entry;
		nr++;
	}

	err = kho_block_set_grow(devices, nr + 1);
	if (err)
		return ERR_PTR(err);

	/* The iterator of an empty set does not see the first block */
	if (!nr)
		kho_block_set_it_init(&it, devices);

	entry = kho_block_set_it_reserve_entry(&it);
	entry->domain = pci_domain_nr(dev->bus);
	entry->bdf = pci_dev_id(dev);
	entry->refcount = 0;
	pci_outgoing.root->devices = kho_block_set_head_pa(devices);

	return entry;
}

static int pci_preserve_one(struct pci_dev *dev)
{
	struct pci_dev_ser *entry = dev->liveupdate.outgoing;

	if (!entry) {
		entry = pci_outgoing_entry(dev);
		if (IS_ERR(entry))
			return PTR_ERR(entry);

		dev->liveupdate.outgoing = entry;
		pci_outgoing.root->nr_devices++;
		pci_liveupdate_extras_add(dev);
	}

	entry->refcount++;
	return 0;
}

static void pci_unpreserve_one(struct pci_dev *dev)
{
	if (--dev->liveupdate.outgoing->refcount)
		return;

	dev->liveupdate.outgoing = NULL;
	pci_outgoing.root->nr_devices--;
	pci_liveupdate_extras_del(dev);
}

/* Undoes pci_preserve_one() from @dev upwards, up to but not on @end. */
static void pci_unpreserve_path(struct pci_dev *dev, struct pci_dev *end)
{
	for (; dev != end; dev = pci_upstream_bridge(dev))
		pci_unpreserve_one(dev);
}

static int pci_preserve_path(struct pci_dev *dev)
{
	struct pci_dev *step;
	int err;

	for (step = dev; step; step = pci_upstream_bridge(step)) {
		err = pci_preserve_one(step);
		if (err) {
			pci_unpreserve_path(dev, step);
			return err;
		}
	}

	return 0;
}

static int pci_may_preserve(struct pci_dev *dev)
{
	struct pci_dev *step;

	if (dev->is_virtfn) {
		pci_err(dev, "a virtual function can't be preserved\n");
		return -EINVAL;
	}

	if (dev->liveupdate.outgoing) {
		pci_err(dev, "already preserved\n");
		return -EBUSY;
	}

	for (step = dev; step; step = pci_upstream_bridge(step)) {
		if (step->liveupdate.frozen) {
			pci_err(dev, "can't be preserved during shutdown\n");
			return -EINVAL;
		}
	}

	return 0;
}

static int pci_flb_preserve(struct liveupdate_flb_op_args *args)
{
	struct pci_ser *root;

	root = kho_alloc_preserve(sizeof(*root));
	if (IS_ERR(root))
		return PTR_ERR(root);

	root->version = PCI_LUO_FLB_VERSION;
	pci_outgoing.root = root;
	kho_block_set_init(&pci_outgoing.devices, sizeof(struct pci_dev_ser));
	pci_liveupdate_extras_begin();

	args->obj = &pci_outgoing;
	args->data = virt_to_phys(root);
	return 0;
}

static void pci_flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);

	/* Frozen devices, or a driver's mistake: they point to the entries */
	if (pci_outgoing.root->nr_devices) {
		pr_err("%u devices still preserved, their records are kept\n",
		       pci_outgoing.root->nr_devices);
		return;
	}

	pci_liveupdate_extras_end();
	kho_block_set_destroy(&pci_outgoing.devices);
	kho_unpreserve_free(pci_outgoing.root);
}

/* Finish trusts the count: with a wrong one it would not see what is left. */
static void pci_incoming_check_count(void)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *entry;
	u32 nr = 0;

	kho_block_set_it_init(&it, &pci_incoming.devices);
	while ((entry = kho_block_set_it_read_entry(&it)))
		nr += !!entry->refcount;

	if (nr == pci_incoming.root->nr_devices)
		return;

	pr_err("previous kernel counted %u devices and listed %u, using the list\n",
	       pci_incoming.root->nr_devices, nr);
	pci_incoming.root->nr_devices = nr;
}

/*
 * Never fails: LUO would warn when the files are finished. A handover that
 * can't be used is an empty one.
 */
static int pci_flb_retrieve(struct liveupdate_flb_op_args *args)
{
	struct pci_ser *root = phys_to_virt(args->data);
	int err;

	pci_had_incoming = true;
	kho_block_set_init(&pci_incoming.devices, sizeof(struct pci_dev_ser));
	args->obj = &pci_incoming;

	if (root->version != PCI_LUO_FLB_VERSION) {
		pr_err("handover has version %u, not %u; devices are not taken over\n",
		       root->version, PCI_LUO_FLB_VERSION);
		return 0;
	}

	err = kho_block_set_restore(&pci_incoming.devices, root->devices);
	if (err) {
		pr_err("list of devices is unreadable (%pe); they are not taken over\n",
		       ERR_PTR(err));
		return 0;
	}

	pci_incoming.root = root;
	pci_incoming_check_count();
	pci_liveupdate_extras_retrieve();
	return 0;
}

static struct pci_dev *pci_incoming_device(const struct pci_dev_ser *entry)
{
	return pci_get_domain_bus_and_slot(entry->domain,
					   PCI_BUS_NUM(entry->bdf),
					   entry->bdf & 0xff);
}

/* A device that nobody finished and nobody probed, with a reference. */
static struct pci_dev *pci_incoming_unclaimed(void)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *entry;
	struct pci_dev *dev;

	guard(rwsem_read)(&pci_liveupdate_rwsem);

	if (!pci_incoming.root)
		return NULL;

	kho_block_set_it_init(&it, &pci_incoming.devices);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		dev = entry->refcount ? pci_incoming_device(entry) : NULL;
		if (dev && dev->hdr_type == PCI_HEADER_TYPE_NORMAL &&
		    dev->liveupdate.incoming && !dev->liveupdate.claimed)
			return dev;
		pci_dev_put(dev);
	}

	return NULL;
}

static void pci_incoming_clear(struct pci_dev *dev)
{
	pci_liveupdate_end_quiet(dev);
	WRITE_ONCE(dev->liveupdate.incoming, NULL);
	dev->liveupdate.extras = NULL;
}

static void pci_incoming_drop(struct pci_dev_ser *entry)
{
	unsigned int devfn = entry->bdf & 0xff;
	unsigned int bus = PCI_BUS_NUM(entry->bdf);
	struct pci_dev *dev;

	pr_err("%04x:%02x:%02x.%d was handed over, but no driver finished it\n",
	       entry->domain, bus, PCI_SLOT(devfn), PCI_FUNC(devfn));

	dev = pci_incoming_device(entry);
	if (!dev)
		return;

	pci_incoming_clear(dev);
	pci_dev_put(dev);
}

static void pci_incoming_drop_all(void)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *entry;

	kho_block_set_it_init(&it, &pci_incoming.devices);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		if (entry->refcount)
			pci_incoming_drop(entry);
	}
}

static void pci_flb_finish(struct liveupdate_flb_op_args *args)
{
	struct pci_dev *dev;

	while ((dev = pci_incoming_unclaimed())) {
		pci_liveupdate_contain_unclaimed(dev);
		pci_dev_put(dev);
	}

	guard(rwsem_write)(&pci_liveupdate_rwsem);

	if (!pci_incoming.root)
		return;

	/* A device that was removed meanwhile may still point to its entry */
	if (pci_incoming.root->nr_devices) {
		pci_incoming_drop_all();
		return;
	}

	pci_liveupdate_extras_free();
	kho_block_set_destroy(&pci_incoming.devices);
	kho_restore_free(pci_incoming.root);
	pci_incoming.root = NULL;
}

static const struct liveupdate_flb_ops pci_flb_ops = {
	.preserve	= pci_flb_preserve,
	.unpreserve	= pci_flb_unpreserve,
	.retrieve	= pci_flb_retrieve,
	.finish		= pci_flb_finish,
	.owner		= THIS_MODULE,
};

static struct liveupdate_flb pci_flb = {
	.ops		= &pci_flb_ops,
	.compatible	= PCI_LUO_FLB_COMPATIBLE,
};

static bool pci_get_incoming(void)
{
	void *obj;

	return !liveupdate_flb_get_incoming(&pci_flb, &obj);
}

/**
 * pci_liveupdate_register_flb() - let a file handler's files stand for devices
 * @fh: file handler, already registered with LUO
 *
 * A driver calls this once for the handler whose files it preserves together
 * with their devices, before it uses any other function here.
 *
 * Context: May sleep.
 * Return: 0, -EOPNOTSUPP if live updates are off, or another error of
 * liveupdate_register_flb().
 */
int pci_liveupdate_register_flb(struct liveupdate_file_handler *fh)
{
	int err;

	err = liveupdate_register_flb(fh, &pci_flb);
	if (err)
		return err;

	/*
	 * LUO learns the incoming count at the first get and drops it at each
	 * file's finish. Without any device to enumerate this is the first.
	 */
	if (pci_get_incoming())
		liveupdate_flb_put_incoming(&pci_flb);

	return 0;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_register_flb);

/**
 * pci_liveupdate_unregister_flb() - undo pci_liveupdate_register_flb()
 * @fh: file handler
 *
 * Context: May sleep.
 */
void pci_liveupdate_unregister_flb(struct liveupdate_file_handler *fh)
{
	liveupdate_unregister_flb(fh, &pci_flb);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_unregister_flb);

/**
 * pci_liveupdate_preserve() - keep a device running across the next kexec
 * @dev: device
 *
 * Makes @dev and the bridges above it outgoing. To be called from the preserve
 * operation of a file handler with the PCI core's FLB.
 *
 * Context: May sleep.
 * Return: 0, -EBUSY if @dev is preserved already, -EINVAL if it is a virtual
 * function or being shut down, -ENOENT if no file with the FLB is being
 * preserved, or -ENOMEM.
 */
int pci_liveupdate_preserve(struct pci_dev *dev)
{
	void *obj;
	int err;

	err = liveupdate_flb_get_outgoing(&pci_flb, &obj);
	if (err)
		return err;

	scoped_guard(rwsem_write, &pci_liveupdate_rwsem) {
		err = pci_may_preserve(dev);
		if (!err)
			err = pci_preserve_path(dev);
	}

	/* It may be unplugged, but unpreserve has to find it */
	if (!err)
		pci_dev_get(dev);

	liveupdate_flb_put_outgoing(&pci_flb);
	return err;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_preserve);

/**
 * pci_liveupdate_unpreserve() - undo pci_liveupdate_preserve()
 * @dev: device
 *
 * To be called from the unpreserve operation of the file handler, and from its
 * preserve operation if that fails later on. Does nothing but log once @dev is
 * being shut down: that it stays on has been decided.
 *
 * Context: May sleep.
 */
void pci_liveupdate_unpreserve(struct pci_dev *dev)
{
	scoped_guard(rwsem_write, &pci_liveupdate_rwsem) {
		if (dev->liveupdate.frozen) {
			pci_warn(dev, "stays preserved during shutdown\n");
			return;
		}

		if (!dev->liveupdate.outgoing) {
			pci_WARN(dev, true, "unpreserved but not preserved\n");
			return;
		}

		pci_unpreserve_path(dev, NULL);
	}

	pci_dev_put(dev);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_unpreserve);

/**
 * pci_liveupdate_is_incoming() - was the device handed over to this kernel?
 * @dev: device
 *
 * A driver asks this in probe to decide between taking the device over and
 * resetting it. The answer changes at pci_liveupdate_finish(); a driver that
 * asks at other times must keep the two apart by itself.
 *
 * Context: Any.
 * Return: true until @dev is finished.
 */
bool pci_liveupdate_is_incoming(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.incoming);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_is_incoming);

/**
 * pci_liveupdate_retrieve() - may the device's file be retrieved?
 * @dev: device
 *
 * For file handlers whose retrieve operation finds its device by address:
 * tells a device that was handed over from one that is there by chance.
 *
 * Context: Any.
 * Return: 0, or -EINVAL if @dev is not incoming.
 */
int pci_liveupdate_retrieve(struct pci_dev *dev)
{
	return pci_liveupdate_is_incoming(dev) ? 0 : -EINVAL;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_retrieve);

static void pci_finish_one(struct pci_dev *dev)
{
	struct pci_dev_ser *entry = dev->liveupdate.incoming;

	/* A bridge that was replaced, or one that the list did not name */
	if (!entry)
		return;

	if (--entry->refcount)
		return;

	pci_incoming_clear(dev);
	pci_incoming.root->nr_devices--;
}

/* @dev ceases to be incoming, and so do the bridges if it was the last. */
void pci_liveupdate_forget(struct pci_dev *dev)
{
	struct pci_dev *step;

	guard(rwsem_write)(&pci_liveupdate_rwsem);

	if (!dev->liveupdate.incoming)
		return;

	for (step = dev; step; step = pci_upstream_bridge(step))
		pci_finish_one(step);
}

/**
 * pci_liveupdate_finish() - end the take-over of a device
 * @dev: device
 *
 * From here on @dev is a device like any other. To be called from the finish
 * operation of the file handler, on success or failure, with a reference to
 * @dev that the handler holds itself, and before memory that @dev may write to
 * is freed if no probe of @dev has succeeded: it is contained then. Does
 * nothing if @dev is not incoming.
 *
 * Context: May sleep. The device lock is not held.
 */
void pci_liveupdate_finish(struct pci_dev *dev)
{
	if (!pci_liveupdate_is_incoming(dev))
		return;

	pci_liveupdate_contain_unclaimed(dev);
	pci_liveupdate_forget(dev);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_finish);

/**
 * pci_liveupdate_incoming_nr_devices() - how many devices are incoming?
 *
 * Context: May sleep.
 * Return: number of incoming devices that are not finished, bridges included.
 * 0 if nothing came in, whatever the reason.
 */
u32 pci_liveupdate_incoming_nr_devices(void)
{
	u32 nr = 0;

	if (!pci_get_incoming())
		return 0;

	scoped_guard(rwsem_read, &pci_liveupdate_rwsem) {
		if (pci_incoming.root)
			nr = pci_incoming.root->nr_devices;
	}

	liveupdate_flb_put_incoming(&pci_flb);
	return nr;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_incoming_nr_devices);

/* One that does not was reset, or is another one in the same place. */
static bool pci_still_decodes(struct pci_dev *dev)
{
	u16 cmd;

	if (dev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return true;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	return cmd & (PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
}

static void pci_setup_incoming(struct pci_dev *dev)
{
	struct pci_dev_ser *entry;

	guard(rwsem_write)(&pci_liveupdate_rwsem);

	entry = pci_flb_find(&pci_incoming, dev);
	if (!entry || !entry->refcount)
		return;

	WRITE_ONCE(dev->liveupdate.incoming, entry);
	dev->liveupdate.was_incoming = true;
	dev->liveupdate.extras = pci_liveupdate_extras_find(dev);
	dev->liveupdate.quiet = dev->liveupdate.extras &&
				pci_still_decodes(dev);
	pci_info(dev, "handed over by the previous kernel%s\n",
		 dev->liveupdate.extras && !dev->liveupdate.quiet ?
		 ", but reset or replaced since; set up anew" : "");
}

/* Called at enumeration, before anything of @dev is configured. */
void pci_liveupdate_setup_device(struct pci_dev *dev)
{
	if (!pci_get_incoming())
		return;

	pci_setup_incoming(dev);
	liveupdate_flb_put_incoming(&pci_flb);
}

/* Which driver handed @dev over? False if unknown. */
bool pci_liveupdate_owner(struct pci_dev *dev, char *name, size_t size)
{
	guard(rwsem_read)(&pci_liveupdate_rwsem);

	if (!dev->liveupdate.extras || !dev->liveupdate.extras->driver[0])
		return false;

	strscpy(name, dev->liveupdate.extras->driver, size);
	return true;
}

/*
 * Called when @dev is about to be freed. Takes no lock: nobody else has a
 * pointer to it, and the last reference may be dropped under ours.
 */
void pci_liveupdate_cleanup_device(struct pci_dev *dev)
{
	if (dev->liveupdate.incoming)
		pci_warn(dev, "removed before its live update was finished\n");
}

/*
 * Called first in the shutdown of @dev. One that came in and that nobody took
 * over has to be stopped: the next kernel does not know of its memory.
 */
void pci_liveupdate_freeze(struct pci_dev *dev)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);

	dev->liveupdate.frozen = true;
	pci_liveupdate_end_quiet(dev);
}

/* The caller has frozen @dev: the answer is final. */
bool pci_liveupdate_is_outgoing(struct pci_dev *dev)
{
	return dev->liveupdate.outgoing;
}

/* Are bridges to keep the bus numbers that they have? */
bool pci_liveupdate_preserve_bus_numbers(void)
{
	return pci_had_incoming;
}

/*
 * Is it unsafe to give bus numbers to @dev, a bridge on @bus? Numbers that an
 * incoming bridge beside it has lost may be in use by devices below that one.
 */
bool pci_liveupdate_refuse_bus_numbers(struct pci_bus *bus,
				       struct pci_dev *dev)
{
	struct pci_dev *bridge;

	for_each_pci_bridge(bridge, bus) {
		if (!bridge->liveupdate.was_incoming || bridge->subordinate)
			continue;

		pci_err(dev, "no bus numbers: handed over %s has lost its own\n",
			pci_name(bridge));
		return true;
	}

	return false;
}
