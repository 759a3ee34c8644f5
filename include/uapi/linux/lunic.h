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
	LUNIC_CMD_GET_REPORT = 0x02,
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
 * @caught: out: frames that arrived between the last update's freeze and their
 *	delivery, or, while they are held, and the moment the interface went up
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

/**
 * DOC: The report of a live update
 *
 * The driver keeps how the last update that reached it went, until the next
 * kernel or until it is unbound.
 *
 * Each kernel measures its own phases with its CLOCK_BOOTTIME, which begins
 * anew in the jump. What joins the two is the device's clock (SYSTIM): its
 * counter runs on while no kernel does, nobody sets it, and the driver knows
 * its rate. The last driver notes it beside its own clock when it seals the
 * handover, the next one when it begins to look at it. The real-time clock
 * would not do: it is as right as the hardware's clock was at boot; nor would
 * the TSC, which not every CPU has, and firmware and kernel may set.
 *
 * The counter is accurate to the device's quartz, 100 ppm or better: 1 ms in
 * 10 s. A device that was reset in the jump has no counter to tell; then, and
 * on a kernel without CONFIG_PTP_1588_CLOCK, the length of the jump is not
 * known (no LUNIC_REPORT_F_GAP), and all else is.
 */

/**
 * enum lunic_outcome - how the last live update has ended
 * @LUNIC_OUTCOME_NONE: there was none since this kernel's start
 * @LUNIC_OUTCOME_ADOPTED: the device was taken over, running
 * @LUNIC_OUTCOME_REFUSED: it was reset, because the handover could not be
 *	adopted
 */
enum lunic_outcome {
	LUNIC_OUTCOME_NONE,
	LUNIC_OUTCOME_ADOPTED,
	LUNIC_OUTCOME_REFUSED,
};

/**
 * enum lunic_phase - the moments of a live update
 * @LUNIC_PHASE_PRESERVE: the old kernel begins to preserve the device
 * @LUNIC_PHASE_PRESERVED: it is preserved
 * @LUNIC_PHASE_FREEZE: the reboot call has reached the driver; from here on
 *	received frames stay in the rings
 * @LUNIC_PHASE_QUIET: TX stands still
 * @LUNIC_PHASE_SEALED: the old driver's last instruction
 * @LUNIC_PHASE_PROBE: the new driver finds the device
 * @LUNIC_PHASE_ADOPTED: it has taken it over
 * @LUNIC_PHASE_UP: the interface is up: TX goes on
 * @LUNIC_PHASE_DELIVERED: the frames that were caught go up the stack
 * @LUNIC_PHASE_FINISHED: the session is finished
 * @LUNIC_NR_PHASES: how many this header knows
 */
enum lunic_phase {
	LUNIC_PHASE_PRESERVE,
	LUNIC_PHASE_PRESERVED,
	LUNIC_PHASE_FREEZE,
	LUNIC_PHASE_QUIET,
	LUNIC_PHASE_SEALED,
	LUNIC_PHASE_PROBE,
	LUNIC_PHASE_ADOPTED,
	LUNIC_PHASE_UP,
	LUNIC_PHASE_DELIVERED,
	LUNIC_PHASE_FINISHED,
	LUNIC_NR_PHASES,
};

/* @start is known */
#define LUNIC_REPORT_F_GAP	(1U << 0)
/* The counts of losses and of link events are known */
#define LUNIC_REPORT_F_COUNTS	(1U << 1)
/*
 * A ring was full, or the device says that it ran over: frames were lost, even
 * where it has counted none
 */
#define LUNIC_REPORT_F_OVERRUN	(1U << 2)

#define LUNIC_REPORT_PHASES	16
#define LUNIC_RELEASE_LEN	72
#define LUNIC_REASON_LEN	104

/**
 * struct lunic_ioctl_report - LUNIC_IOCTL_GET_REPORT
 * @size: in: sizeof(struct lunic_ioctl_report); out: what the kernel filled in
 * @outcome: out: enum lunic_outcome; with LUNIC_OUTCOME_NONE all else is zero
 * @flags: out: LUNIC_REPORT_F_*
 * @phases: out: a bit for each enum lunic_phase that has come and is known:
 *	those of the old kernel are not where its driver is too old to tell
 * @update: out: which update of this device it was, as in @updates of
 *	struct lunic_ioctl_state; 0 for one that was refused
 * @at: out: when each phase came, in ns: up to LUNIC_PHASE_SEALED, how long
 *	before the seal; after it, the new kernel's CLOCK_BOOTTIME
 * @start: out: from the seal to the zero of that clock, in ns
 * @sealed_time: out: CLOCK_REALTIME of the seal, in ns, as the old kernel had
 *	it; 0: not known
 * @caught: out: frames that arrived between LUNIC_PHASE_FREEZE and
 *	LUNIC_PHASE_DELIVERED, or LUNIC_PHASE_UP while they are held
 * @missed: out: frames that the device missed, its buffer being full
 * @queue_drops: out: frames dropped because a ring was full
 * @no_buffer: out: frames that waited in the device for a full ring
 * @errors: out: frames that arrived damaged
 * @link_downs: out: how often the link went
 * @ring_queue: out: the receive queue whose ring was the fullest
 * @ring_used: out: buffers of it that were used
 * @ring_posted: out: buffers that it had at the seal
 * @reserved: out: zero
 * @from: out: the release of the old kernel, empty where not known
 * @to: out: that of this one
 * @reason: out: why the handover was refused
 *
 * Needs no privilege. What is counted is counted up to LUNIC_PHASE_DELIVERED.
 */
struct lunic_ioctl_report {
	__u32 size;
	__u32 outcome;
	__u32 flags;
	__u32 phases;
	__aligned_u64 update;
	__aligned_u64 at[LUNIC_REPORT_PHASES];
	__aligned_u64 start;
	__aligned_u64 sealed_time;
	__aligned_u64 caught;
	__aligned_u64 missed;
	__aligned_u64 queue_drops;
	__aligned_u64 no_buffer;
	__aligned_u64 errors;
	__aligned_u64 link_downs;
	__u32 ring_queue;
	__u32 ring_used;
	__u32 ring_posted;
	__u32 reserved;
	__u8 from[LUNIC_RELEASE_LEN];
	__u8 to[LUNIC_RELEASE_LEN];
	__u8 reason[LUNIC_REASON_LEN];
};

#define LUNIC_IOCTL_GET_REPORT	_IO(LUNIC_IOCTL_TYPE, LUNIC_CMD_GET_REPORT)

/**
 * DOC: Events
 *
 * Each change of a device's state is a uevent of its character device (action
 * "change") with LUNIC_STATE (idle, preserved, frozen, adopted, refused),
 * LUNIC_HELD (0 or 1: received frames are held) and LUNIC_UPDATES. Only going
 * into the frozen state is none, because the freeze allocates nothing; one
 * that ends without a jump is an event with the state preserved again. A
 * device that is plugged in or unplugged is an event of the actions "add" and
 * "remove".
 */

#endif /* _UAPI_LINUX_LUNIC_H */
