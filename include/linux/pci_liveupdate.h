/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a PCI driver calls to keep its device running across a live update.
 */
#ifndef _LINUX_PCI_LIVEUPDATE_H
#define _LINUX_PCI_LIVEUPDATE_H

#include <linux/errno.h>
#include <linux/types.h>

struct liveupdate_file_handler;
struct pci_dev;
struct pci_dev_extras;
struct pci_dev_ser;

/**
 * struct pci_liveupdate - a PCI device's part in live updates
 * @outgoing: record for the next kernel; NULL while not preserved
 * @incoming: record from the previous kernel; NULL unless handed over, and
 *	again once all that was preserved at or below the device is finished
 * @extras: what else the previous kernel told, as long as @incoming is set
 * @acs_ctrl: ACS controls found at enumeration, if @was_incoming
 * @was_incoming: handed over by the previous kernel; unlike @incoming this
 *	holds for the life of the device
 * @frozen: shutdown has begun, @outgoing no longer changes
 * @quiet: nothing is written to its config space
 * @claimed: a driver's probe has succeeded since it came in
 *
 * Written by the PCI core alone.
 */
struct pci_liveupdate {
	struct pci_dev_ser *outgoing;
	struct pci_dev_ser *incoming;
	const struct pci_dev_extras *extras;
	u16 acs_ctrl;
	bool was_incoming;
	bool frozen;
	bool quiet;
	bool claimed;
};

#ifdef CONFIG_PCI_LIVEUPDATE

int pci_liveupdate_register_flb(struct liveupdate_file_handler *fh);
void pci_liveupdate_unregister_flb(struct liveupdate_file_handler *fh);
int pci_liveupdate_preserve(struct pci_dev *dev);
void pci_liveupdate_unpreserve(struct pci_dev *dev);
bool pci_liveupdate_is_incoming(struct pci_dev *dev);
int pci_liveupdate_retrieve(struct pci_dev *dev);
void pci_liveupdate_finish(struct pci_dev *dev);
u32 pci_liveupdate_incoming_nr_devices(void);
void pci_liveupdate_contain(struct pci_dev *dev, const char *why);

#else /* CONFIG_PCI_LIVEUPDATE */

static inline int
pci_liveupdate_register_flb(struct liveupdate_file_handler *fh)
{
	return -EOPNOTSUPP;
}

static inline void
pci_liveupdate_unregister_flb(struct liveupdate_file_handler *fh)
{
}

static inline int pci_liveupdate_preserve(struct pci_dev *dev)
{
	return -EOPNOTSUPP;
}

static inline void pci_liveupdate_unpreserve(struct pci_dev *dev)
{
}

static inline bool pci_liveupdate_is_incoming(struct pci_dev *dev)
{
	return false;
}

static inline int pci_liveupdate_retrieve(struct pci_dev *dev)
{
	return -EOPNOTSUPP;
}

static inline void pci_liveupdate_finish(struct pci_dev *dev)
{
}

static inline u32 pci_liveupdate_incoming_nr_devices(void)
{
	return 0;
}

static inline void pci_liveupdate_contain(struct pci_dev *dev, const char *why)
{
}

#endif /* CONFIG_PCI_LIVEUPDATE */

#endif /* _LINUX_PCI_LIVEUPDATE_H */
