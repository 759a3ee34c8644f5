/* SPDX-License-Identifier: GPL-2.0 */
/* What one kernel's lunic hands to the next: a contract between kernels. */
#ifndef _LINUX_KHO_ABI_LUNIC_H
#define _LINUX_KHO_ABI_LUNIC_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

/**
 * DOC: lunic handover ABI
 *
 * A preserved device is handed over in a KHO subtree of its own, named
 * "lunic-" and the PCI address ("lunic-0000:01:00.0"). The subtree is one page
 * that begins with &struct lunic_ho_root. The root names the body, a block of
 * memory with sections: &struct lunic_ho_section, then its payload, then the
 * next one, each aligned to eight bytes.
 *
 * All numbers are in the CPU's byte order, all addresses are physical, all
 * sizes are in bytes unless a field says otherwise. Reserved fields are zero.
 *
 * Compatibility: the major version changes when an old reader would go wrong;
 * a reader refuses a major version that is not its own. The minor version
 * grows with each addition. A section that a reader doesn't know makes it
 * refuse the handover where %LUNIC_HO_F_MANDATORY is set, and is skipped where
 * it isn't. A section may grow at its end: a reader takes a longer one and
 * ignores what it doesn't know, and refuses a shorter one.
 *
 * Version 1.1 adds the sections from %LUNIC_HO_COALESCE on. None of them is
 * needed to take the device over: without one, what it carries has the
 * driver's defaults. One exception: %LUNIC_HO_FEATURES is mandatory while the
 * device hands over frames as a 1.0 reader does not expect them
 * (%LUNIC_HO_FEAT_ODD).
 *
 * Checksums are CRC-32C with the seed ~0. They guard against accidents, not
 * against an attacker: the previous kernel is trusted. No address is followed
 * before the checksum over it was found right.
 *
 * Life of the memory: the root is never freed by the kernel that receives it,
 * because its KHO tree goes on naming it; @state tells a second probe that it
 * was used. All else is restored by the driver that adopts the device.
 *
 * Any change of this file is a change of the version, of its compatibility
 * test and of Documentation.
 */

/* LUO's compatible string of the file handler: the major version of the ABI */
#define LUNIC_HO_COMPATIBLE	"lunic-v1"
#define LUNIC_HO_SUBTREE	"lunic-"

#define LUNIC_HO_MAGIC		0x3148434e554c4950ULL
#define LUNIC_HO_MAJOR		1
#define LUNIC_HO_MINOR		1
#define LUNIC_HO_MAX_QUEUES	16
#define LUNIC_HO_QUEUE_STATS	8

/**
 * enum lunic_ho_state - how far a handover has come
 * @LUNIC_HO_OPEN: being written; not valid
 * @LUNIC_HO_SEALED: complete; may be adopted
 * @LUNIC_HO_ADOPTED: a driver has taken the device over
 * @LUNIC_HO_CONSUMED: finished; what it names belongs to others now
 * @LUNIC_HO_REFUSED: could not be adopted; the device was reset
 * @LUNIC_HO_ABANDONED: finished while the device was not there
 */
enum lunic_ho_state {
	LUNIC_HO_OPEN,
	LUNIC_HO_SEALED,
	LUNIC_HO_ADOPTED,
	LUNIC_HO_CONSUMED,
	LUNIC_HO_REFUSED,
	LUNIC_HO_ABANDONED,
};

/**
 * struct lunic_ho_root - the start of a handover
 * @magic: LUNIC_HO_MAGIC
 * @state: enum lunic_ho_state; the only word that the receiver writes, and
 *	the only one that @crc leaves out beside itself
 * @crc: over the structure from @major to its end
 * @major: LUNIC_HO_MAJOR
 * @minor: LUNIC_HO_MINOR
 * @body_len: length of the body
 * @body: address of the body
 * @body_crc: over the body
 * @reserved: zero
 */
struct lunic_ho_root {
	__u64 magic;
	__u32 state;
	__u32 crc;
	__u16 major;
	__u16 minor;
	__u32 body_len;
	__u64 body;
	__u32 body_crc;
	__u32 reserved;
} __packed;

/**
 * enum lunic_ho_type - the sections of a body
 * @LUNIC_HO_DEVICE: &struct lunic_ho_device; mandatory, once
 * @LUNIC_HO_NETDEV: &struct lunic_ho_netdev; mandatory, once
 * @LUNIC_HO_CONFIG: &struct lunic_ho_config; mandatory, once
 * @LUNIC_HO_RSS: &struct lunic_ho_rss; mandatory, once
 * @LUNIC_HO_RXQ: &struct lunic_ho_rxq; mandatory, one a queue, in their order
 * @LUNIC_HO_TXQ: &struct lunic_ho_txq; mandatory, one a queue, in their order
 * @LUNIC_HO_STATS: &struct lunic_ho_stats; optional, once
 * @LUNIC_HO_ALIAS: the interface's alias, not terminated, padded with zero;
 *	optional, once
 * @LUNIC_HO_COALESCE: &struct lunic_ho_coalesce; optional, once
 * @LUNIC_HO_SETTINGS: &struct lunic_ho_settings; optional, once
 * @LUNIC_HO_FEATURES: &struct lunic_ho_features; once; mandatory with one of
 *	%LUNIC_HO_FEAT_ODD on, else optional
 * @LUNIC_HO_NAPI: &struct lunic_ho_napi; optional, once
 * @LUNIC_HO_COUNTERS: &struct lunic_ho_counters; optional, once
 * @LUNIC_HO_LINK: &struct lunic_ho_link; optional, once
 * @LUNIC_HO_IDLE: &struct lunic_ho_idle; optional, one for each queue that is
 *	not in use
 * @LUNIC_HO_PTP: &struct lunic_ho_ptp; optional, once
 * @LUNIC_HO_TSTAMP: &struct lunic_ho_tstamp; optional, once
 * @LUNIC_HO_BLACKOUT: &struct lunic_ho_blackout; optional, once
 * @LUNIC_HO_PHASES: &struct lunic_ho_phases; optional, once
 */
enum lunic_ho_type {
	LUNIC_HO_DEVICE = 1,
	LUNIC_HO_NETDEV,
	LUNIC_HO_CONFIG,
	LUNIC_HO_RSS,
	LUNIC_HO_RXQ,
	LUNIC_HO_TXQ,
	LUNIC_HO_STATS,
	LUNIC_HO_ALIAS,
	/* since 1.1 */
	LUNIC_HO_COALESCE,
	LUNIC_HO_SETTINGS,
	LUNIC_HO_FEATURES,
	LUNIC_HO_NAPI,
	LUNIC_HO_COUNTERS,
	LUNIC_HO_LINK,
	LUNIC_HO_IDLE,
	LUNIC_HO_PTP,
	LUNIC_HO_TSTAMP,
	LUNIC_HO_BLACKOUT = 20,
	LUNIC_HO_PHASES,
};

/* A reader that doesn't know the section must not adopt the device */
#define LUNIC_HO_F_MANDATORY	BIT(0)

/**
 * struct lunic_ho_section - the head of a section
 * @type: enum lunic_ho_type
 * @flags: LUNIC_HO_F_*
 * @len: length of the payload that follows, a multiple of eight
 */
struct lunic_ho_section {
	__u16 type;
	__u16 flags;
	__u32 len;
} __packed;

/**
 * struct lunic_ho_device - which device this is
 * @domain: PCI domain
 * @bdf: bus, device and function, as in pci_dev_id()
 * @vendor: PCI vendor id
 * @device: PCI device id
 * @mac: the station address in use
 * @updates: live updates come through since the last reset, before this one
 */
struct lunic_ho_device {
	__u32 domain;
	__u16 bdf;
	__u16 vendor;
	__u16 device;
	__u8 mac[6];
	__u64 updates;
} __packed;

/* struct lunic_ho_netdev.features */
#define LUNIC_HO_FEAT_SG		BIT_ULL(0)
#define LUNIC_HO_FEAT_HW_CSUM		BIT_ULL(1)
#define LUNIC_HO_FEAT_TSO		BIT_ULL(2)
#define LUNIC_HO_FEAT_TSO6		BIT_ULL(3)
#define LUNIC_HO_FEAT_RXCSUM		BIT_ULL(4)
#define LUNIC_HO_FEAT_RXHASH		BIT_ULL(5)
#define LUNIC_HO_FEAT_VLAN_RX		BIT_ULL(6)
#define LUNIC_HO_FEAT_VLAN_TX		BIT_ULL(7)
#define LUNIC_HO_FEAT_VLAN_FILTER	BIT_ULL(8)
#define LUNIC_HO_FEAT_GRO		BIT_ULL(9)
#define LUNIC_HO_FEAT_GSO		BIT_ULL(10)
#define LUNIC_HO_FEAT_1_0		GENMASK_ULL(10, 0)

/* The same, and struct lunic_ho_features; since 1.1 */
#define LUNIC_HO_FEAT_SCTP_CRC		BIT_ULL(11)
#define LUNIC_HO_FEAT_USO		BIT_ULL(12)
#define LUNIC_HO_FEAT_PARTIAL		BIT_ULL(13)
#define LUNIC_HO_FEAT_GRE		BIT_ULL(14)
#define LUNIC_HO_FEAT_GRE_CSUM		BIT_ULL(15)
#define LUNIC_HO_FEAT_IPXIP4		BIT_ULL(16)
#define LUNIC_HO_FEAT_IPXIP6		BIT_ULL(17)
#define LUNIC_HO_FEAT_UDP_TNL		BIT_ULL(18)
#define LUNIC_HO_FEAT_UDP_TNL_CSUM	BIT_ULL(19)
#define LUNIC_HO_FEAT_MANGLEID		BIT_ULL(20)
#define LUNIC_HO_FEAT_NOCACHE_COPY	BIT_ULL(21)
#define LUNIC_HO_FEAT_GRO_FRAGLIST	BIT_ULL(22)
#define LUNIC_HO_FEAT_GRO_UDP_FWD	BIT_ULL(23)
#define LUNIC_HO_FEAT_RX_ALL		BIT_ULL(24)
#define LUNIC_HO_FEAT_RX_FCS		BIT_ULL(25)
#define LUNIC_HO_FEAT_LOOPBACK		BIT_ULL(26)
#define LUNIC_HO_FEAT_ODD		GENMASK_ULL(26, 24)

/**
 * struct lunic_ho_netdev - what the network stack knows of the interface
 * @ifname: its name
 * @ifindex: its index
 * @mtu: its MTU
 * @name_assign_type: NET_NAME_*, as in /sys/class/net/.../name_assign_type
 * @reserved: zero
 * @features: LUNIC_HO_FEAT_* that were on
 */
struct lunic_ho_netdev {
	__u8 ifname[16];
	__u32 ifindex;
	__u32 mtu;
	__u32 name_assign_type;
	__u32 reserved;
	__u64 features;
} __packed;

/* struct lunic_ho_config.flags */
#define LUNIC_HO_CFG_LIVE_UPDATE	BIT(0)	/* private flag */
#define LUNIC_HO_CFG_HOLD_RX		BIT(1)	/* private flag */
#define LUNIC_HO_CFG_AUTONEG		BIT(2)
#define LUNIC_HO_CFG_FULL_DUPLEX	BIT(3)	/* if not autoneg */
#define LUNIC_HO_CFG_RSS_USER		BIT(4)	/* table set by user */
#define LUNIC_HO_CFG_LINK_UP		BIT(5)	/* at the freeze; since 1.1 */

/**
 * struct lunic_ho_config - what the operator has set
 * @flags: LUNIC_HO_CFG_*
 * @queues: queue pairs in use
 * @speed: Mbit/s, if not autoneg
 * @advertising: link modes offered; bits of the MII advertise and, shifted by
 *	16, of the MII 1000BASE-T control register
 * @rx_fill: receive descriptors that are kept posted in each queue
 * @tx_limit: transmit descriptors that may be in use in each queue
 * @usecs: interrupt interval
 * @msg_enable: NETIF_MSG_*
 * @reserved: zero
 */
struct lunic_ho_config {
	__u32 flags;
	__u16 queues;
	__u16 speed;
	__u32 advertising;
	__u32 rx_fill;
	__u32 tx_limit;
	__u32 usecs;
	__u32 msg_enable;
	__u32 reserved;
} __packed;

/**
 * struct lunic_ho_rss - receive side scaling; the hardware holds the same
 * @key: Toeplitz key
 * @table: queue of each of the 128 buckets
 */
struct lunic_ho_rss {
	__u8 key[40];
	__u8 table[128];
} __packed;

/**
 * struct lunic_ho_rxq - a receive queue, which goes on receiving
 * @queue: its number, in hardware too
 * @reserved0: zero
 * @count: descriptors of the ring, a multiple of eight; a reader of version
 *	1.0 takes 32768 only
 * @ring: address of the ring
 * @slots: address of a table with the address of the buffer in each slot,
 *	__u64 each, @count of them; only those from @clean to @use are valid
 * @chunks: address of a table of the blocks that the buffers lie in,
 *	ascending, each an address with the block's order in its low bits
 * @nr_chunks: entries of that table
 * @reserved1: zero
 * @clean: the first slot that was not delivered
 * @use: the tail: the first slot that is not posted
 * @buf_size: what the device may write into a buffer
 * @frag_size: what a buffer occupies, headroom and tailroom included
 * @headroom: offset at which the device writes
 * @slots_crc: over @slots, from @clean to @use, in that order
 * @chunks_crc: over the @nr_chunks entries of @chunks
 * @reserved: zero
 * @stats: packets, bytes, allocation failures, errors, checksums good and
 *	bad, copied, then zero
 */
struct lunic_ho_rxq {
	__u16 queue;
	__u16 reserved0;
	__u32 count;
	__u64 ring;
	__u64 slots;
	__u64 chunks;
	__u32 nr_chunks;
	__u32 reserved1;
	__u32 clean;
	__u32 use;
	__u32 buf_size;
	__u32 frag_size;
	__u32 headroom;
	__u32 slots_crc;
	__u32 chunks_crc;
	__u32 reserved;
	__u64 stats[LUNIC_HO_QUEUE_STATS];
} __packed;

/**
 * struct lunic_ho_txq - a transmit queue, which was stopped
 * @queue: its number
 * @reserved: zero
 * @ring: address of its ring; preserved only so that nothing the device may
 *	still hold an address of is used for something else
 * @stats: packets, bytes, restarts, GSO packets and bytes, drops, packets that
 *	became these GSO packets, stops, then zero
 */
struct lunic_ho_txq {
	__u16 queue;
	__u16 reserved[3];
	__u64 ring;
	__u64 stats[LUNIC_HO_QUEUE_STATS];
} __packed;

/**
 * struct lunic_ho_stats - the MAC's counters, which clear when read
 * @nr: number of values
 * @reserved: zero
 * @values: in the order of the driver's table, which only grows at its end
 */
struct lunic_ho_stats {
	__u32 nr;
	__u32 reserved;
	__u64 values[];
} __packed;

/* struct lunic_ho_coalesce.flags, struct lunic_ho_queue_coalesce.flags */
#define LUNIC_HO_COAL_ADAPTIVE	BIT(0)
#define LUNIC_HO_COAL_OWN	BIT(1)	/* of a queue: not as the others */

/**
 * struct lunic_ho_queue_coalesce - interrupt coalescing of a queue pair
 * @usecs: its interval, where it is its own
 * @flags: LUNIC_HO_COAL_*
 * @profile: how far its adaptive interval has come: the step of DIM's table
 */
struct lunic_ho_queue_coalesce {
	__u16 usecs;
	__u8 flags;
	__u8 profile;
} __packed;

/**
 * struct lunic_ho_coalesce - adaptive intervals, and those of single queues
 * @flags: LUNIC_HO_COAL_ADAPTIVE, of the queues without an own interval
 * @reserved: zero
 * @queue: of each queue pair, also of those that are not in use
 */
struct lunic_ho_coalesce {
	__u32 flags;
	__u32 reserved;
	struct lunic_ho_queue_coalesce queue[LUNIC_HO_MAX_QUEUES];
} __packed;

/* struct lunic_ho_settings.flags */
#define LUNIC_HO_SET_UDP4_L3		BIT(0)	/* ports are not hashed */
#define LUNIC_HO_SET_UDP6_L3		BIT(1)
#define LUNIC_HO_SET_TCP4_L3		BIT(2)
#define LUNIC_HO_SET_TCP6_L3		BIT(3)
#define LUNIC_HO_SET_PAUSE_FORCED	BIT(4)	/* not negotiated */

/**
 * struct lunic_ho_settings - more of what the operator has set
 * @flags: LUNIC_HO_SET_*
 * @rx_copybreak: frames up to so long are copied
 * @wol: WAKE_*, as in linux/ethtool.h
 * @reserved: zero
 */
struct lunic_ho_settings {
	__u32 flags;
	__u32 rx_copybreak;
	__u32 wol;
	__u32 reserved;
} __packed;

/**
 * struct lunic_ho_features - the features, whatever the defaults are
 * @known: LUNIC_HO_FEAT_* that the writer knows of; the others say nothing
 * @active: those that were on
 * @wanted: those that the operator wants, if they can be had
 */
struct lunic_ho_features {
	__u64 known;
	__u64 active;
	__u64 wanted;
} __packed;

/**
 * struct lunic_ho_queue_napi - what is set for the NAPI of a queue pair
 * @gro_flush_timeout: in ns
 * @irq_suspend_timeout: in ns
 * @defer_hard_irqs: polls
 * @threaded: NETDEV_NAPI_THREADED_*, as in linux/netdev.h
 */
struct lunic_ho_queue_napi {
	__u64 gro_flush_timeout;
	__u64 irq_suspend_timeout;
	__u32 defer_hard_irqs;
	__u32 threaded;
} __packed;

/**
 * struct lunic_ho_napi - what is set for NAPI
 * @gro_flush_timeout: of the interface, in ns
 * @defer_hard_irqs: of the interface
 * @threaded: of the interface
 * @queue: of each queue pair, also of those that are not in use
 */
struct lunic_ho_napi {
	__u64 gro_flush_timeout;
	__u32 defer_hard_irqs;
	__u32 threaded;
	struct lunic_ho_queue_napi queue[LUNIC_HO_MAX_QUEUES];
} __packed;

/**
 * struct lunic_ho_counters - what the network stack has counted
 * @rx_dropped: frames that it dropped, and those that the driver did
 * @tx_dropped: packets that it dropped
 * @rx_nohandler: frames that nobody wanted
 * @rx_otherhost_dropped: frames for another host
 * @carrier_up: how often the carrier came
 * @carrier_down: how often the carrier went
 * @tx_timeouts: of each transmit queue
 */
struct lunic_ho_counters {
	__u64 rx_dropped;
	__u64 tx_dropped;
	__u64 rx_nohandler;
	__u64 rx_otherhost_dropped;
	__u32 carrier_up;
	__u32 carrier_down;
	__u32 tx_timeouts[LUNIC_HO_MAX_QUEUES];
} __packed;

/**
 * struct lunic_ho_link - what "ip link" shows of the interface and can set
 * @perm_addr: the permanent address
 * @addr_assign_type: NET_ADDR_*, as in linux/netdevice.h
 * @reserved0: zero
 * @flags: IFF_* that the operator has set
 * @tx_queue_len: packets
 * @group: its group
 * @gso_max_size: bytes
 * @gso_max_segs: segments
 * @gso_ipv4_max_size: bytes
 * @gro_max_size: bytes
 * @gro_ipv4_max_size: bytes
 */
struct lunic_ho_link {
	__u8 perm_addr[6];
	__u8 addr_assign_type;
	__u8 reserved0;
	__u32 flags;
	__u32 tx_queue_len;
	__u32 group;
	__u32 gso_max_size;
	__u32 gso_max_segs;
	__u32 gso_ipv4_max_size;
	__u32 gro_max_size;
	__u32 gro_ipv4_max_size;
} __packed;

/**
 * struct lunic_ho_idle - counters of a queue pair that is not in use
 * @queue: its number
 * @reserved: zero
 * @rx: as in &struct lunic_ho_rxq
 * @tx: as in &struct lunic_ho_txq
 */
struct lunic_ho_idle {
	__u16 queue;
	__u16 reserved[3];
	__u64 rx[LUNIC_HO_QUEUE_STATS];
	__u64 tx[LUNIC_HO_QUEUE_STATS];
} __packed;

/**
 * struct lunic_ho_ptp - the clock; its counter runs on in the device
 * @cycles: what the counter said ...
 * @ns: ... at this time of the clock
 * @scaled_ppm: its frequency adjustment, in parts per million, times 2^16
 * @timinca: the register that sets what the counter counts
 * @reserved: zero
 */
struct lunic_ho_ptp {
	__u64 cycles;
	__u64 ns;
	__s64 scaled_ppm;
	__u32 timinca;
	__u32 reserved;
} __packed;

/**
 * struct lunic_ho_tstamp - time stamps of packets
 * @tx_type: HWTSTAMP_TX_*, as in linux/net_tstamp.h
 * @rx_filter: HWTSTAMP_FILTER_*, as there
 * @tx_stamped: packets that got their TX stamp
 * @tx_timeouts: packets whose TX stamp never came
 * @tx_skipped: packets that wanted one while another was awaited
 */
struct lunic_ho_tstamp {
	__u32 tx_type;
	__u32 rx_filter;
	__u64 tx_stamped;
	__u64 tx_timeouts;
	__u64 tx_skipped;
} __packed;

/**
 * struct lunic_ho_blackout - the gap that is to lose nothing
 * @ms: its length; 0: no more than the rings hold anyway
 * @rate: frames a second in it; 0: line rate
 */
struct lunic_ho_blackout {
	__u32 ms;
	__u32 rate;
} __packed;

#define LUNIC_HO_NEVER		(~0ULL)

/**
 * struct lunic_ho_phases - what the writer knows of the update, for its report
 * @cycles: what the device's counter said at the seal
 * @timinca: the register that sets what it counts; 0: it counts nothing
 * @reserved: zero
 * @realtime: CLOCK_REALTIME at the seal, in ns
 * @ages: how long before the seal it was that the device was about to be
 *	preserved, was preserved, was about to be frozen, and that TX stood
 *	still: in ns each; %LUNIC_HO_NEVER: it was not
 * @release: the writer's kernel release, terminated and padded with zero
 */
struct lunic_ho_phases {
	__u64 cycles;
	__u32 timinca;
	__u32 reserved;
	__u64 realtime;
	__u64 ages[4];
	__u8 release[72];
} __packed;

#endif /* _LINUX_KHO_ABI_LUNIC_H */
