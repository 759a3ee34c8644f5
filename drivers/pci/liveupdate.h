/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the rest of the PCI core asks its live update part what to leave alone.
 */
#ifndef _DRIVERS_PCI_LIVEUPDATE_H
#define _DRIVERS_PCI_LIVEUPDATE_H

#include <linux/pci.h>

struct pci_dev_extras;

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

bool pci_liveupdate_drop_write(const struct pci_dev *dev, int where, u32 val);
bool pci_liveupdate_adopt_bars(struct pci_dev *dev, int count,
			       unsigned int pos, u32 *masks, bool rom);
int pci_liveupdate_adopt_intx(struct pci_dev *dev);
bool pci_liveupdate_adopt_windows(struct pci_dev *bridge);
bool pci_liveupdate_adopt_settings(struct pci_dev *dev);
bool pci_liveupdate_adopt_vf_buses(struct pci_dev *dev);
bool pci_liveupdate_is_quiet(struct pci_dev *dev);
bool pci_liveupdate_keep_windows(struct pci_dev *bridge);
void pci_liveupdate_end_quiet(struct pci_dev *dev);

int pci_liveupdate_begin_probe(struct pci_dev *dev, struct pci_driver *drv);
void pci_liveupdate_end_probe(struct pci_dev *dev, int err);
extern const struct attribute_group pci_liveupdate_attr_group;

/* Between the parts of PCI live update */
void pci_liveupdate_extras_begin(void);
void pci_liveupdate_extras_end(void);
void pci_liveupdate_extras_add(struct pci_dev *dev);
void pci_liveupdate_extras_del(struct pci_dev *dev);
void pci_liveupdate_extras_retrieve(void);
void pci_liveupdate_extras_free(void);
const struct pci_dev_extras *pci_liveupdate_extras_find(struct pci_dev *dev);
bool pci_liveupdate_owner(struct pci_dev *dev, char *name, size_t size);
void pci_liveupdate_forget(struct pci_dev *dev);
void pci_liveupdate_contain_unclaimed(struct pci_dev *dev);

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

static inline bool pci_liveupdate_drop_write(const struct pci_dev *dev,
					     int where, u32 val)
{
	return false;
}

static inline bool pci_liveupdate_adopt_bars(struct pci_dev *dev, int count,
					     unsigned int pos, u32 *masks,
					     bool rom)
{
	return false;
}

static inline int pci_liveupdate_adopt_intx(struct pci_dev *dev)
{
	return -ENODATA;
}

static inline bool pci_liveupdate_adopt_windows(struct pci_dev *bridge)
{
	return false;
}

static inline bool pci_liveupdate_adopt_settings(struct pci_dev *dev)
{
	return false;
}

static inline bool pci_liveupdate_adopt_vf_buses(struct pci_dev *dev)
{
	return false;
}

static inline bool pci_liveupdate_is_quiet(struct pci_dev *dev)
{
	return false;
}

static inline bool pci_liveupdate_keep_windows(struct pci_dev *bridge)
{
	return false;
}

static inline void pci_liveupdate_end_quiet(struct pci_dev *dev)
{
}

static inline int pci_liveupdate_begin_probe(struct pci_dev *dev,
					     struct pci_driver *drv)
{
	return 0;
}

static inline void pci_liveupdate_end_probe(struct pci_dev *dev, int err)
{
}

#endif /* CONFIG_PCI_LIVEUPDATE */

#endif /* _DRIVERS_PCI_LIVEUPDATE_H */
