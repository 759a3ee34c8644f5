// SPDX-License-Identifier: GPL-2.0
/* What every MAC family does alike: waiting, addresses, filters, RSS table. */
#include <linux/etherdevice.h>
#include <linux/iopoll.h>

#include "lunic.h"

#define LUNIC_MASTER_TIMEOUT_US	80000
#define LUNIC_EERD_TIMEOUT_US	10000

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

	err = read_poll_timeout(lunic_rd, val, (val & mask) == want, 50, us,
				false, ld, reg);
	return val == U32_MAX ? -ENODEV : err;
}

/* Data sheet 5.2.3.3: no new requests, then wait for those under way */
int lunic_hw_stop_master(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_CTRL,
		 lunic_rd(ld, LUNIC_CTRL) | LUNIC_CTRL_GIO_MASTER_DISABLE);
	return lunic_hw_poll(ld, LUNIC_STATUS, LUNIC_STATUS_GIO_MASTER, 0,
			     LUNIC_MASTER_TIMEOUT_US);
}

/* The first receive address: a reset loads it from the NVM */
int lunic_hw_read_mac(struct lunic_dev *ld, u8 *mac)
{
	put_unaligned_le32(lunic_rd(ld, LUNIC_RAL(0)), mac);
	put_unaligned_le16(lunic_rd(ld, LUNIC_RAH(0)), mac + 4);
	return is_valid_ether_addr(mac) ? 0 : -EADDRNOTAVAIL;
}

int lunic_hw_read_nvm(struct lunic_dev *ld, u16 word, u16 *val)
{
	int err;

	lunic_wr(ld, LUNIC_EERD,
		 FIELD_PREP(LUNIC_EERD_ADDR, word) | LUNIC_EERD_START);
	err = lunic_hw_poll(ld, LUNIC_EERD, LUNIC_EERD_DONE, LUNIC_EERD_DONE,
			    LUNIC_EERD_TIMEOUT_US);
	if (!err)
		*val = FIELD_GET(LUNIC_EERD_DATA, lunic_rd(ld, LUNIC_EERD));
	return err;
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
	ld->chip->set_filters(ld, f);
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
