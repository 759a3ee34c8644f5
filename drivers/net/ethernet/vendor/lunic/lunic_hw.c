// SPDX-License-Identifier: GPL-2.0
/* What every MAC family does alike: waiting, addresses, filters, RSS table. */
#include <linux/error-injection.h>
#include <linux/etherdevice.h>
#include <linux/iopoll.h>

#include "lunic.h"

#define LUNIC_MASTER_TIMEOUT_US	80000

/**
 * lunic_hw_poll() - wait for a register's bits
 * @ld: the device
 * @reg: the register; reading it must have no effect
 * @mask: the bits to look at
 * @want: what they are to be
 * @us: how long to wait, in microseconds
 *
 * Context: may sleep.
 * Return: 0, -ETIMEDOUT, or -ENODEV where the hardware doesn't answer.
 */
int lunic_hw_poll(struct lunic_dev *ld, u32 reg, u32 mask, u32 want, u32 us)
{
	u32 val;
	int err;

	err = read_poll_timeout(lunic_rd, val,
				(val & mask) == want || val == U32_MAX, 50, us,
				false, ld, reg);
	return val == U32_MAX ? -ENODEV : err;
}

/**
 * lunic_hw_reset() - stop and reset the device
 * @ld: the device
 *
 * Its clock stands still meanwhile; the time goes on.
 *
 * Return: 0 or a negative error.
 */
int lunic_hw_reset(struct lunic_dev *ld)
{
	int err;

	lunic_ptp_pause(ld);
	err = ld->chip->reset(ld);
	if (!err)
		lunic_ptp_run(ld);
	return err;
}

/**
 * lunic_hw_update() - change some bits of a register
 * @ld: the device
 * @reg: the register
 * @mask: the bits
 * @val: what they are to be; nothing is written where they are already
 *
 * Context: may sleep.
 */
void lunic_hw_update(struct lunic_dev *ld, u32 reg, u32 mask, u32 val)
{
	u32 old;

	mutex_lock(&ld->reg_lock);
	old = lunic_rd(ld, reg);
	if ((old & mask) != val)
		lunic_wr(ld, reg, (old & ~mask) | val);
	mutex_unlock(&ld->reg_lock);
}

/* Data sheet 5.2.3.3: no new requests, then wait for those under way */
int lunic_hw_stop_master(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_CTRL,
		 lunic_rd(ld, LUNIC_CTRL) | LUNIC_CTRL_GIO_MASTER_DISABLE);
	return lunic_hw_poll(ld, LUNIC_STATUS, LUNIC_STATUS_GIO_MASTER, 0,
			     LUNIC_MASTER_TIMEOUT_US);
}

/**
 * lunic_hw_rx_stop() - stop a receive queue
 * @ld: the device
 * @q: its number
 *
 * Return: 0, or an error where the device goes on writing to its ring; a test
 * can ask for one.
 */
noinline int lunic_hw_rx_stop(struct lunic_dev *ld, u16 q)
{
	return ld->chip->rx_stop(ld, q);
}
ALLOW_ERROR_INJECTION(lunic_hw_rx_stop, ERRNO);

/* The same of a transmit queue, which the device may go on reading */
noinline int lunic_hw_tx_stop(struct lunic_dev *ld, u16 q)
{
	return ld->chip->tx_stop(ld, q);
}
ALLOW_ERROR_INJECTION(lunic_hw_tx_stop, ERRNO);

/* Whether a previous driver left the device receiving */
bool lunic_hw_is_running(struct lunic_dev *ld)
{
	return lunic_rd(ld, LUNIC_RCTL) & LUNIC_RCTL_EN &&
	       lunic_rd(ld, LUNIC_CTRL_EXT) & LUNIC_CTRL_EXT_DRV_LOAD;
}

/* What has happened since the last interrupt for that: LUNIC_IR_*. Reading it
 * clears it: for who has not set up interrupts yet.
 */
u32 lunic_hw_causes(struct lunic_dev *ld)
{
	return lunic_rd(ld, LUNIC_ICR);
}

/* Whatever state the device is in, it doesn't touch memory afterwards */
void lunic_hw_silence(struct lunic_dev *ld)
{
	if (lunic_hw_reset(ld))
		pci_clear_master(ld->pdev);
}

/* The first receive address: a reset loads it from the NVM */
int lunic_hw_read_mac(struct lunic_dev *ld, u8 *mac)
{
	put_unaligned_le32(lunic_rd(ld, LUNIC_RAL(0)), mac);
	put_unaligned_le16(lunic_rd(ld, LUNIC_RAH(0)), mac + 4);
	return is_valid_ether_addr(mac) ? 0 : -EADDRNOTAVAIL;
}

static void lunic_hw_write_ra(struct lunic_dev *ld, u16 n, const u8 *addr)
{
	/* Invalid while its halves don't belong together */
	lunic_wr(ld, LUNIC_RAH(n), 0);
	if (!addr)
		return;
	lunic_wr(ld, LUNIC_RAL(n), get_unaligned_le32(addr));
	lunic_wr(ld, LUNIC_RAH(n), get_unaligned_le16(addr + 4) | LUNIC_RAH_AV);
}

static bool lunic_hw_ra_is(struct lunic_dev *ld, u16 n, const u8 *addr)
{
	u32 rah = lunic_rd(ld, LUNIC_RAH(n));

	if (!addr)
		return !(rah & LUNIC_RAH_AV);
	return rah == (get_unaligned_le16(addr + 4) | LUNIC_RAH_AV) &&
	       lunic_rd(ld, LUNIC_RAL(n)) == get_unaligned_le32(addr);
}

/**
 * lunic_hw_set_filters() - write the filters
 * @ld: the device
 * @f: the filters
 *
 * What is right already is not written: a filter in use must not blink.
 */
void lunic_hw_set_filters(struct lunic_dev *ld, const struct lunic_filters *f)
{
	u16 i;

	for (i = 0; i < LUNIC_MTA_WORDS; i++)
		if (lunic_rd(ld, LUNIC_MTA(i)) != f->mta[i])
			lunic_wr(ld, LUNIC_MTA(i), f->mta[i]);
	for (i = 0; i < LUNIC_VFTA_WORDS; i++)
		if (lunic_rd(ld, LUNIC_VFTA(i)) != f->vfta[i])
			lunic_wr(ld, LUNIC_VFTA(i), f->vfta[i]);
	for (i = 0; i < ld->chip->nr_ra; i++) {
		const u8 *addr = i < f->nr_ra ? f->ra[i] : NULL;

		if (!lunic_hw_ra_is(ld, i, addr))
			lunic_hw_write_ra(ld, i, addr);
	}
	lunic_hw_update(ld, LUNIC_RCTL, LUNIC_RCTL_UPE | LUNIC_RCTL_MPE |
					LUNIC_RCTL_VFE, f->rctl);
}

/* Reads back what lunic_hw_set_filters() wrote */
void lunic_hw_get_filters(struct lunic_dev *ld, struct lunic_filters *f)
{
	u16 i;

	f->rctl = lunic_rd(ld, LUNIC_RCTL) &
		  (LUNIC_RCTL_UPE | LUNIC_RCTL_MPE | LUNIC_RCTL_VFE);
	for (i = 0; i < LUNIC_MTA_WORDS; i++)
		f->mta[i] = lunic_rd(ld, LUNIC_MTA(i));
	for (i = 0; i < LUNIC_VFTA_WORDS; i++)
		f->vfta[i] = lunic_rd(ld, LUNIC_VFTA(i));
	f->nr_ra = 0;
	for (i = 0; i < ld->chip->nr_ra; i++) {
		u32 rah = lunic_rd(ld, LUNIC_RAH(i));

		if (!(rah & LUNIC_RAH_AV))
			continue;
		put_unaligned_le32(lunic_rd(ld, LUNIC_RAL(i)), f->ra[f->nr_ra]);
		put_unaligned_le16(rah, f->ra[f->nr_ra] + 4);
		f->nr_ra++;
	}
}

static bool lunic_filters_has_ra(const struct lunic_filters *f, const u8 *addr)
{
	u16 i;

	for (i = 0; i < f->nr_ra; i++)
		if (ether_addr_equal(f->ra[i], addr))
			return true;
	return false;
}

/* False where the table is full */
static bool lunic_filters_add_ra(struct lunic_dev *ld, struct lunic_filters *f,
				 const u8 *addr)
{
	if (lunic_filters_has_ra(f, addr))
		return true;
	if (f->nr_ra == ld->chip->nr_ra)
		return false;
	ether_addr_copy(f->ra[f->nr_ra++], addr);
	return true;
}

/* Data sheet 7.1.2.1.2, RCTL.MO 0: bits 47:36 of the address */
static void lunic_filters_add_mc(struct lunic_filters *f, const u8 *addr)
{
	u32 hash = (addr[4] >> 4 | addr[5] << 4) & 0xfff;

	f->mta[hash >> 5] |= BIT(hash & 31);
}

/**
 * lunic_filters_build() - what the stack asks for, as the hardware wants it
 * @ld: the device
 * @uc: unicast addresses beside the station's
 * @mc: multicast addresses
 *
 * VLANs are kept by those who add and remove them.
 *
 * Context: instance lock held.
 */
void lunic_filters_build(struct lunic_dev *ld, struct netdev_hw_addr_list *uc,
			 struct netdev_hw_addr_list *mc)
{
	struct net_device *netdev = ld->netdev;
	struct lunic_filters *f = &ld->want;
	struct netdev_hw_addr *ha;

	f->rctl = 0;
	f->nr_ra = 0;
	memset(f->mta, 0, sizeof(f->mta));

	lunic_filters_add_ra(ld, f, netdev->dev_addr);
	netdev_hw_addr_list_for_each(ha, uc)
		if (!lunic_filters_add_ra(ld, f, ha->addr))
			f->rctl |= LUNIC_RCTL_UPE;
	netdev_hw_addr_list_for_each(ha, mc)
		lunic_filters_add_mc(f, ha->addr);

	if (netdev->flags & IFF_PROMISC)
		f->rctl |= LUNIC_RCTL_UPE | LUNIC_RCTL_MPE;
	else if (netdev->features & NETIF_F_HW_VLAN_CTAG_FILTER)
		f->rctl |= LUNIC_RCTL_VFE;
	if (netdev->flags & IFF_ALLMULTI)
		f->rctl |= LUNIC_RCTL_MPE;
}

/* Until a live update is finished, what came in is let through as well: the
 * applications have not joined again yet.
 */
static void lunic_filters_or(struct lunic_dev *ld, struct lunic_filters *f,
			     const struct lunic_filters *in)
{
	bool vfe = f->rctl & in->rctl & LUNIC_RCTL_VFE;
	u16 i;

	f->rctl |= in->rctl;
	if (!vfe)
		f->rctl &= ~LUNIC_RCTL_VFE;
	for (i = 0; i < LUNIC_MTA_WORDS; i++)
		f->mta[i] |= in->mta[i];
	for (i = 0; i < LUNIC_VFTA_WORDS; i++)
		f->vfta[i] |= in->vfta[i];
	for (i = 0; i < in->nr_ra; i++)
		if (!lunic_filters_add_ra(ld, f, in->ra[i]))
			f->rctl |= LUNIC_RCTL_UPE;
}

/**
 * lunic_filters_write() - bring the hardware's filters up to date
 * @ld: the device
 *
 * Context: instance lock held, device powered.
 */
void lunic_filters_write(struct lunic_dev *ld)
{
	struct lunic_filters *f;

	f = kmemdup(&ld->want, sizeof(*f), GFP_KERNEL);
	if (!f) {
		/* Too much is better than too little */
		lunic_wr(ld, LUNIC_RCTL, lunic_rd(ld, LUNIC_RCTL) |
					 LUNIC_RCTL_UPE | LUNIC_RCTL_MPE);
		return;
	}
	if (ld->lu.incoming)
		lunic_filters_or(ld, f, &ld->adopted);
	lunic_hw_set_filters(ld, f);
	kfree(f);
}

/* An even spread of the buckets over the queues, unless the user set one */
void lunic_rss_spread(struct lunic_cfg *cfg)
{
	u16 i;

	if (cfg->rss_user)
		return;
	for (i = 0; i < LUNIC_RSS_TABLE_SIZE; i++)
		cfg->rss_table[i] = ethtool_rxfh_indir_default(i, cfg->queues);
}

void lunic_hw_set_rss_key(struct lunic_dev *ld)
{
	u16 i;

	for (i = 0; i < LUNIC_RSS_KEY_SIZE / 4; i++)
		lunic_wr(ld, LUNIC_RSSRK(i),
			 get_unaligned_le32(ld->cfg.rss_key + 4 * i));
}

/* Bits of MRQC that both chips have: what is hashed of IP and TCP. TCP without
 * its ports is hashed as any IP packet. With or without extension headers: the
 * emulated devices know one bit for both.
 */
u32 lunic_hw_rss_fields(const struct lunic_cfg *cfg)
{
	u32 mrqc = LUNIC_MRQC_IPV4 | LUNIC_MRQC_IPV6;

	if (!(cfg->rss_l3 & LUNIC_RSS_TCP4))
		mrqc |= LUNIC_MRQC_TCP_IPV4;
	if (!(cfg->rss_l3 & LUNIC_RSS_TCP6))
		mrqc |= LUNIC_MRQC_TCP_IPV6 | LUNIC_MRQC_TCP_IPV6_EX;
	return mrqc;
}

/* Which frames come: bad ones too, where the rings are made for their lengths;
 * with their FCS; those that are sent
 */
static void lunic_hw_rx_mode(struct lunic_dev *ld,
			     netdev_features_t features)
{
	u32 rctl = lunic_rd(ld, LUNIC_RCTL), want;

	want = rctl & ~(LUNIC_RCTL_SBP | LUNIC_RCTL_LBM | LUNIC_RCTL_PMCF);
	want |= LUNIC_RCTL_SECRC;
	if (ld->cfg.rx_all)
		want |= LUNIC_RCTL_SBP | LUNIC_RCTL_PMCF;
	if (features & NETIF_F_RXFCS)
		want &= ~LUNIC_RCTL_SECRC;
	if (features & NETIF_F_LOOPBACK)
		want |= LUNIC_RCTL_LBM_MAC;
	if (want != rctl)
		lunic_wr(ld, LUNIC_RCTL, want);
}

/**
 * lunic_hw_set_offloads() - RX checksum, VLAN strip, FCS, loopback, bad frames
 * @ld: the device
 * @features: the interface's
 * @rxcsum: the chip's bits of RXCSUM where checksums are asked for
 */
void lunic_hw_set_offloads(struct lunic_dev *ld, netdev_features_t features,
			   u32 rxcsum)
{
	lunic_hw_update(ld, LUNIC_CTRL, LUNIC_CTRL_VME,
			features & NETIF_F_HW_VLAN_CTAG_RX ?
			LUNIC_CTRL_VME : 0);
	if (!(features & NETIF_F_RXCSUM))
		rxcsum = 0;
	rxcsum |= LUNIC_RXCSUM_PCSD;
	lunic_hw_update(ld, LUNIC_RXCSUM, U32_MAX, rxcsum);
	lunic_hw_rx_mode(ld, features);
}

/* With one vector for all, both chips have the same causes */
void lunic_hw_irq_addrs(struct lunic_dev *ld, struct lunic_vec *vec)
{
	if (!ld->single_irq) {
		ld->chip->irq_addrs(ld, vec);
		return;
	}
	vec->mask = ld->regs + LUNIC_IMC;
	vec->unmask = ld->regs + LUNIC_IMS;
	vec->bit = LUNIC_IR_SINGLE;
}

void lunic_hw_irq_on(struct lunic_dev *ld, u16 n, u16 other)
{
	if (ld->single_irq)
		lunic_wr(ld, LUNIC_IMS, LUNIC_IR_SINGLE | LUNIC_IR_LSC);
	else
		ld->chip->irq_on(ld, n, other);
}

void lunic_hw_irq_kick(struct lunic_dev *ld, u32 vectors)
{
	if (ld->single_irq)
		lunic_wr(ld, LUNIC_ICS, LUNIC_IR_RXT0);
	else
		ld->chip->irq_kick(ld, vectors);
}

/**
 * lunic_hw_single_cause() - what MSI or INTx was raised for
 * @ld: the device
 *
 * Reading the causes clears them.
 *
 * Context: hard interrupt.
 * Return: LUNIC_CAUSE_*, 0 where another device on the line raised it.
 */
u32 lunic_hw_single_cause(struct lunic_dev *ld)
{
	u32 icr = lunic_rd(ld, LUNIC_ICR), cause = 0;

	if (icr == U32_MAX)
		return 0;
	if (icr & LUNIC_IR_LSC)
		cause |= LUNIC_CAUSE_LINK;
	if (icr & LUNIC_IR_SINGLE)
		cause |= LUNIC_CAUSE_QUEUE;
	return cause;
}
