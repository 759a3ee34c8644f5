// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the next kernel what it could only find out by writing to preserved
 * devices, and finds what the previous one told.
 */
#define pr_fmt(fmt) "PCI: liveupdate: " fmt

#include <linux/crc32.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/pci_liveupdate.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "liveupdate.h"
#include "pci.h"

/* Of all here, the callers hold pci_liveupdate_rwsem for writing. */
static struct pci_liveupdate_extras *extras_out;
static size_t extras_out_size;
static struct pci_liveupdate_extras *extras_in;

static struct pci_dev_extras *extras_record(struct pci_liveupdate_extras *x,
					    u32 i)
{
	return (void *)(x + 1) + (size_t)i * x->entry_size;
}

static struct pci_dev_extras *extras_find(struct pci_liveupdate_extras *x,
					  struct pci_dev *dev)
{
	struct pci_dev_extras *record;
	u32 i;

	for (i = 0; x && i < x->nr; i++) {
		record = extras_record(x, i);
		if (record->domain == pci_domain_nr(dev->bus) &&
		    record->bdf == pci_dev_id(dev))
			return record;
	}

	return NULL;
}

static u32 extras_crc(const struct pci_liveupdate_extras *x)
{
	const size_t skip = offsetof(struct pci_liveupdate_extras, nr);

	return crc32_le(~0, (const u8 *)x + skip,
			sizeof(*x) - skip + (size_t)x->nr * x->entry_size);
}

static u32 bar_mask(u64 size, u32 low_bits)
{
	return size ? (u32)~(size - 1) | low_bits : 0;
}

/* What one BAR would read, its upper half included; how many words that is. */
static int record_bar(struct pci_dev *dev, int pos, u64 size, u32 *masks)
{
	u32 bar;

	pci_read_config_dword(dev, pos, &bar);
	if (bar & PCI_BASE_ADDRESS_SPACE_IO) {
		masks[0] = bar_mask(size, bar & ~PCI_BASE_ADDRESS_IO_MASK);
		return 1;
	}

	masks[0] = bar_mask(size, bar & ~PCI_BASE_ADDRESS_MEM_MASK);
	if ((bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) !=
	    PCI_BASE_ADDRESS_MEM_TYPE_64)
		return 1;

	masks[1] = size ? ~(size - 1) >> 32 : 0;
	return 2;
}

static u64 bar_size(struct resource *res)
{
	return res->flags ? resource_size(res) : 0;
}

static void record_bars(struct pci_dev *dev, struct pci_dev_extras *record)
{
	int i, nr = dev->hdr_type == PCI_HEADER_TYPE_NORMAL ? 6 : 2;

	for (i = 0; i < nr; )
		i += record_bar(dev, PCI_BASE_ADDRESS_0 + 4 * i,
				bar_size(&dev->resource[i]), &record->bars[i]);
	record->rom = bar_mask(bar_size(&dev->resource[PCI_ROM_RESOURCE]), 0) &
		      PCI_ROM_ADDRESS_MASK;
}

#ifdef CONFIG_PCI_IOV
static void record_vfs(struct pci_dev *dev, struct pci_dev_extras *record)
{
	const struct pci_sriov *iov = dev->sriov;
	int i;

	if (!dev->is_physfn)
		return;

	for (i = 0; i < PCI_SRIOV_NUM_BARS; )
		i += record_bar(dev, iov->pos + PCI_SRIOV_BAR + 4 * i,
				iov->barsz[i], &record->vf_bars[i]);
	record->max_vf_buses = iov->max_VF_buses;
}

bool pci_liveupdate_adopt_vf_buses(struct pci_dev *dev)
{
	const struct pci_dev_extras *record = dev->liveupdate.extras;

	if (!record)
		return false;

	pci_read_config_word(dev, dev->sriov->pos + PCI_SRIOV_VF_OFFSET,
			     &dev->sriov->offset);
	pci_read_config_word(dev, dev->sriov->pos + PCI_SRIOV_VF_STRIDE,
			     &dev->sriov->stride);
	dev->sriov->max_VF_buses = record->max_vf_buses;
	return true;
}
#else
static void record_vfs(struct pci_dev *dev, struct pci_dev_extras *record)
{
}
#endif

static void record_device(struct pci_dev *dev, struct pci_dev_extras *record)
{
	memset(record, 0, sizeof(*record));
	record->domain = pci_domain_nr(dev->bus);
	record->bdf = pci_dev_id(dev);
	record->vendor = dev->vendor;
	record->device = dev->device;
	if (dev->broken_intx_masking)
		record->flags |= PCI_DEV_EXTRAS_INTX_FIXED;
	if (dev->io_window)
		record->flags |= PCI_DEV_EXTRAS_IO_WINDOW;
	if (dev->pref_window)
		record->flags |= PCI_DEV_EXTRAS_PREF_WINDOW;
	if (dev->pref_64_window)
		record->flags |= PCI_DEV_EXTRAS_PREF_64;
	record_bars(dev, record);
	record_vfs(dev, record);
	if (dev->hdr_type == PCI_HEADER_TYPE_NORMAL && dev->driver)
		strscpy(record->driver, dev->driver->name);
}

static void extras_drop_out(const char *why)
{
	kho_remove_subtree(extras_out);
	kho_unpreserve_free(extras_out);
	extras_out = NULL;
	pr_warn("%s; the next kernel's enumeration will write to preserved devices\n",
		why);
}

/* A block of @size bytes takes the place of the one that was handed over. */
static int extras_move(size_t size)
{
	struct pci_liveupdate_extras *x;
	int err;

	x = kho_alloc_preserve(size);
	if (IS_ERR(x))
		return PTR_ERR(x);

	if (extras_out) {
		memcpy(x, extras_out, extras_out_size);
		kho_remove_subtree(extras_out);
		kho_unpreserve_free(extras_out);
	}
	extras_out = x;
	extras_out_size = size;

	err = kho_add_subtree(PCI_LIVEUPDATE_EXTRAS, x, size);
	if (err) {
		kho_unpreserve_free(x);
		extras_out = NULL;
		return err;
	}

	pr_info("record of BARs and drivers is at %#llx\n",
		(u64)virt_to_phys(x));
	return 0;
}

/* The first device is about to be preserved. */
void pci_liveupdate_extras_begin(void)
{
	int err;

	err = extras_move(PAGE_SIZE);
	if (err) {
		pr_warn("no place for BAR sizes (%pe); the next kernel's enumeration will write to preserved devices\n",
			ERR_PTR(err));
		return;
	}

	extras_out->magic = PCI_LIVEUPDATE_EXTRAS_MAGIC;
	extras_out->version = PCI_LIVEUPDATE_EXTRAS_VERSION;
	extras_out->entry_size = sizeof(struct pci_dev_extras);
	extras_out->crc = extras_crc(extras_out);
}

/* No device is preserved any more. */
void pci_liveupdate_extras_end(void)
{
	if (!extras_out)
		return;

	kho_remove_subtree(extras_out);
	kho_unpreserve_free(extras_out);
	extras_out = NULL;
}

/* @dev is preserved from now on. */
void pci_liveupdate_extras_add(struct pci_dev *dev)
{
	size_t used;

	if (!extras_out)
		return;

	used = sizeof(*extras_out) +
	       (size_t)extras_out->nr * extras_out->entry_size;
	if (used + extras_out->entry_size > extras_out_size &&
	    extras_move(2 * extras_out_size)) {
		if (extras_out)
			extras_drop_out("no memory for BAR sizes");
		return;
	}

	record_device(dev, extras_record(extras_out, extras_out->nr));
	extras_out->nr++;
	extras_out->crc = extras_crc(extras_out);
}

/* @dev is no longer preserved. */
void pci_liveupdate_extras_del(struct pci_dev *dev)
{
	struct pci_dev_extras *record = extras_find(extras_out, dev);

	if (!record)
		return;

	extras_out->nr--;
	*record = *extras_record(extras_out, extras_out->nr);
	extras_out->crc = extras_crc(extras_out);
}

static const char *extras_check(const struct pci_liveupdate_extras *x,
				size_t size)
{
	if (size < sizeof(*x) || x->magic != PCI_LIVEUPDATE_EXTRAS_MAGIC)
		return "damaged";
	if (x->version != PCI_LIVEUPDATE_EXTRAS_VERSION)
		return "of another version";
	if (x->entry_size < sizeof(struct pci_dev_extras) ||
	    x->entry_size > PAGE_SIZE ||
	    x->nr > (size - sizeof(*x)) / x->entry_size ||
	    x->crc != extras_crc(x))
		return "damaged";

	return NULL;
}

/* Called once, before the first device is looked at. */
void pci_liveupdate_extras_retrieve(void)
{
	const char *why = "missing";
	phys_addr_t phys;
	size_t size;

	if (!kho_retrieve_subtree(PCI_LIVEUPDATE_EXTRAS, &phys, &size)) {
		why = "damaged";
		if (PAGE_ALIGNED(phys) && pfn_valid(PHYS_PFN(phys)) &&
		    size && pfn_valid(PHYS_PFN(phys + size - 1)))
			why = extras_check(phys_to_virt(phys), size);
	}
	if (why) {
		pr_warn("record of BARs and drivers is %s: enumeration is not quiet, and any driver may bind\n",
			why);
		return;
	}

	extras_in = phys_to_virt(phys);
}

/* No device is incoming any more. */
void pci_liveupdate_extras_free(void)
{
	kho_restore_free(extras_in);
	extras_in = NULL;
}

/* What the previous kernel told about @dev, NULL if nothing. */
const struct pci_dev_extras *pci_liveupdate_extras_find(struct pci_dev *dev)
{
	struct pci_dev_extras *record = extras_find(extras_in, dev);

	if (!record)
		return NULL;

	if (record->vendor == dev->vendor && record->device == dev->device)
		return record;

	pci_warn(dev, "is not the device that was preserved ([%04x:%04x])\n",
		 record->vendor, record->device);
	return NULL;
}
