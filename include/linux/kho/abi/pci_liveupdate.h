/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the PCI core tells the next kernel about preserved devices beyond their
 * names.
 */
#ifndef _LINUX_KHO_ABI_PCI_LIVEUPDATE_H
#define _LINUX_KHO_ABI_PCI_LIVEUPDATE_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/**
 * DOC: PCI live update extras ABI
 *
 * Beside the list of preserved functions (include/linux/kho/abi/pci.h) the PCI
 * core hands over what enumeration could only find out by writing to the
 * functions, and which driver each was preserved by. A kernel that does not
 * know of the extras is none the worse for them; one that misses them goes on
 * without.
 *
 * The extras are a KHO subtree named PCI_LIVEUPDATE_EXTRAS, one block of
 * memory: a struct pci_liveupdate_extras and the records behind it. A record is
 * @entry_size bytes long. It may grow at its end without a new version: who
 * knows less of it ignores the rest. All integers are in the byte order of the
 * machine.
 */

/* Name of the KHO subtree */
#define PCI_LIVEUPDATE_EXTRAS		"pci-liveupdate-extras"

/* Values of &struct pci_liveupdate_extras.magic and .version */
#define PCI_LIVEUPDATE_EXTRAS_MAGIC	0x5043494c55455854ULL
#define PCI_LIVEUPDATE_EXTRAS_VERSION	1

/* Bits of &struct pci_dev_extras.flags */
#define PCI_DEV_EXTRAS_INTX_FIXED	0x0001	/* INTx can't be disabled */
#define PCI_DEV_EXTRAS_IO_WINDOW	0x0002	/* A bridge has this window */
#define PCI_DEV_EXTRAS_PREF_WINDOW	0x0004
#define PCI_DEV_EXTRAS_PREF_64		0x0008

/**
 * struct pci_dev_extras - a preserved function or a bridge above one
 * @domain: PCI domain (segment)
 * @bdf: bus number in bits 15:8, device and function in bits 7:0
 * @flags: PCI_DEV_EXTRAS_*
 * @vendor: vendor ID
 * @device: device ID
 * @bars: what each BAR reads after all ones were written, 0 if there is none
 * @rom: the same for the expansion ROM
 * @vf_bars: the same for the BARs of virtual functions
 * @max_vf_buses: highest bus that virtual functions can take up
 * @reserved: 0
 * @driver: name of the driver that preserved the function, terminated by 0;
 *	empty for a bridge
 */
struct pci_dev_extras {
	u32 domain;
	u16 bdf;
	u16 flags;
	u16 vendor;
	u16 device;
	u32 bars[6];
	u32 rom;
	u32 vf_bars[6];
	u16 max_vf_buses;
	u16 reserved;
	char driver[32];
} __packed;

/**
 * struct pci_liveupdate_extras - the block's head
 * @magic: PCI_LIVEUPDATE_EXTRAS_MAGIC
 * @version: PCI_LIVEUPDATE_EXTRAS_VERSION
 * @crc: CRC-32 (reflected, 0xedb88320, initially all ones) of the bytes from
 *	@nr to the end of the last record
 * @nr: number of records
 * @entry_size: of one record
 */
struct pci_liveupdate_extras {
	u64 magic;
	u32 version;
	u32 crc;
	u32 nr;
	u32 entry_size;
} __packed;

static_assert(sizeof(struct pci_dev_extras) == 100);
static_assert(offsetof(struct pci_dev_extras, bars) == 12);
static_assert(offsetof(struct pci_dev_extras, driver) == 68);

static_assert(sizeof(struct pci_liveupdate_extras) == 24);
static_assert(offsetof(struct pci_liveupdate_extras, nr) == 16);

#endif /* _LINUX_KHO_ABI_PCI_LIVEUPDATE_H */
