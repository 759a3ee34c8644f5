// SPDX-License-Identifier: GPL-2.0
/* The ops table of the 82574. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ptp_classify.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "lunic.h"
#include "lunic_nvm.h"
#include "lunic_ring.h"

#define LUNIC_MDIO_TIMEOUT_US	20000
#define LUNIC_RESET_TIMEOUT_US	20000

/* The RX unit is silent so long after it was switched off */
#define LUNIC_RX_STOP_US	10000

/* Interrupt intervals are counted in units of 256 ns */
#define LUNIC_82574_USEC_NUM	1000
#define LUNIC_82574_USEC_DEN	256

static void lunic_82574_irq_off(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_IMC, LUNIC_IR_ALL);
	lunic_flush(ld);
}

/* Data sheet 10.2.2.20: the bit stays clear while the firmware has it */
static int lunic_82574_phy_get(struct lunic_dev *ld)
{
	u32 tries = LUNIC_MDIO_TIMEOUT_US / 1000;

	while (tries--) {
		u32 val = lunic_rd(ld, LUNIC_EXTCNF_CTRL);

		lunic_wr(ld, LUNIC_EXTCNF_CTRL,
			 val | LUNIC_EXTCNF_CTRL_MDIO_SW);
		val = lunic_rd(ld, LUNIC_EXTCNF_CTRL);
		if (val == U32_MAX)
			return -ENODEV;
		if (val & LUNIC_EXTCNF_CTRL_MDIO_SW)
			return 0;
		usleep_range(1000, 2000);
	}
	return -EBUSY;
}

static void lunic_82574_phy_put(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_EXTCNF_CTRL, lunic_rd(ld, LUNIC_EXTCNF_CTRL) &
					~LUNIC_EXTCNF_CTRL_MDIO_SW);
}

/* Data sheet 4.6.3: DMA stops before the reset, interrupts stay off */
static int lunic_82574_reset(struct lunic_dev *ld)
{
	bool owned;
	int err;

	lunic_82574_irq_off(ld);
	lunic_wr(ld, LUNIC_RCTL, 0);
	lunic_wr(ld, LUNIC_TCTL, LUNIC_TCTL_PSP);
	lunic_flush(ld);
	usleep_range(LUNIC_RX_STOP_US, 2 * LUNIC_RX_STOP_US);

	if (lunic_hw_stop_master(ld))
		dev_dbg(&ld->pdev->dev, "DMA did not stop before the reset\n");

	/* The reset must not cut through an MDIO cycle of the firmware's */
	owned = !lunic_82574_phy_get(ld);
	lunic_wr(ld, LUNIC_CTRL, lunic_rd(ld, LUNIC_CTRL) | LUNIC_CTRL_RST);
	usleep_range(1000, 2000);
	if (owned)
		lunic_82574_phy_put(ld);
	err = lunic_hw_poll(ld, LUNIC_CTRL, LUNIC_CTRL_RST, 0,
			    LUNIC_RESET_TIMEOUT_US);
	if (err)
		return err;

	lunic_hw_poll(ld, LUNIC_EECD, LUNIC_EECD_AUTO_RD, LUNIC_EECD_AUTO_RD,
		      LUNIC_RESET_TIMEOUT_US);
	lunic_82574_irq_off(ld);
	lunic_rd(ld, LUNIC_ICR);
	return 0;
}

static void lunic_82574_init(struct lunic_dev *ld)
{
	u32 ctrl = lunic_rd(ld, LUNIC_CTRL);

	ctrl &= ~(LUNIC_CTRL_FRCSPD | LUNIC_CTRL_FRCDPLX | LUNIC_CTRL_RFCE |
		  LUNIC_CTRL_TFCE);
	lunic_wr(ld, LUNIC_CTRL, ctrl | LUNIC_CTRL_SLU);
	lunic_wr(ld, LUNIC_CTRL_EXT,
		 lunic_rd(ld, LUNIC_CTRL_EXT) | LUNIC_CTRL_EXT_DRV_LOAD);
	lunic_wr(ld, LUNIC_82574_TARC(0), lunic_rd(ld, LUNIC_82574_TARC(0)) |
					  LUNIC_82574_TARC_ERRATA);
	lunic_wr(ld, LUNIC_FCRTL, 0);
	lunic_wr(ld, LUNIC_FCRTH, 0);
	lunic_wr(ld, LUNIC_VET, ETH_P_8021Q);

	/* No NFS filter, no packet that is held back for its ACKs */
	lunic_wr(ld, LUNIC_RFCTL,
		 LUNIC_RFCTL_EXTEN | LUNIC_RFCTL_NFSW_DIS |
		 LUNIC_RFCTL_NFSR_DIS | LUNIC_RFCTL_ACK_DIS |
		 LUNIC_RFCTL_IPV6_EX_DIS | LUNIC_RFCTL_NEW_IPV6_EXT_DIS);

	/* The delay timers stay off: they know nothing of MSI-X */
	lunic_wr(ld, LUNIC_82574_RDTR(0), 0);
	lunic_wr(ld, LUNIC_82574_RADV, 0);
	lunic_wr(ld, LUNIC_82574_TIDV, 0);
	lunic_wr(ld, LUNIC_82574_TADV, 0);
	lunic_wr(ld, LUNIC_ITR, 0);
}

static u32 lunic_82574_queue_bits(u16 queue)
{
	return LUNIC_IR_RXQ(queue) | LUNIC_IR_TXQ(queue);
}

static void lunic_82574_irq_route(struct lunic_dev *ld, u16 queue, u16 vector)
{
	u32 mask = LUNIC_82574_IVAR_RXQ(queue, 7) |
		   LUNIC_82574_IVAR_TXQ(queue, 7);
	u32 ivar = lunic_rd(ld, LUNIC_82574_IVAR) & ~mask;

	lunic_wr(ld, LUNIC_82574_IVAR,
		 ivar | LUNIC_82574_IVAR_RXQ(queue, vector) |
		 LUNIC_82574_IVAR_TXQ(queue, vector));
}

static void lunic_82574_irq_setup(struct lunic_dev *ld, u16 n, u16 other)
{
	u32 queues = 0;
	u16 q;

	if (ld->single_irq)
		return;
	for (q = 0; q < n; q++)
		queues |= lunic_82574_queue_bits(q);
	lunic_wr(ld, LUNIC_82574_IVAR, LUNIC_82574_IVAR_OTHER(other));
	lunic_wr(ld, LUNIC_82574_EIAC, queues);
	lunic_wr(ld, LUNIC_CTRL_EXT,
		 lunic_rd(ld, LUNIC_CTRL_EXT) | LUNIC_CTRL_EXT_PBA_CLR);
}

static void lunic_82574_irq_on(struct lunic_dev *ld, u16 n, u16 other)
{
	u32 causes = LUNIC_IR_LSC;
	u16 q;

	for (q = 0; q < n; q++)
		causes |= lunic_82574_queue_bits(q);
	lunic_wr(ld, LUNIC_IMS, causes | LUNIC_IR_OTHER);
}

static void lunic_82574_irq_interval(struct lunic_dev *ld, u16 vector,
				     u32 usecs)
{
	u32 val = usecs * LUNIC_82574_USEC_NUM / LUNIC_82574_USEC_DEN;

	if (ld->single_irq)
		lunic_wr(ld, LUNIC_ITR, val);
	else
		lunic_wr(ld, LUNIC_82574_EITR(vector), val);
}

static void lunic_82574_irq_kick(struct lunic_dev *ld, u32 vectors)
{
	u32 causes = 0;
	u16 q;

	for (q = 0; q < ld->max_queues; q++)
		if (vectors & BIT(q))
			causes |= LUNIC_IR_RXQ(q);
	lunic_wr(ld, LUNIC_ICS, causes);
}

static void lunic_82574_irq_addrs(struct lunic_dev *ld, struct lunic_vec *vec)
{
	vec->mask = ld->regs + LUNIC_IMC;
	vec->unmask = ld->regs + LUNIC_IMS;
	vec->bit = lunic_82574_queue_bits(vec->idx);
}

/* Reading the causes would take the queues' away as well: the vector says
 * enough
 */
static u32 lunic_82574_irq_cause(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_ICR, LUNIC_IR_OTHER | LUNIC_IR_LSC);
	lunic_wr(ld, LUNIC_IMS, LUNIC_IR_OTHER | LUNIC_IR_LSC);
	return LUNIC_CAUSE_LINK;
}

/* The size of a buffer is the receiver's, not the queue's */
static void lunic_82574_set_buf_size(struct lunic_dev *ld, u32 size)
{
	lunic_hw_update(ld, LUNIC_RCTL, LUNIC_RCTL_BSIZE | LUNIC_RCTL_BSEX |
					LUNIC_RCTL_FLXBUF,
			FIELD_PREP(LUNIC_RCTL_FLXBUF, size / SZ_1K));
}

static void lunic_82574_rx_start(struct lunic_dev *ld, struct lunic_rx_ring *rx)
{
	u16 q = rx->queue;

	lunic_82574_set_buf_size(ld, rx->buf_size);
	lunic_wr(ld, LUNIC_82574_RXDCTL(q),
		 FIELD_PREP(LUNIC_XDCTL_PTHRESH, 8) |
		 FIELD_PREP(LUNIC_XDCTL_HTHRESH, 8) |
		 FIELD_PREP(LUNIC_XDCTL_WTHRESH, 1) |
		 LUNIC_82574_XDCTL_GRAN);
	lunic_wr(ld, LUNIC_82574_RDBAL(q), lower_32_bits(rx->dma));
	lunic_wr(ld, LUNIC_82574_RDBAH(q), upper_32_bits(rx->dma));
	lunic_wr(ld, LUNIC_82574_RDH(q), rx->clean);
	lunic_wr(ld, LUNIC_82574_RDT(q), rx->clean);
	lunic_wr(ld, LUNIC_82574_RDLEN(q), rx->count * sizeof(*rx->desc));
	lunic_wr(ld, LUNIC_82574_RDT(q), rx->use);
}

/* A queue can't be disabled alone: the receiver stops, and a ring without
 * length stays behind
 */
static int lunic_82574_rx_stop(struct lunic_dev *ld, u16 q)
{
	u32 rctl = lunic_rd(ld, LUNIC_RCTL);

	if (rctl & LUNIC_RCTL_EN) {
		lunic_wr(ld, LUNIC_RCTL, rctl & ~LUNIC_RCTL_EN);
		lunic_flush(ld);
		usleep_range(LUNIC_RX_STOP_US, 2 * LUNIC_RX_STOP_US);
	}
	lunic_wr(ld, LUNIC_82574_RDLEN(q), 0);
	lunic_wr(ld, LUNIC_82574_RDH(q), 0);
	lunic_wr(ld, LUNIC_82574_RDT(q), 0);
	return lunic_rd(ld, LUNIC_82574_RDLEN(q)) ? -ETIMEDOUT : 0;
}

static bool lunic_82574_rx_matches(struct lunic_dev *ld, u16 q, u64 ring,
				   u32 count, u32 tail)
{
	return lunic_rd(ld, LUNIC_82574_RDBAL(q)) == lower_32_bits(ring) &&
	       lunic_rd(ld, LUNIC_82574_RDBAH(q)) == upper_32_bits(ring) &&
	       lunic_rd(ld, LUNIC_82574_RDLEN(q)) ==
			count * sizeof(union lunic_rx_desc) &&
	       lunic_rd(ld, LUNIC_82574_RDT(q)) == tail &&
	       lunic_rd(ld, LUNIC_RFCTL) & LUNIC_RFCTL_EXTEN;
}

static void lunic_82574_tx_start(struct lunic_dev *ld, struct lunic_tx_ring *tx)
{
	u32 txdctl = FIELD_PREP(LUNIC_XDCTL_PTHRESH, 31) |
		     FIELD_PREP(LUNIC_XDCTL_HTHRESH, 1) |
		     FIELD_PREP(LUNIC_XDCTL_WTHRESH, 1) |
		     LUNIC_82574_XDCTL_GRAN | LUNIC_82574_TXDCTL_ALWAYS;
	u16 q = tx->queue;

	/* An erratum wants both queues to have the same thresholds */
	lunic_wr(ld, LUNIC_82574_TXDCTL(0), txdctl);
	lunic_wr(ld, LUNIC_82574_TXDCTL(1), txdctl);
	lunic_wr(ld, LUNIC_82574_TDBAL(q), lower_32_bits(tx->dma));
	lunic_wr(ld, LUNIC_82574_TDBAH(q), upper_32_bits(tx->dma));
	lunic_wr(ld, LUNIC_82574_TDLEN(q), tx->count * sizeof(*tx->desc));
	lunic_wr(ld, LUNIC_82574_TDH(q), 0);
	lunic_wr(ld, LUNIC_82574_TDT(q), 0);
	lunic_wr(ld, LUNIC_82574_TARC(q), lunic_rd(ld, LUNIC_82574_TARC(q)) |
					  LUNIC_82574_TARC_ENABLE);
}

static int lunic_82574_tx_stop(struct lunic_dev *ld, u16 q)
{
	lunic_wr(ld, LUNIC_82574_TARC(q), lunic_rd(ld, LUNIC_82574_TARC(q)) &
					  ~LUNIC_82574_TARC_ENABLE);
	return lunic_hw_poll(ld, LUNIC_82574_TARC(q), LUNIC_82574_TARC_ENABLE,
			     0, LUNIC_RX_STOP_US);
}

static void lunic_82574_rx_enable(struct lunic_dev *ld, bool on)
{
	u32 rctl = lunic_rd(ld, LUNIC_RCTL);

	rctl |= LUNIC_RCTL_BAM;
	if (on)
		rctl |= LUNIC_RCTL_EN;
	else
		rctl &= ~LUNIC_RCTL_EN;
	lunic_wr(ld, LUNIC_RCTL, rctl);
}

static void lunic_82574_tx_enable(struct lunic_dev *ld, bool on)
{
	u32 tctl = LUNIC_TCTL_PSP | LUNIC_TCTL_RTLC |
		   FIELD_PREP(LUNIC_TCTL_CT, 15) |
		   FIELD_PREP(LUNIC_82574_TCTL_COLD, 63);

	lunic_wr(ld, LUNIC_TCTL, tctl | (on ? LUNIC_TCTL_EN : 0));
}

/* Data sheet 10.2.5.20: a bucket's queue is its highest bit */
static void lunic_82574_set_rss(struct lunic_dev *ld)
{
	u16 i, j;

	lunic_hw_set_rss_key(ld);
	for (i = 0; i < LUNIC_RSS_TABLE_SIZE; i += 4) {
		u32 reta = 0;

		for (j = 0; j < 4; j++)
			if (ld->cfg.rss_table[i + j])
				reta |= LUNIC_82574_RETA_QUEUE << 8 * j;
		lunic_wr(ld, LUNIC_RETA(i / 4), reta);
	}
	lunic_wr(ld, LUNIC_MRQC, LUNIC_82574_MRQC_RSS |
				 lunic_hw_rss_fields(&ld->cfg));
}

static void lunic_82574_set_offloads(struct lunic_dev *ld,
				     netdev_features_t features)
{
	lunic_hw_set_offloads(ld, features, LUNIC_RXCSUM_IPOFL |
					    LUNIC_RXCSUM_TUOFL);
}

/* There is a standard frame and one that is longer, nothing between */
static void lunic_82574_set_max_frame(struct lunic_dev *ld, u32 bytes)
{
	bool longer = bytes > VLAN_ETH_FRAME_LEN + ETH_FCS_LEN;

	lunic_hw_update(ld, LUNIC_RCTL, LUNIC_RCTL_LPE,
			longer ? LUNIC_RCTL_LPE : 0);
}

/* The port as it is in the packet */
static void lunic_82574_set_ptp_match(struct lunic_dev *ld, int filter)
{
	u32 port = filter == HWTSTAMP_FILTER_NONE ? 0 : swab16(PTP_EV_PORT);
	u32 match = 0;

	if (filter == HWTSTAMP_FILTER_PTP_V1_L4_DELAY_REQ)
		match = FIELD_PREP(LUNIC_82574_RXMTRL_V1,
				   LUNIC_PTP_V1_DELAY_REQ);
	if (filter == HWTSTAMP_FILTER_PTP_V2_EVENT)
		match = FIELD_PREP(LUNIC_82574_RXMTRL_ETYPE, ETH_P_1588);
	lunic_wr(ld, LUNIC_82574_RXMTRL, match);
	lunic_wr(ld, LUNIC_82574_RXUDP, port);
}

/* Data sheet 7.2.6: where each sum starts and goes, in bytes of the frame */
static void lunic_82574_tx_context(union lunic_tx_desc *desc,
				   const struct lunic_tx_off *off)
{
	u32 l4 = off->maclen + off->iplen, cmd = LUNIC_TXD_DEXT, ip;
	bool tcp = off->l4 == LUNIC_L4_TCP;

	ip = FIELD_PREP(LUNIC_82574_TXD_CSS, off->maclen) |
	     FIELD_PREP(LUNIC_82574_TXD_CSO,
			off->maclen + offsetof(struct iphdr, check));
	if (off->ipv4) {
		ip |= FIELD_PREP(LUNIC_82574_TXD_CSE, l4 - 1);
		cmd |= LUNIC_82574_TXD_IP;
	}
	if (tcp)
		cmd |= LUNIC_82574_TXD_TCP;
	if (off->mss)
		cmd |= LUNIC_82574_TXD_TSE |
		       FIELD_PREP(LUNIC_82574_TXD_PAYLEN, off->paylen);

	desc->ctx.macip_lens = cpu_to_le32(ip);
	desc->ctx.seqnum_seed =
		cpu_to_le32(FIELD_PREP(LUNIC_82574_TXD_CSS, l4) |
			    FIELD_PREP(LUNIC_82574_TXD_CSO, l4 +
				       (tcp ? offsetof(struct tcphdr, check) :
					      offsetof(struct udphdr, check))));
	desc->ctx.type = cpu_to_le32(cmd);
	desc->ctx.mss_l4len =
		cpu_to_le32(FIELD_PREP(LUNIC_82574_TXD_HDRLEN,
				       off->mss ? l4 + off->l4len : 0) |
			    FIELD_PREP(LUNIC_TXD_MSS, off->mss));
}

static const u32 lunic_82574_dump_regs[] = {
	LUNIC_CTRL, LUNIC_STATUS, LUNIC_CTRL_EXT, LUNIC_RCTL, LUNIC_TCTL,
	LUNIC_IMS, LUNIC_82574_EIAC, LUNIC_82574_IVAR,
	LUNIC_RXCSUM, LUNIC_RFCTL, LUNIC_MRQC, LUNIC_VET,
	LUNIC_FCAL, LUNIC_FCAH, LUNIC_FCT, LUNIC_FCTTV, LUNIC_FCRTL,
	LUNIC_FCRTH, LUNIC_LEDCTL, LUNIC_WUFC,
};

static const u32 lunic_82574_dump_queue_regs[] = {
	LUNIC_82574_RDBAL(0), LUNIC_82574_RDBAH(0), LUNIC_82574_RDLEN(0),
	LUNIC_82574_RDH(0), LUNIC_82574_RDT(0), LUNIC_82574_RXDCTL(0),
	LUNIC_82574_TDBAL(0), LUNIC_82574_TDBAH(0), LUNIC_82574_TDLEN(0),
	LUNIC_82574_TDH(0), LUNIC_82574_TDT(0), LUNIC_82574_TXDCTL(0),
	LUNIC_82574_TARC(0),
};

static const struct lunic_reg_test lunic_82574_reg_tests[] = {
	{ LUNIC_FCAL,		U32_MAX,	1 },
	{ LUNIC_FCAH,		U16_MAX,	1 },
	{ LUNIC_FCT,		U16_MAX,	1 },
	{ LUNIC_FCTTV,		U16_MAX,	1 },
	{ LUNIC_VET,		U16_MAX,	1 },
	{ LUNIC_82574_RDBAL(0),	0xffffff80,	2, 0x100 },
	{ LUNIC_82574_RDBAH(0),	U32_MAX,	2, 0x100 },
	{ LUNIC_82574_RDLEN(0),	0x000fff80,	2, 0x100 },
	{ LUNIC_82574_TDBAL(0),	0xffffff80,	2, 0x100 },
	{ LUNIC_82574_TDBAH(0),	U32_MAX,	2, 0x100 },
	{ LUNIC_82574_TDLEN(0),	0x000fff80,	2, 0x100 },
	{ LUNIC_RAL(0),		U32_MAX,	15, 8 },
	{ LUNIC_MTA(0),		U32_MAX,	LUNIC_MTA_WORDS, 4 },
	{ LUNIC_VFTA(0),	U32_MAX,	LUNIC_VFTA_WORDS, 4 },
	{ LUNIC_RETA(0),	0x80808080,	LUNIC_RSS_TABLE_SIZE / 4, 4 },
	{ LUNIC_RSSRK(0),	U32_MAX,	LUNIC_RSS_KEY_SIZE / 4, 4 },
	{}
};

const struct lunic_chip lunic_chip_82574 = {
	.name		= "82574L",
	.max_queues	= 2,
	.max_rx_desc	= 32768,
	.long_rx_desc	= 65528,
	.max_tx_desc	= 4096,
	.nr_ra		= 15,
	.max_mtu	= 9212,
	.rx_fifo	= 20 * SZ_1K,
	.max_usecs	= U16_MAX * LUNIC_82574_USEC_DEN / LUNIC_82574_USEC_NUM,
	.dump_regs	= lunic_82574_dump_regs,
	.nr_dump_regs	= ARRAY_SIZE(lunic_82574_dump_regs),
	.dump_queue_regs = lunic_82574_dump_queue_regs,
	.nr_dump_queue_regs = ARRAY_SIZE(lunic_82574_dump_queue_regs),
	.nvm_words	= 64,
	.reg_tests	= lunic_82574_reg_tests,
	.rough_max_frame = true,
	.rx_tail	= LUNIC_82574_RDT(0),
	.tx_tail	= LUNIC_82574_TDT(0),
	.queue_stride	= LUNIC_82574_RDT(1) - LUNIC_82574_RDT(0),
	.tx_format	= {
		.cmd		= LUNIC_82574_TXD_DTYP_DATA | LUNIC_TXD_DEXT |
				  LUNIC_TXD_IFCS,
		.tse		= LUNIC_82574_TXD_TSE,
		/* With 127 bytes before and 60 after it, one byte says all */
		.max_iplen	= 68,
		.vlan		= LUNIC_82574_TXD_VLAN,
		.olinfo_tstamp	= LUNIC_82574_TXD_TSTAMP,
		.context	= lunic_82574_tx_context,
	},
	.rx_filters	= BIT(HWTSTAMP_FILTER_NONE) |
			  BIT(HWTSTAMP_FILTER_PTP_V1_L4_SYNC) |
			  BIT(HWTSTAMP_FILTER_PTP_V1_L4_DELAY_REQ) |
			  BIT(HWTSTAMP_FILTER_PTP_V2_EVENT),
	.rxd_tstamp	= LUNIC_82574_RXD_TSTAMP,
	.ptp_ticks	= { 40, 16 },	/* silicon, QEMU */
	.ptp_reread	= true,
	.phy_get	= lunic_82574_phy_get,
	.phy_put	= lunic_82574_phy_put,
	.reset		= lunic_82574_reset,
	.init		= lunic_82574_init,
	.irq_route	= lunic_82574_irq_route,
	.irq_setup	= lunic_82574_irq_setup,
	.irq_off	= lunic_82574_irq_off,
	.irq_on		= lunic_82574_irq_on,
	.irq_interval	= lunic_82574_irq_interval,
	.irq_kick	= lunic_82574_irq_kick,
	.irq_addrs	= lunic_82574_irq_addrs,
	.irq_cause	= lunic_82574_irq_cause,
	.rx_start	= lunic_82574_rx_start,
	.rx_stop	= lunic_82574_rx_stop,
	.rx_matches	= lunic_82574_rx_matches,
	.tx_start	= lunic_82574_tx_start,
	.tx_stop	= lunic_82574_tx_stop,
	.rx_enable	= lunic_82574_rx_enable,
	.tx_enable	= lunic_82574_tx_enable,
	.set_rss	= lunic_82574_set_rss,
	.set_offloads	= lunic_82574_set_offloads,
	.set_max_frame	= lunic_82574_set_max_frame,
	.set_ptp_match	= lunic_82574_set_ptp_match,
	.nvm_write	= lunic_nvm_eewr,
	.nvm_commit	= lunic_nvm_flush,
};
