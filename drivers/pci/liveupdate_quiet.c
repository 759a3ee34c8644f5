// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps enumeration from writing to devices that came in, and takes over what
 * they were set to.
 */

/**
 * DOC: Quiet enumeration
 *
 * From enumeration until its driver's probe begins, nothing is written to the
 * config space of an incoming device, and nothing to that of the bridges above
 * it until the port driver's probe. The device decodes and uses DMA all the
 * time, at the addresses and with the settings that it had. This needs the
 * previous kernel's record of what is otherwise found out by writing (see PCI
 * live update extras ABI).
 *
 * - BAR sizes, the windows that a bridge has, and whether INTx can be disabled
 *   come from the record.
 * - BARs of incoming devices are fixed where they are. Windows of incoming and
 *   of outgoing bridges are neither moved nor resized nor closed, whatever is
 *   added beside or below them; one that is closed stays closed. What does not
 *   fit then gets no address.
 * - Max_Payload_Size, Max_Read_Request_Size, Extended Tags, Relaxed Ordering,
 *   LTR, RCB, SERR# and what firmware wants to have set (_HPX) stay as they
 *   are. ASPM and the common clock of a link above an incoming device are not
 *   managed by this kernel: the link stays as it was configured.
 * - MSI and MSI-X stay as they were left, error status (AER) is not cleared and
 *   PME is not disabled, until probe begins. Then all of that is made up for,
 *   and errors that were found are logged.
 * - Whatever else the kernel would write, a quirk for one, is dropped. Quirks
 *   have been applied by the kernel that set the device up.
 *
 * A device that does not decode any more was reset or replaced: it is set up
 * like any other, and its driver will not find what was handed over.
 *
 * Writes by user space go through, and a reset by user space ends the silence.
 */

#include <linux/aer.h>
#include <linux/kho/abi/pci_liveupdate.h>
#include <linux/pci.h>
#include <linux/pci_liveupdate.h>

#include "liveupdate.h"
#include "pci.h"

static const struct pci_dev_extras *quiet_record(struct pci_dev *dev)
{
	return dev->liveupdate.quiet ? dev->liveupdate.extras : NULL;
}

/* Called before each write to config space that does not come from a user. */
bool pci_liveupdate_drop_write(const struct pci_dev *dev, int where, u32 val)
{
	if (!READ_ONCE(dev->liveupdate.quiet))
		return false;

	pci_dbg(dev, "quiet: %#x not written to %#x\n", val, where);
	return true;
}

/*
 * Called instead of finding out what @count BARs at @pos (or the ROM's) read
 * after all ones were written. True if @masks is filled in.
 */
bool pci_liveupdate_adopt_bars(struct pci_dev *dev, int count,
			       unsigned int pos, u32 *masks, bool rom)
{
	const struct pci_dev_extras *record = quiet_record(dev);
	const u32 *from;

	if (!record)
		return false;

	if (rom)
		from = &record->rom;
	else if (pos == PCI_BASE_ADDRESS_0)
		from = record->bars;
	else
		from = record->vf_bars;
	memcpy(masks, from, count * sizeof(*masks));
	return true;
}

/* Whether INTx of @dev can't be disabled, negative if that is to be tested. */
int pci_liveupdate_adopt_intx(struct pci_dev *dev)
{
	const struct pci_dev_extras *record = quiet_record(dev);

	if (!record)
		return -ENODATA;

	return !!(record->flags & PCI_DEV_EXTRAS_INTX_FIXED);
}

/* Called before it is tested which windows @bridge has. True if known. */
bool pci_liveupdate_adopt_windows(struct pci_dev *bridge)
{
	const struct pci_dev_extras *record = quiet_record(bridge);

	if (!record)
		return false;

	bridge->io_window = !!(record->flags & PCI_DEV_EXTRAS_IO_WINDOW);
	bridge->pref_window = !!(record->flags & PCI_DEV_EXTRAS_PREF_WINDOW);
	bridge->pref_64_window = !!(record->flags & PCI_DEV_EXTRAS_PREF_64);
	return true;
}

static void quiet_fix_bars(struct pci_dev *dev)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		if (dev->resource[i].flags)
			dev->resource[i].flags |= IORESOURCE_PCI_FIXED;
	}
}

#ifdef CONFIG_PCIEASPM
static void quiet_adopt_ltr(struct pci_dev *dev)
{
	u16 ctl2;

	pcie_capability_read_word(dev, PCI_EXP_DEVCTL2, &ctl2);
	dev->ltr_path = !!(ctl2 & PCI_EXP_DEVCTL2_LTR_EN);
}
#else
static void quiet_adopt_ltr(struct pci_dev *dev)
{
}
#endif

/* Called before @dev is configured. True if there is nothing left to do. */
bool pci_liveupdate_adopt_settings(struct pci_dev *dev)
{
	if (!dev->liveupdate.quiet)
		return false;

	quiet_fix_bars(dev);
	quiet_adopt_ltr(dev);
	pci_configure_aspm_l1ss(dev);
	return true;
}

bool pci_liveupdate_is_quiet(struct pci_dev *dev)
{
	return dev->liveupdate.quiet;
}

/* Are the windows of @bridge in use by a device that must not notice? */
bool pci_liveupdate_keep_windows(struct pci_dev *bridge)
{
	return bridge &&
	       (bridge->liveupdate.quiet || bridge->liveupdate.outgoing ||
		(bridge->liveupdate.incoming && bridge->liveupdate.extras));
}

#ifdef CONFIG_PCIEAER
static void quiet_log_errors(struct pci_dev *dev)
{
	u32 uncor, cor;

	if (!dev->aer_cap || !pcie_aer_is_native(dev))
		return;

	pci_read_config_dword(dev, dev->aer_cap + PCI_ERR_UNCOR_STATUS, &uncor);
	pci_read_config_dword(dev, dev->aer_cap + PCI_ERR_COR_STATUS, &cor);
	if (uncor || cor)
		pci_warn(dev, "errors since it was preserved: uncorrectable %#x, correctable %#x\n",
			 uncor, cor);
	pci_aer_clear_status(dev);
}
#else
static void quiet_log_errors(struct pci_dev *dev)
{
}
#endif

/* From here on @dev is written to. Makes up for what was left out. */
void pci_liveupdate_end_quiet(struct pci_dev *dev)
{
	if (!dev->liveupdate.quiet)
		return;

	WRITE_ONCE(dev->liveupdate.quiet, false);
	pci_msi_init(dev);
	pci_msix_init(dev);
	if (dev->pm_cap)
		pci_pme_active(dev, false);
	quiet_log_errors(dev);
}

/* Called at enumeration, once the ACS capability of @dev is known. */
void pci_liveupdate_save_acs(struct pci_dev *dev)
{
	if (dev->liveupdate.was_incoming)
		pci_read_config_word(dev, dev->acs_cap + PCI_ACS_CTRL,
				     &dev->liveupdate.acs_ctrl);
}

/*
 * Called with a @dev that has the ACS capability, before its controls are
 * configured and when they are to be restored. True if there is nothing left
 * to do.
 */
bool pci_liveupdate_adopt_acs(struct pci_dev *dev)
{
	u16 ctrl;

	if (!dev->liveupdate.was_incoming)
		return false;

	pci_read_config_word(dev, dev->acs_cap + PCI_ACS_CTRL, &ctrl);
	if (ctrl != dev->liveupdate.acs_ctrl)
		pci_write_config_word(dev, dev->acs_cap + PCI_ACS_CTRL,
				      dev->liveupdate.acs_ctrl);

	return true;
}

/*
 * Called before ARI forwarding of @bridge is configured. True if there is
 * nothing left to do.
 */
bool pci_liveupdate_adopt_ari(struct pci_dev *bridge)
{
	u16 ctl2;

	if (!pci_liveupdate_is_incoming(bridge))
		return false;

	pcie_capability_read_word(bridge, PCI_EXP_DEVCTL2, &ctl2);
	bridge->ari_enabled = !!(ctl2 & PCI_EXP_DEVCTL2_ARI);

	return true;
}
