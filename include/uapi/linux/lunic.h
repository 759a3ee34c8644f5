/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* What user space sees of a lunic device: the ioctls of /dev/lunic/<BDF>. */
#ifndef _UAPI_LINUX_LUNIC_H
#define _UAPI_LINUX_LUNIC_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * There is one character device a PCI function, /dev/lunic/<domain:bus:dev.fn>.
 * Its file is what a Live Update session preserves: pass it to
 * LIVEUPDATE_SESSION_PRESERVE_FD. The file that LIVEUPDATE_SESSION_RETRIEVE_FD
 * returns in the next kernel answers the same ioctls.
 *
 * Each structure begins with its size, which user space sets. The kernel
 * answers:
 *
 *  - ENOTTY: the ioctl number is not known
 *  - EINVAL: the size is smaller than the structure's first version
 *  - E2BIG: the structure is larger than the kernel's and what the kernel does
 *    not know is not zero
 *  - EOPNOTSUPP: a flag is set that the kernel does not know
 *  - EPERM: the caller lacks CAP_NET_ADMIN over the device's network namespace
 *  - ENODEV: the device is gone
 */

/* Shared with no other driver; see ioctl-number.rst */
#define LUNIC_IOCTL_TYPE	0xBB

enum {
	LUNIC_CMD_BASE = 0x00,
	LUNIC_CMD_GET_STATE = LUNIC_CMD_BASE,
	LUNIC_CMD_RESUME = 0x01,
};

/**
 * enum lunic_lu_state - where a device stands in a live update
 * @LUNIC_LU_IDLE: nothing is preserved, nothing came in
 * @LUNIC_LU_PRESERVED: a session of this kernel preserves the device
 * @LUNIC_LU_FROZEN: the jump is under way
 * @LUNIC_LU_ADOPTED: taken over from the previous kernel, not yet finished
 * @LUNIC_LU_REFUSED: the previous kernel's handover could not be adopted and
 *	the device was reset; not yet finished
 */
enum lunic_lu_state {
	LUNIC_LU_IDLE,
	LUNIC_LU_PRESERVED,
	LUNIC_LU_FROZEN,
	LUNIC_LU_ADOPTED,
	LUNIC_LU_REFUSED,
};

/**
 * enum lunic_lu_blocker - what keeps a device from being preserved
 * @LUNIC_BLOCK_NONE: nothing
 * @LUNIC_BLOCK_NO_LIVEUPDATE: this kernel has no live update (command line
 *	"kho=on liveupdate=on") or was built without CONFIG_PCI_LIVEUPDATE
 * @LUNIC_BLOCK_PRIV_FLAG: the private flag "live-update" is off
 * @LUNIC_BLOCK_DOWN: the interface is administratively down
 * @LUNIC_BLOCK_IOMMU: an IOMMU translates the device's DMA ("iommu=pt")
 * @LUNIC_BLOCK_VF: the device is a virtual function
 * @LUNIC_BLOCK_NETNS: the interface is not in the initial network namespace
 * @LUNIC_BLOCK_INCOMING: the previous update is not finished
 * @LUNIC_BLOCK_PRESERVED: a session preserves the device already
 * @LUNIC_BLOCK_GONE: the hardware does not answer
 * @LUNIC_BLOCK_FEATURE: loopback, rx-fcs or rx-all is on, and the driver is
 *	one that can't carry that over (before ABI 1.1)
 * @LUNIC_BLOCK_RINGS: no ring is as long as the blackout budget needs
 * @LUNIC_BLOCK_MEMORY: memory is too short for the blackout budget
 */
enum lunic_lu_blocker {
	LUNIC_BLOCK_NONE,
	LUNIC_BLOCK_NO_LIVEUPDATE,
	LUNIC_BLOCK_PRIV_FLAG,
	LUNIC_BLOCK_DOWN,
	LUNIC_BLOCK_IOMMU,
	LUNIC_BLOCK_VF,
	LUNIC_BLOCK_NETNS,
	LUNIC_BLOCK_INCOMING,
	LUNIC_BLOCK_PRESERVED,
	LUNIC_BLOCK_GONE,
	LUNIC_BLOCK_FEATURE,
	LUNIC_BLOCK_RINGS,
	LUNIC_BLOCK_MEMORY,
};

/* The link is up, as the hardware says, whatever the interface's state */
#define LUNIC_STATE_F_LINK	(1U << 0)
/* The interface is up */
#define LUNIC_STATE_F_UP	(1U << 1)
/* Received frames are held until LUNIC_IOCTL_RESUME, finish or the time-out */
#define LUNIC_STATE_F_HELD	(1U << 2)

#define LUNIC_IFNAMSIZ		16

/**
 * struct lunic_ioctl_state - LUNIC_IOCTL_GET_STATE
 * @size: in: sizeof(struct lunic_ioctl_state); out: what the kernel filled in
 * @state: out: enum lunic_lu_state
 * @blocker: out: enum lunic_lu_blocker; the first thing that preserving the
 *	device would be refused for
 * @flags: out: LUNIC_STATE_F_*
 * @ifindex: out: the interface's index
 * @abi_major: out: the handover ABI that this driver speaks
 * @abi_minor: out: see @abi_major
 * @updates: out: live updates that this device has come through since its
 *	last reset
 * @caught: out: frames that arrived between the last update's freeze and the
 *	moment the interface went on, delivered or not
 * @preserved_bytes: out: memory that is handed over, while preserved
 * @preserved_blocks: out: in how many blocks; each costs the next kernel a
 *	reservation in early boot
 * @reserved: out: zero
 * @ifname: out: the interface's name
 * @basin_ms: out: the blackout budget; 0: none
 * @basin_max_ms: out: the longest one that rings and memory allow
 * @basin_buffers: out: buffers that preserving the device adds for it
 * @basin_bytes: out: the memory that they take
 * @basin_free: out: the memory that there is for them
 *
 * Needs no privilege.
 */
struct lunic_ioctl_state {
	__u32 size;
	__u32 state;
	__u32 blocker;
	__u32 flags;
	__u32 ifindex;
	__u16 abi_major;
	__u16 abi_minor;
	__aligned_u64 updates;
	__aligned_u64 caught;
	__aligned_u64 preserved_bytes;
	__u32 preserved_blocks;
	__u32 reserved;
	__u8 ifname[LUNIC_IFNAMSIZ];
	__u32 basin_ms;
	__u32 basin_max_ms;
	__aligned_u64 basin_buffers;
	__aligned_u64 basin_bytes;
	__aligned_u64 basin_free;
};

#define LUNIC_IOCTL_GET_STATE	_IO(LUNIC_IOCTL_TYPE, LUNIC_CMD_GET_STATE)

/**
 * struct lunic_ioctl_resume - LUNIC_IOCTL_RESUME
 * @size: in: sizeof(struct lunic_ioctl_resume)
 * @flags: in: must be zero
 *
 * Ends the hold of received frames (private flag "live-update-hold-rx"): what
 * was caught goes up the stack as soon as the interface is up. Succeeds where
 * nothing is held. Needs CAP_NET_ADMIN.
 */
struct lunic_ioctl_resume {
	__u32 size;
	__u32 flags;
};

#define LUNIC_IOCTL_RESUME	_IO(LUNIC_IOCTL_TYPE, LUNIC_CMD_RESUME)

#endif /* _UAPI_LINUX_LUNIC_H */
