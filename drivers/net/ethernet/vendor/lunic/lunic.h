/* SPDX-License-Identifier: GPL-2.0 */
/* The device, and the verbs between the driver's files. */
#ifndef _LUNIC_H
#define _LUNIC_H

#include <linux/dim.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include <uapi/linux/lunic.h>

#include "lunic_desc.h"
#include "lunic_ptp.h"
#include "lunic_regs.h"

#define LUNIC_DRV_NAME		"lunic"

#define LUNIC_MAX_QUEUES	16
#define LUNIC_RSS_KEY_SIZE	40
#define LUNIC_RSS_TABLE_SIZE	128
#define LUNIC_MTA_WORDS		128
#define LUNIC_VFTA_WORDS	128
#define LUNIC_PTP_TICKS		2

#define LUNIC_RX_FILL_MIN	64
#define LUNIC_RX_FILL_DEFAULT	1024
#define LUNIC_TX_LIMIT_MIN	64
#define LUNIC_TX_LIMIT_DEFAULT	1024
#define LUNIC_USECS_DEFAULT	20
#define LUNIC_COPYBREAK_MAX	2048U	/* a buffer of the usual MTU */

/* Private flags, in the order of their names */
#define LUNIC_PF_LIVE_UPDATE	BIT(0)
#define LUNIC_PF_HOLD_RX	BIT(1)

/* Flows whose ports are not hashed */
#define LUNIC_RSS_UDP4		BIT(0)
#define LUNIC_RSS_UDP6		BIT(1)
#define LUNIC_RSS_TCP4		BIT(2)
#define LUNIC_RSS_TCP6		BIT(3)
#define LUNIC_RSS_ALL		GENMASK(3, 0)

/* Features that decide which frames come, and how */
#define LUNIC_F_ODD	(NETIF_F_RXALL | NETIF_F_RXFCS | NETIF_F_LOOPBACK)

struct lunic_dev;
struct lunic_devlink;
struct lunic_rx_ring;
struct lunic_tx_ring;

/* Interrupt coalescing of a queue pair */
struct lunic_coal {
	u16 usecs;
	bool adaptive;		/* @usecs is where it starts */
	bool own;		/* not as all the others */
};

/* What the operator has set. A change is tried on a copy. */
struct lunic_cfg {
	u32 rx_fill;
	u32 tx_limit;
	u32 usecs;
	u32 rx_copybreak;	/* frames up to so long are copied */
	u32 mtu;
	u32 blackout_ms;	/* a gap that is to lose nothing */
	u32 blackout_rate;	/* frames a second in it; 0: line rate */
	u16 queues;
	u16 speed;		/* Mbit/s, if not autoneg */
	bool autoneg;
	bool full_duplex;	/* if not autoneg */
	bool rss_user;		/* the adopted table is the operator's */
	u8 rss_l3;		/* LUNIC_RSS_* */
	bool adaptive;		/* as @usecs: of queues without their own */
	struct lunic_coal queue_coal[LUNIC_MAX_QUEUES];
	bool rx_all;		/* bad frames too, of any length */
	bool pause_forced;	/* flow control as asked for, not negotiated */
	u8 wol;			/* WAKE_* */
	u16 adv;		/* MII_ADVERTISE */
	u16 adv_1000;		/* MII_CTRL1000 */
	u32 priv_flags;
	u8 rss_key[LUNIC_RSS_KEY_SIZE];
	u8 rss_table[LUNIC_RSS_TABLE_SIZE];
};

/* The rings of one configuration; built aside, then swapped in */
struct lunic_rings {
	struct lunic_rx_ring *rx[LUNIC_MAX_QUEUES];
	struct lunic_tx_ring *tx[LUNIC_MAX_QUEUES];
	u16 n;
};

/* A NAPI context, its interrupt and the queue pair that it serves */
struct lunic_vec {
	struct napi_struct napi;
	struct lunic_dev *ld;
	struct lunic_rx_ring *rx;
	struct lunic_tx_ring *tx;
	void __iomem *mask;	/* write @bit: no interrupt */
	void __iomem *unmask;	/* write @bit: interrupts again */
	u32 bit;
	u16 idx;
	int irq;
	char name[IFNAMSIZ + 12];
	struct dim dim;
	u32 usecs;		/* the interval that was written last */
	u16 dim_events;
	bool adaptive;
};

struct lunic_rx_stats {
	u64 packets;
	u64 bytes;
	u64 alloc_fail;
	u64 errors;
	u64 csum_good;
	u64 csum_bad;
	u64 copied;
};

struct lunic_tx_stats {
	u64 packets;
	u64 bytes;
	u64 restarts;
	u64 gso_packets;	/* on the wire */
	u64 gso_bytes;
	u64 dropped;
	u64 gso_sends;
	u64 stops;
};

/* What the network stack counts of an interface */
struct lunic_stack_stats {
	u64 rx_dropped;
	u64 tx_dropped;
	u64 rx_nohandler;
	u64 rx_otherhost_dropped;
};

/* A queue pair's counters, which outlive its rings */
struct lunic_queue_stats {
	struct u64_stats_sync rx_sync;
	struct lunic_rx_stats rx;
	u64 rx_dropped;		/* frames that there was no skb for */
	struct u64_stats_sync tx_sync;
	struct lunic_tx_stats tx;
	struct u64_stats_sync xmit_sync;	/* the sender's, not NAPI's */
	u64 tx_dropped;
	u64 tx_stops;
};

enum lunic_hw_stat {
	LUNIC_STAT_RX_CRC_ERRORS,
	LUNIC_STAT_RX_ERRORS,
	LUNIC_STAT_RX_MISSED,
	LUNIC_STAT_RX_NO_BUFFER,
	LUNIC_STAT_RX_LENGTH_ERRORS,
	LUNIC_STAT_RX_UNDERSIZE,
	LUNIC_STAT_RX_FRAGMENTS,
	LUNIC_STAT_RX_OVERSIZE,
	LUNIC_STAT_RX_JABBER,
	LUNIC_STAT_RX_PACKETS,
	LUNIC_STAT_RX_BYTES,
	LUNIC_STAT_RX_BROADCAST,
	LUNIC_STAT_RX_MULTICAST,
	LUNIC_STAT_RX_XON,
	LUNIC_STAT_RX_XOFF,
	LUNIC_STAT_RX_64,
	LUNIC_STAT_RX_127,
	LUNIC_STAT_RX_255,
	LUNIC_STAT_RX_511,
	LUNIC_STAT_RX_1023,
	LUNIC_STAT_RX_1522,
	LUNIC_STAT_TX_PACKETS,
	LUNIC_STAT_TX_BYTES,
	LUNIC_STAT_TX_BROADCAST,
	LUNIC_STAT_TX_MULTICAST,
	LUNIC_STAT_TX_XON,
	LUNIC_STAT_TX_XOFF,
	LUNIC_STAT_TX_64,
	LUNIC_STAT_TX_127,
	LUNIC_STAT_TX_255,
	LUNIC_STAT_TX_511,
	LUNIC_STAT_TX_1023,
	LUNIC_STAT_TX_1522,
	LUNIC_STAT_TX_TSO,
	LUNIC_STAT_COLLISIONS,
	LUNIC_STAT_LATE_COLLISIONS,
	LUNIC_STAT_LINK_DOWN,	/* counted by the driver */
	LUNIC_STAT_RX_ALIGN_ERRORS,
	LUNIC_STAT_RX_SYMBOL_ERRORS,
	LUNIC_STAT_RX_BAD_CONTROL,
	LUNIC_STAT_SINGLE_COLLISIONS,
	LUNIC_STAT_MULTIPLE_COLLISIONS,
	LUNIC_STAT_EXCESS_COLLISIONS,
	LUNIC_STAT_TX_DEFERRED,
	LUNIC_STAT_TX_NO_CARRIER,
	/* new ones here: the handover carries them in this order */
	LUNIC_NR_HW_STATS
};

/* Filters as the hardware holds them */
struct lunic_filters {
	u32 rctl;		/* UPE, MPE, VFE */
	u32 mta[LUNIC_MTA_WORDS];
	u32 vfta[LUNIC_VFTA_WORDS];
	u8 ra[24][ETH_ALEN];	/* [0] is the station address */
	u8 nr_ra;
};

/* Who is told of an error */
enum lunic_health {
	LUNIC_HEALTH_TX,
	LUNIC_HEALTH_RX,
	LUNIC_HEALTH_HW,
	LUNIC_HEALTH_LIVEUPDATE,
	LUNIC_NR_HEALTH
};

/* The device's clock and CLOCK_BOOTTIME at the same moment */
struct lunic_clocks {
	u32 timinca;
	u64 cycles;
	u64 boot;
};

/* How a live update went. What is not said here is as in struct
 * lunic_ioctl_report.
 */
struct lunic_course {
	u32 phases;
	u32 outcome;
	u32 flags;
	u64 at[LUNIC_NR_PHASES];	/* CLOCK_BOOTTIME, or before the seal */
	struct lunic_clocks arrived;	/* when the handover was found */
	u64 before[LUNIC_NR_HW_STATS];	/* the MAC's counters at the seal */
	u64 update;
	u64 start;
	u64 sealed_time;
	u64 caught;
	u64 missed;
	u64 queue_drops;
	u64 no_buffer;
	u64 errors;
	u64 link_downs;
	u32 ring_queue;
	u32 ring_used;
	u32 ring_posted;
	char from[LUNIC_RELEASE_LEN];
	const char *reason;
};

/* A device's part in live updates; all under the netdev's instance lock */
struct lunic_lu {
	u32 state;		/* enum lunic_lu_state */
	bool incoming;		/* handed over to us, not finished */
	bool tried;		/* lunic_adopt() was called */
	bool parked;		/* preserved, then taken down: RX stays armed */
	bool hung;		/* preserved, and TX could not be restarted */
	struct folio *out_root;	/* the root page handed on */
	struct folio *out_body;
	struct lunic_ho_root *in;	/* the root page received */
	struct folio *in_body;
	u32 preserved_blocks;
	u64 preserved_bytes;
	u64 updates;
	u64 caught;
	const char *refusal;	/* why the last one was refused, or NULL */
	const char *harm;	/* what the last jump did to it, or NULL */
	char shortage[192];	/* @refusal where numbers belong to it */
	struct delayed_work hold_work;
	struct device *node;	/* whose events tell of the state, or NULL */
	struct lunic_course last;	/* of the update that came in */
	struct lunic_course next;	/* of the one that is under way */
};

/* Why RX is left alone by NAPI */
#define LUNIC_HOLD_USER		BIT(0)	/* until resume, finish or time-out */
#define LUNIC_HOLD_FREEZE	BIT(1)	/* the jump is under way */
#define LUNIC_HOLD_OPEN		BIT(2)	/* the stack has no routes yet */

/**
 * struct lunic_dev - a PCI function
 * @regs: BAR 0
 * @netdev: its interface
 * @chip: how to talk to it
 * @rx_hold: LUNIC_HOLD_*: frames stay in the rings
 * @tx_closed: NAPI wakes no transmit queue
 * @rx_tstamp: what a descriptor says of a stamped frame; 0: none is expected
 * @pdev: the function
 * @cfg: what is set; under the instance lock
 * @vec: NAPI contexts; as many as there are queue pairs at most
 * @rings: the rings in use; there while the interface is up, and while RX is
 *	armed without it
 * @max_queues: queue pairs that there are vectors for
 * @single_irq: MSI or INTx: one vector for the one queue pair and the link
 * @up: the stack's side runs: NAPI, TX, interrupts
 * @was_reset: a queue did not stop: configuration and link are gone
 * @dead: the hardware is not to be touched any more
 * @life: keeps @netdev from going; @removed is under it
 * @removed: the driver is unbound: only the open files are left
 * @stats: counters of each queue pair
 * @past: what the stack has counted before live updates
 * @hw_stats_lock: the innermost lock
 * @hw_stats: counters of the MAC; under @hw_stats_lock
 * @stats_work: reads them before they wrap
 * @want: filters that the stack asks for; under the instance lock
 * @adopted: filters that came in with a live update and stay until finish
 * @link_work: looks at the link after an interrupt
 * @reset_work: recovers from a TX timeout
 * @link_up: what was last told to the stack
 * @msg_enable: NETIF_MSG_*
 * @ptp: its clock
 * @tstamp: time stamps of packets
 * @ledctl: the LEDs' setting, while they identify the port
 * @reg_lock: for registers that more than one context changes in steps
 * @lu: its part in live updates
 * @dl: what devlink knows of it
 * @cdev: /dev/lunic/<BDF>
 * @cdev_name: its name
 * @debugfs: its folder
 * @ref: the PCI driver and each open file hold one
 * @list: in the list of bound devices
 *
 * Outlives the interface. Locks, outermost first: LUO's, the device lock,
 * devlink's, @life, rtnl, the interface's instance lock, then @hw_stats_lock
 * or @reg_lock. Nothing calls LUO, or waits for one of its callbacks, with any
 * of them held.
 */
struct lunic_dev {
	/* read on the hot path, written rarely */
	void __iomem *regs;
	struct net_device *netdev;
	const struct lunic_chip *chip;
	u32 rx_hold;
	bool tx_closed;
	u64 rx_tstamp;

	struct pci_dev *pdev;
	struct lunic_cfg cfg;
	struct lunic_vec *vec[LUNIC_MAX_QUEUES];
	struct lunic_rings rings;
	u16 max_queues;
	bool single_irq;
	bool up;
	bool was_reset;
	bool dead;
	struct mutex life;	/* keeps the interface from going */
	bool removed;

	struct lunic_queue_stats stats[LUNIC_MAX_QUEUES];
	struct lunic_stack_stats past;
	struct mutex hw_stats_lock;	/* the MAC's counters */
	u64 hw_stats[LUNIC_NR_HW_STATS];
	struct delayed_work stats_work;

	struct lunic_filters want;
	struct lunic_filters adopted;

	struct work_struct link_work;
	struct work_struct reset_work;
	bool link_up;
	u32 msg_enable;
	u32 ledctl;
	struct mutex reg_lock;	/* changes of more than one access */

	struct lunic_ptp ptp;
	struct lunic_tstamp tstamp;
	struct lunic_lu lu;
	struct lunic_devlink *dl;
	struct miscdevice cdev;
	char cdev_name[32];
	struct dentry *debugfs;
	struct kref ref;
	struct list_head list;
};

/* The interface's private part: nothing that must outlive it */
struct lunic_net {
	struct lunic_dev *ld;
};

static inline struct lunic_dev *lunic_from_netdev(const struct net_device *dev)
{
	return ((struct lunic_net *)netdev_priv(dev))->ld;
}

static inline u32 lunic_rd(const struct lunic_dev *ld, u32 reg)
{
	return readl(ld->regs + reg);
}

static inline void lunic_wr(const struct lunic_dev *ld, u32 reg, u32 val)
{
	writel(val, ld->regs + reg);
}

/* Says why, to the caller if it can be told, else in the log */
#define lunic_say(ld, extack, fmt, ...) do {				\
	if (extack)							\
		NL_SET_ERR_MSG_FMT(extack, fmt, ##__VA_ARGS__);		\
	else								\
		dev_err(&(ld)->pdev->dev, fmt "\n", ##__VA_ARGS__);	\
} while (0)

/* Pushes posted writes to the device */
static inline void lunic_flush(const struct lunic_dev *ld)
{
	lunic_rd(ld, LUNIC_STATUS);
}

/* What an interrupt is for */
#define LUNIC_CAUSE_LINK	BIT(0)
#define LUNIC_CAUSE_QUEUE	BIT(1)

/* Registers that keep what is written to some of their bits */
struct lunic_reg_test {
	u32 reg;
	u32 mask;
	u16 n;		/* how many of them, 0 ends a table */
	u16 stride;
};

/**
 * struct lunic_chip - a MAC family
 * @name: its name, for users
 * @max_queues: queue pairs
 * @max_rx_desc: descriptors of a receive ring
 * @long_rx_desc: the same where a blackout budget needs more
 * @max_tx_desc: descriptors of a transmit ring, a power of two
 * @nr_ra: unicast addresses that it filters
 * @max_mtu: the longest MTU
 * @rough_max_frame: it tells standard frames from longer ones, no more
 * @single_queue_stop: a receive queue stops without the others
 * @features: what it does beyond the other
 * @off_features: the same, to be switched on first
 * @partial_features: tunnels that it segments with the stack's help, to be
 *	switched on first
 * @rx_tail: tail register of receive queue 0
 * @tx_tail: tail register of transmit queue 0
 * @queue_stride: between the registers of two queues
 * @tx_format: its transmit descriptors
 * @nvm_words: words of its NVM
 * @nvm_shared: another port's driver may write it, too
 * @phy_get: takes the MDIO interface from the management firmware, optional
 * @phy_put: gives it back
 * @rx_filters: BIT(HWTSTAMP_FILTER_*) that it has
 * @rxd_tstamp: LUNIC_RXD_*: the frame was stamped
 * @ptp_ticks: what its counter's tick may be, in ns, the likeliest first
 * @ptp_reread: the counter's halves may not belong together
 * @rx_fifo: bytes of the MAC's receive buffer
 * @max_usecs: the longest interval between interrupts
 * @rss_udp: its hash can take the ports of UDP
 * @dump_regs: registers to dump; reading them has no effect
 * @dump_queue_regs: the same of queue 0, for each queue
 * @nr_dump_regs: how many
 * @nr_dump_queue_regs: how many
 * @reg_tests: what the self-test writes to
 * @reset: stops and resets the device, and leaves interrupts off
 * @init: what a reset leaves to be set, once
 * @irq_route: which vector a queue pair and the link raise
 * @irq_setup: auto-clear and mask policy of @n queue vectors
 * @irq_off: masks every cause
 * @irq_on: unmasks the link's and the queues' causes
 * @irq_interval: sets the interval between a vector's interrupts
 * @irq_kick: raises the vectors in a mask by software
 * @irq_addrs: where a vector is masked and unmasked from the hot path
 * @irq_cause: reads and clears what the last vector is raised for:
 *	LUNIC_CAUSE_*
 * @rx_start: hands a ring to the device and enables its queue
 * @rx_stop: disables a queue; -ETIMEDOUT where it goes on
 * @rx_matches: whether a queue runs on just this ring
 * @rx_drops: frames that found its ring full since the last time, optional
 * @tx_start: hands a ring to the device and enables its queue
 * @tx_stop: disables a queue; -ETIMEDOUT where it goes on
 * @rx_enable: the receiver as a whole
 * @tx_enable: the transmitter as a whole
 * @set_rss: key, table and what is hashed
 * @set_offloads: RX checksum, VLAN strip, FCS and loopback, from the
 *	interface's features; bad frames, from its configuration
 * @set_max_frame: the longest frame to take, FCS and tag included
 * @set_ptp_match: what frames HWTSTAMP_FILTER_* means
 * @nvm_room: how many words the NVM can hold; NULL: @nvm_words
 * @nvm_write: writes some words of the NVM, from the first on; how many
 * @nvm_commit: makes written words last; NULL where they do at once
 *
 * Nothing above this table knows which chip it drives. Callers hold the
 * instance lock, or are alone with the device.
 */
struct lunic_chip {
	const char *name;
	u16 max_queues;
	u32 max_rx_desc;
	u32 long_rx_desc;
	u32 max_tx_desc;
	u16 nr_ra;
	u16 max_mtu;
	u16 nvm_words;
	bool nvm_shared;
	bool rough_max_frame;
	bool single_queue_stop;
	netdev_features_t features;
	netdev_features_t off_features;
	netdev_features_t partial_features;
	u32 rx_tail;
	u32 tx_tail;
	u32 queue_stride;
	struct lunic_tx_format tx_format;
	u32 rx_filters;
	u64 rxd_tstamp;
	u8 ptp_ticks[LUNIC_PTP_TICKS];
	bool ptp_reread;
	u32 rx_fifo;
	u32 max_usecs;
	bool rss_udp;
	const u32 *dump_regs;
	const u32 *dump_queue_regs;
	u16 nr_dump_regs;
	u16 nr_dump_queue_regs;
	const struct lunic_reg_test *reg_tests;

	int (*phy_get)(struct lunic_dev *ld);
	void (*phy_put)(struct lunic_dev *ld);
	int (*reset)(struct lunic_dev *ld);
	void (*init)(struct lunic_dev *ld);
	void (*irq_route)(struct lunic_dev *ld, u16 queue, u16 vector);
	void (*irq_setup)(struct lunic_dev *ld, u16 n, u16 other);
	void (*irq_off)(struct lunic_dev *ld);
	void (*irq_on)(struct lunic_dev *ld, u16 n, u16 other);
	void (*irq_interval)(struct lunic_dev *ld, u16 vector, u32 usecs);
	void (*irq_kick)(struct lunic_dev *ld, u32 vectors);
	void (*irq_addrs)(struct lunic_dev *ld, struct lunic_vec *vec);
	u32 (*irq_cause)(struct lunic_dev *ld);
	void (*rx_start)(struct lunic_dev *ld, struct lunic_rx_ring *rx);
	int (*rx_stop)(struct lunic_dev *ld, u16 queue);
	bool (*rx_matches)(struct lunic_dev *ld, u16 queue, u64 ring, u32 count,
			   u32 tail);
	u32 (*rx_drops)(struct lunic_dev *ld, u16 queue);
	void (*tx_start)(struct lunic_dev *ld, struct lunic_tx_ring *tx);
	int (*tx_stop)(struct lunic_dev *ld, u16 queue);
	void (*rx_enable)(struct lunic_dev *ld, bool on);
	void (*tx_enable)(struct lunic_dev *ld, bool on);
	void (*set_rss)(struct lunic_dev *ld);
	void (*set_offloads)(struct lunic_dev *ld, netdev_features_t features);
	void (*set_max_frame)(struct lunic_dev *ld, u32 bytes);
	void (*set_ptp_match)(struct lunic_dev *ld, int filter);
	u32 (*nvm_room)(struct lunic_dev *ld);
	int (*nvm_write)(struct lunic_dev *ld, u16 word, u16 n,
			 const u16 *vals);
	int (*nvm_commit)(struct lunic_dev *ld);
};

extern const struct lunic_chip lunic_chip_82574;
extern const struct lunic_chip lunic_chip_82576;

/* lunic_hw.c */
int lunic_hw_poll(struct lunic_dev *ld, u32 reg, u32 mask, u32 want, u32 us);
int lunic_hw_reset(struct lunic_dev *ld);
int lunic_hw_stop_master(struct lunic_dev *ld);
void lunic_hw_set_filters(struct lunic_dev *ld, const struct lunic_filters *f);
void lunic_hw_get_filters(struct lunic_dev *ld, struct lunic_filters *f);
void lunic_hw_set_rss_key(struct lunic_dev *ld);
u32 lunic_hw_rss_fields(const struct lunic_cfg *cfg);
void lunic_hw_set_offloads(struct lunic_dev *ld, netdev_features_t features,
			   u32 rxcsum);
void lunic_hw_irq_addrs(struct lunic_dev *ld, struct lunic_vec *vec);
void lunic_hw_irq_on(struct lunic_dev *ld, u16 n, u16 other);
void lunic_hw_irq_kick(struct lunic_dev *ld, u32 vectors);
u32 lunic_hw_single_cause(struct lunic_dev *ld);
bool lunic_hw_is_running(struct lunic_dev *ld);
u32 lunic_hw_causes(struct lunic_dev *ld);
int lunic_hw_rx_stop(struct lunic_dev *ld, u16 q);
int lunic_hw_tx_stop(struct lunic_dev *ld, u16 q);
void lunic_hw_silence(struct lunic_dev *ld);
void lunic_hw_update(struct lunic_dev *ld, u32 reg, u32 mask, u32 val);
int lunic_hw_read_mac(struct lunic_dev *ld, u8 *mac);
void lunic_filters_build(struct lunic_dev *ld, struct netdev_hw_addr_list *uc,
			 struct netdev_hw_addr_list *mc);
void lunic_filters_write(struct lunic_dev *ld);
void lunic_rss_spread(struct lunic_cfg *cfg);

/* lunic_phy.c */
int lunic_phy_read(struct lunic_dev *ld, u8 reg, u16 *val);
int lunic_phy_write(struct lunic_dev *ld, u8 reg, u16 val);
int lunic_phy_start(struct lunic_dev *ld);
int lunic_phy_loopback(struct lunic_dev *ld);
void lunic_phy_stop(struct lunic_dev *ld);

/* lunic_link.c */
bool lunic_link_read(struct lunic_dev *ld, u32 *speed, u8 *duplex);
void lunic_link_update(struct lunic_dev *ld);
int lunic_link_restart(struct lunic_dev *ld);
void lunic_link_work(struct work_struct *work);

/* lunic_port.c */
u8 lunic_pause_wanted(const struct lunic_cfg *cfg);
u8 lunic_pause_resolve(const struct lunic_cfg *cfg, u16 lpa, u8 duplex);
void lunic_port_set_pause(struct lunic_dev *ld, bool rx, bool tx);
void lunic_port_get_pause(struct lunic_dev *ld, bool *rx, bool *tx);
void lunic_port_set_leds(struct lunic_dev *ld, bool on);
u32 lunic_port_wake_filters(u32 wol);
void lunic_hw_wake_setup(struct lunic_dev *ld, u32 wol);

/* lunic_ring.c */
int lunic_rings_alloc(struct lunic_dev *ld, const struct lunic_cfg *cfg,
		      struct lunic_rings *rings);
void lunic_rings_free(struct lunic_dev *ld, struct lunic_rings *rings);
bool lunic_rings_armed(const struct lunic_dev *ld);

/* lunic_irq.c */
u16 lunic_irq_other(const struct lunic_dev *ld);
int lunic_irq_alloc(struct lunic_dev *ld);
void lunic_irq_free(struct lunic_dev *ld);
int lunic_irq_request(struct lunic_dev *ld, u16 n);
void lunic_irq_release(struct lunic_dev *ld, u16 n);
void lunic_irq_enable(struct lunic_dev *ld);
void lunic_irq_disable(struct lunic_dev *ld);
void lunic_irq_set_interval(struct lunic_dev *ld);
void lunic_irq_mask_vectors(struct lunic_dev *ld);
void lunic_irq_unmask_vectors(struct lunic_dev *ld);
void lunic_napi_enable(struct lunic_dev *ld);
void lunic_napi_disable(struct lunic_dev *ld);
void lunic_kick(struct lunic_dev *ld);

/* lunic_tx.c */
netdev_tx_t lunic_xmit(struct sk_buff *skb, struct net_device *netdev);
bool lunic_tx_clean(struct lunic_tx_ring *tx, int budget);
void lunic_tx_reset(struct lunic_tx_ring *tx);

/* lunic_rx.c */
int lunic_rx_clean(struct lunic_rx_ring *rx, struct napi_struct *napi,
		   int budget);
void lunic_rx_refill(struct lunic_rx_ring *rx, gfp_t gfp);

/* lunic_netdev.c */
void lunic_hw_start(struct lunic_dev *ld);
int lunic_hw_prepare(struct lunic_dev *ld);
int lunic_up(struct lunic_dev *ld);
void lunic_down(struct lunic_dev *ld);
bool lunic_rss_user(const struct lunic_dev *ld);
int lunic_reconfigure(struct lunic_dev *ld, const struct lunic_cfg *cfg);
int lunic_data_start(struct lunic_dev *ld);
int lunic_data_stop(struct lunic_dev *ld, bool keep_rx);
int lunic_tx_renew(struct lunic_dev *ld);
int lunic_tx_restart(struct lunic_dev *ld);
bool lunic_hw_live(const struct lunic_dev *ld);
struct net_device *lunic_netdev_create(struct lunic_dev *ld);
int lunic_notifier_init(void);
void lunic_notifier_exit(void);
u32 lunic_max_frame(u32 mtu);
u32 lunic_rx_frag_size(const struct lunic_dev *ld,
		       const struct lunic_cfg *cfg);
u32 lunic_rx_buf_size(u32 frag_size);
int lunic_recover(struct lunic_dev *ld, struct netlink_ext_ack *extack);
void lunic_reset_work(struct work_struct *work);
int lunic_restart(struct lunic_dev *ld);

/* lunic_pm.c */
extern const struct dev_pm_ops lunic_pm_ops;
int lunic_pm_get(struct lunic_dev *ld);
void lunic_pm_put(struct lunic_dev *ld);
void lunic_pm_start(struct lunic_dev *ld);
void lunic_pm_stop(struct lunic_dev *ld);
void lunic_shutdown(struct pci_dev *pdev);

/* lunic_err.c */
extern const struct pci_error_handlers lunic_err_handlers;
bool lunic_err_check_present(struct lunic_dev *ld);

/* lunic_debugfs.c */
void lunic_debugfs_add(struct lunic_dev *ld);
void lunic_debugfs_del(struct lunic_dev *ld);
void lunic_debugfs_init(void);
void lunic_debugfs_exit(void);

/* lunic_queue.c */
extern const struct netdev_queue_mgmt_ops lunic_queue_mgmt_ops;

/* lunic_features.c */
void lunic_features_init(struct net_device *netdev,
			 const struct lunic_chip *chip);
netdev_features_t lunic_fix_features(struct net_device *netdev,
				     netdev_features_t features);
int lunic_set_features(struct net_device *netdev, netdev_features_t features);
netdev_features_t lunic_features_check(struct sk_buff *skb,
				       struct net_device *netdev,
				       netdev_features_t features);

/* lunic_ethtool.c */
extern const struct ethtool_ops lunic_ethtool_ops;
int lunic_priv_flags_set(struct lunic_dev *ld, u32 flags,
			 struct netlink_ext_ack *extack);

/* lunic_devlink.c */
int lunic_devlink_create(struct lunic_dev *ld);
void lunic_devlink_destroy(struct lunic_dev *ld);
int lunic_devlink_publish(struct lunic_dev *ld);
void lunic_devlink_withdraw(struct lunic_dev *ld);

/* lunic_health.c */
extern const char * const lunic_lu_states[];
int lunic_health_report(struct lunic_dev *ld, enum lunic_health which);
void lunic_health_raise(struct lunic_dev *ld, enum lunic_health which);
void lunic_health_check(struct lunic_dev *ld);
void lunic_health_up(struct lunic_dev *ld);

/* lunic_coalesce.c */
void lunic_coalesce_init(struct lunic_vec *vec);
void lunic_coalesce_sample(struct lunic_vec *vec);
void lunic_coalesce_start(struct lunic_vec *vec);
void lunic_coalesce_stop(struct lunic_vec *vec);
u32 lunic_coalesce_longest(const struct lunic_dev *ld);

/* lunic_ethtool_port.c */
void lunic_pause_apply(struct lunic_dev *ld);
int lunic_wol_set(struct lunic_dev *ld, u32 wol);

/* lunic_stats.c */
extern const struct netdev_stat_ops lunic_stat_ops;
void lunic_stats_read(struct lunic_dev *ld);
void lunic_stats_work(struct work_struct *work);
void lunic_stats_start(struct lunic_dev *ld);
void lunic_stats_stop(struct lunic_dev *ld);
void lunic_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *s);
void lunic_rx_stats_get(struct lunic_dev *ld, u16 q, struct lunic_rx_stats *s);
void lunic_tx_stats_get(struct lunic_dev *ld, u16 q, struct lunic_tx_stats *s);
void lunic_tx_stats_set(struct lunic_dev *ld, u16 q,
			const struct lunic_tx_stats *s);
int lunic_stats_count(struct lunic_dev *ld);
void lunic_stats_strings(struct lunic_dev *ld, u8 **data);
void lunic_stats_values(struct lunic_dev *ld, u64 *data);

/* lunic_pci.c */
void lunic_dev_put(struct lunic_dev *ld);
struct lunic_dev *lunic_dev_find(u32 domain, u16 bdf);

#endif /* _LUNIC_H */
