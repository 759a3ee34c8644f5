/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the PCI core hands over to the next kernel in a live update.
 */
#ifndef _LINUX_KHO_ABI_PCI_H
#define _LINUX_KHO_ABI_PCI_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/stddef.h>
#include <linux/types.h>

/**
 * DOC: PCI live update ABI
 *
 * The PCI core hands over which functions were preserved and nothing about
 * their state: what the next kernel needs of it is in the hardware.
 *
 * The data is a file-lifecycle-bound object (FLB) of the Live Update
 * Orchestrator, found by the name PCI_LUO_FLB_COMPATIBLE. The object's handle
 * is the physical address of a struct pci_ser. That names the first of a chain
 * of KHO blocks (struct kho_block_header_ser) whose entries are of type
 * struct pci_dev_ser, one for each preserved function and for each bridge
 * above one. An entry whose refcount is 0 says nothing. There is at most one
 * entry for a function. All integers are in the byte order of the machine.
 *
 * PCI_LUO_FLB_VERSION changes with any change of layout or meaning. The
 * version field alone keeps its place and size in every version, so that a
 * kernel can tell that it does not understand the rest.
 */

/* Name of the FLB */
#define PCI_LUO_FLB_COMPATIBLE	"pci"

/* Value of &struct pci_ser.version */
#define PCI_LUO_FLB_VERSION	2

/**
 * struct pci_dev_ser - a preserved PCI function or a bridge above one
 * @domain: PCI domain (segment)
 * @bdf: bus number in bits 15:8, device and function in bits 7:0
 * @refcount: number of preserved functions at or below this one
 */
struct pci_dev_ser {
	u32 domain;
	u16 bdf;
	u16 refcount;
} __packed;

/**
 * struct pci_ser - root of the PCI core's handover
 * @version: PCI_LUO_FLB_VERSION
 * @nr_devices: number of entries whose refcount is not 0
 * @devices: physical address of the first block of struct pci_dev_ser entries,
 *	0 if there are none
 */
struct pci_ser {
	u32 version;
	u32 nr_devices;
	u64 devices;
} __packed;

static_assert(sizeof(struct pci_dev_ser) == 8);
static_assert(offsetof(struct pci_dev_ser, bdf) == 4);
static_assert(offsetof(struct pci_dev_ser, refcount) == 6);

static_assert(sizeof(struct pci_ser) == 16);
static_assert(offsetof(struct pci_ser, version) == 0);
static_assert(offsetof(struct pci_ser, nr_devices) == 4);
static_assert(offsetof(struct pci_ser, devices) == 8);

#endif /* _LINUX_KHO_ABI_PCI_H */
