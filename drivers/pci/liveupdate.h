/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the rest of the PCI core asks its live update part what to leave alone.
 */
#ifndef _DRIVERS_PCI_LIVEUPDATE_H
#define _DRIVERS_PCI_LIVEUPDATE_H

#include <linux/pci.h>

#ifdef CONFIG_PCI_LIVEUPDATE

void pci_liveupdate_setup_device(struct pci_dev *dev);
void pci_liveupdate_cleanup_device(struct pci_dev *dev);
void pci_liveupdate_freeze(struct pci_dev *dev);
bool pci_liveupdate_is_outgoing(struct pci_dev *dev);
bool pci_liveupdate_preserve_bus_numbers(void);
bool pci_liveupdate_refuse_bus_numbers(struct pci_bus *bus,
				       struct pci_dev *dev);
void pci_liveupdate_save_acs(struct pci_dev *dev);
bool pci_liveupdate_adopt_acs(struct pci_dev *dev);
bool pci_liveupdate_adopt_ari(struct pci_dev *bridge);

#else /* CONFIG_PCI_LIVEUPDATE */

static inline void pci_liveupdate_setup_device(struct pci_dev *dev)
{
}

static inline void pci_liveupdate_cleanup_device(struct pci_dev *dev)
{
}

static inline void pci_liveupdate_freeze(struct pci_dev *dev)
{
}

static inline bool pci_liveupdate_is_outgoing(struct pci_dev *dev)
{
	return false;
}

static inline bool pci_liveupdate_preserve_bus_numbers(void)
{
	return false;
}

static inline bool pci_liveupdate_refuse_bus_numbers(struct pci_bus *bus,
						     struct pci_dev *dev)
{
	return false;
}

static inline void pci_liveupdate_save_acs(struct pci_dev *dev)
{
}

static inline bool pci_liveupdate_adopt_acs(struct pci_dev *dev)
{
	return false;
}

static inline bool pci_liveupdate_adopt_ari(struct pci_dev *bridge)
{
	return false;
}

#endif /* CONFIG_PCI_LIVEUPDATE */

#endif /* _DRIVERS_PCI_LIVEUPDATE_H */
