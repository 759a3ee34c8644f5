// SPDX-License-Identifier: GPL-2.0
/* The ops table of the 82576. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/ptp_classify.h>

#include "lunic.h"
#include "lunic_nvm.h"
#include "lunic_ring.h"

#define LUNIC_QUEUE_TIMEOUT_US	10000
#define LUNIC_RESET_TIMEOUT_US	20000

static void lunic_82576_irq_off(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_EIMC, LUNIC_IR_ALL);
	lunic_wr(ld, LUNIC_IMC, LUNIC_IR_ALL);
	lunic_flush(ld);
}

/* Data sheet 4.2.1.6: DMA stops before the reset, interrupts stay off */
static int lunic_82576_reset(struct lunic_dev *ld)
{
	int err;

	lunic_82576_irq_off(ld);
	lunic_wr(ld, LUNIC_RCTL, 0);
	lunic_wr(ld, LUNIC_TCTL, LUNIC_TCTL_PSP);
	lunic_flush(ld);
	usleep_range(1000, 2000);

	if (lunic_hw_stop_master(ld))
		dev_dbg(&ld->pdev->dev, "DMA did not stop before the reset\n");

	lunic_wr(ld, LUNIC_CTRL, lunic_rd(ld, LUNIC_CTRL) | LUNIC_CTRL_RST);
	usleep_range(1000, 2000);
	err = lunic_hw_poll(ld, LUNIC_CTRL, LUNIC_CTRL_RST, 0,
			    LUNIC_RESET_TIMEOUT_US);
	if (err)
		return err;

	/* QEMU never says that the NVM was read; silicon takes up to 10 ms */
	lunic_hw_poll(ld, LUNIC_EECD, LUNIC_EECD_AUTO_RD, LUNIC_EECD_AUTO_RD,
		      LUNIC_RESET_TIMEOUT_US);

	lunic_82576_irq_off(ld);
	lunic_rd(ld, LUNIC_ICR);
	return 0;
}

static void lunic_82576_init(struct lunic_dev *ld)
{
	u32 ctrl = lunic_rd(ld, LUNIC_CTRL);
	u16 q;

	/* Queue 0 is enabled by a reset */
	for (q = 0; q < LUNIC_MAX_QUEUES; q++) {
		lunic_wr(ld, LUNIC_RXDCTL(q), 0);
		lunic_wr(ld, LUNIC_TXDCTL(q), 0);
	}

	ctrl &= ~(LUNIC_CTRL_FRCSPD | LUNIC_CTRL_FRCDPLX | LUNIC_CTRL_RFCE |
		  LUNIC_CTRL_TFCE);
	lunic_wr(ld, LUNIC_CTRL, ctrl | LUNIC_CTRL_SLU);
	lunic_wr(ld, LUNIC_CTRL_EXT,
		 lunic_rd(ld, LUNIC_CTRL_EXT) | LUNIC_CTRL_EXT_DRV_LOAD);
	lunic_wr(ld, LUNIC_FCRTL, 0);
	lunic_wr(ld, LUNIC_FCRTH, 0);
	lunic_wr(ld, LUNIC_VET, ETH_P_8021Q);
	lunic_wr(ld, LUNIC_RFCTL, 0);
}

/* Data sheet 7.3.1.2: one register a pair of queues, n and n + 8 */
static void lunic_82576_irq_route(struct lunic_dev *ld, u16 queue, u16 vector)
{
	u32 reg = LUNIC_IVAR(queue & 7), shift = queue < 8 ? 0 : 16;
	u32 entry = vector | LUNIC_IVAR_VALID;
	u32 ivar = lunic_rd(ld, reg);

	ivar &= ~(0xffff << shift);
	ivar |= (entry | entry << 8) << shift;
	lunic_wr(ld, reg, ivar);
}

static void lunic_82576_irq_setup(struct lunic_dev *ld, u16 n, u16 other)
{
	u32 queues = GENMASK(n - 1, 0);

	if (ld->single_irq) {
		lunic_wr(ld, LUNIC_GPIE, 0);
		return;
	}
	lunic_wr(ld, LUNIC_GPIE, LUNIC_GPIE_MULTIPLE_MSIX | LUNIC_GPIE_NSICR |
				 LUNIC_GPIE_PBA | LUNIC_GPIE_EIAME);
	lunic_wr(ld, LUNIC_EIAC, queues | BIT(other));
	lunic_wr(ld, LUNIC_EIAM, queues);
	lunic_wr(ld, LUNIC_IVAR_MISC, (other | LUNIC_IVAR_VALID) << 8);
}

static void lunic_82576_irq_on(struct lunic_dev *ld, u16 n, u16 other)
{
	lunic_wr(ld, LUNIC_EIMS, GENMASK(n - 1, 0) | BIT(other));
	lunic_wr(ld, LUNIC_IMS, LUNIC_IR_LSC);
}

static void lunic_82576_irq_interval(struct lunic_dev *ld, u16 vector,
				     u32 usecs)
{
	u32 eitr = FIELD_PREP(LUNIC_EITR_INTERVAL, usecs);

	lunic_wr(ld, LUNIC_EITR(vector), eitr | LUNIC_EITR_CNT_IGNR);
}

static void lunic_82576_irq_kick(struct lunic_dev *ld, u32 vectors)
{
	lunic_wr(ld, LUNIC_EICS, vectors);
}

static void lunic_82576_irq_addrs(struct lunic_dev *ld, struct lunic_vec *vec)
{
	vec->mask = ld->regs + LUNIC_EIMC;
	vec->unmask = ld->regs + LUNIC_EIMS;
	vec->bit = BIT(vec->idx);
}

static u32 lunic_82576_irq_cause(struct lunic_dev *ld)
{
	return lunic_rd(ld, LUNIC_ICR) & LUNIC_IR_LSC ? LUNIC_CAUSE_LINK : 0;
}

static void lunic_82576_rx_start(struct lunic_dev *ld, struct lunic_rx_ring *rx)
{
	u16 q = rx->queue;
	u32 srrctl;

	srrctl = FIELD_PREP(LUNIC_SRRCTL_BSIZEPKT, rx->buf_size / SZ_1K) |
		 FIELD_PREP(LUNIC_SRRCTL_DESCTYPE, LUNIC_SRRCTL_ADV_ONE_BUFFER);
	/* One full queue must not hold up the others */
	srrctl |= LUNIC_SRRCTL_DROP_EN;

	lunic_wr(ld, LUNIC_RXDCTL(q), 0);
	lunic_wr(ld, LUNIC_RDBAL(q), lower_32_bits(rx->dma));
	lunic_wr(ld, LUNIC_RDBAH(q), upper_32_bits(rx->dma));
	lunic_wr(ld, LUNIC_RDLEN(q), rx->count * sizeof(*rx->desc));
	lunic_wr(ld, LUNIC_SRRCTL(q), srrctl);
	lunic_wr(ld, LUNIC_RDH(q), rx->clean);
	lunic_wr(ld, LUNIC_RDT(q), rx->clean);
	/* WTHRESH 1: nothing that came in waits for more to come */
	lunic_wr(ld, LUNIC_RXDCTL(q),
		 FIELD_PREP(LUNIC_XDCTL_PTHRESH, 8) |
		 FIELD_PREP(LUNIC_XDCTL_HTHRESH, 8) |
		 FIELD_PREP(LUNIC_XDCTL_WTHRESH, 1) | LUNIC_XDCTL_ENABLE);
	lunic_hw_poll(ld, LUNIC_RXDCTL(q), LUNIC_XDCTL_ENABLE,
		      LUNIC_XDCTL_ENABLE, LUNIC_QUEUE_TIMEOUT_US);
	lunic_wr(ld, LUNIC_RDT(q), rx->use);
}

/* Its counter clears when read, and stops at its end */
static u32 lunic_82576_rx_drops(struct lunic_dev *ld, u16 q)
{
	return FIELD_GET(LUNIC_RQDPC_COUNT, lunic_rd(ld, LUNIC_RQDPC(q)));
}

static int lunic_82576_rx_stop(struct lunic_dev *ld, u16 q)
{
	lunic_wr(ld, LUNIC_RXDCTL(q),
		 lunic_rd(ld, LUNIC_RXDCTL(q)) & ~LUNIC_XDCTL_ENABLE);
	return lunic_hw_poll(ld, LUNIC_RXDCTL(q), LUNIC_XDCTL_ENABLE, 0,
			     LUNIC_QUEUE_TIMEOUT_US);
}

static bool lunic_82576_rx_matches(struct lunic_dev *ld, u16 q, u64 ring,
				   u32 count, u32 tail)
{
	return lunic_rd(ld, LUNIC_RDBAL(q)) == lower_32_bits(ring) &&
	       lunic_rd(ld, LUNIC_RDBAH(q)) == upper_32_bits(ring) &&
	       lunic_rd(ld, LUNIC_RDLEN(q)) ==
			count * sizeof(union lunic_rx_desc) &&
	       lunic_rd(ld, LUNIC_RDT(q)) == tail &&
	       lunic_rd(ld, LUNIC_RXDCTL(q)) & LUNIC_XDCTL_ENABLE;
}

static void lunic_82576_tx_start(struct lunic_dev *ld, struct lunic_tx_ring *tx)
{
	u16 q = tx->queue;

	lunic_wr(ld, LUNIC_TXDCTL(q), 0);
	lunic_wr(ld, LUNIC_TDBAL(q), lower_32_bits(tx->dma));
	lunic_wr(ld, LUNIC_TDBAH(q), upper_32_bits(tx->dma));
	lunic_wr(ld, LUNIC_TDLEN(q), tx->count * sizeof(*tx->desc));
	lunic_wr(ld, LUNIC_TDWBAL(q), 0);
	lunic_wr(ld, LUNIC_TDWBAH(q), 0);
	lunic_wr(ld, LUNIC_TDH(q), 0);
	lunic_wr(ld, LUNIC_TDT(q), 0);
	lunic_wr(ld, LUNIC_TXDCTL(q),
		 FIELD_PREP(LUNIC_XDCTL_PTHRESH, 8) |
		 FIELD_PREP(LUNIC_XDCTL_HTHRESH, 1) |
		 FIELD_PREP(LUNIC_XDCTL_WTHRESH, 1) | LUNIC_XDCTL_ENABLE);
	lunic_hw_poll(ld, LUNIC_TXDCTL(q), LUNIC_XDCTL_ENABLE,
		      LUNIC_XDCTL_ENABLE, LUNIC_QUEUE_TIMEOUT_US);
}

static int lunic_82576_tx_stop(struct lunic_dev *ld, u16 q)
{
	lunic_wr(ld, LUNIC_TXDCTL(q),
		 lunic_rd(ld, LUNIC_TXDCTL(q)) & ~LUNIC_XDCTL_ENABLE);
	return lunic_hw_poll(ld, LUNIC_TXDCTL(q), LUNIC_XDCTL_ENABLE, 0,
			     LUNIC_QUEUE_TIMEOUT_US);
}

static void lunic_82576_rx_enable(struct lunic_dev *ld, bool on)
{
	u32 rctl = lunic_rd(ld, LUNIC_RCTL);

	rctl |= LUNIC_RCTL_LPE | LUNIC_RCTL_BAM;
	if (on)
		rctl |= LUNIC_RCTL_EN;
	else
		rctl &= ~LUNIC_RCTL_EN;
	lunic_wr(ld, LUNIC_RCTL, rctl);
}

static void lunic_82576_tx_enable(struct lunic_dev *ld, bool on)
{
	u32 tctl = LUNIC_TCTL_PSP | LUNIC_TCTL_RTLC |
		   FIELD_PREP(LUNIC_TCTL_CT, 15);

	lunic_wr(ld, LUNIC_TCTL, tctl | (on ? LUNIC_TCTL_EN : 0));
}

static void lunic_82576_set_rss(struct lunic_dev *ld)
{
	const struct lunic_cfg *cfg = &ld->cfg;
	u32 mrqc = LUNIC_MRQC_RSS | lunic_hw_rss_fields(cfg);
	u16 i;

	lunic_hw_set_rss_key(ld);
	for (i = 0; i < LUNIC_RSS_TABLE_SIZE / 4; i++)
		lunic_wr(ld, LUNIC_RETA(i),
			 get_unaligned_le32(cfg->rss_table + 4 * i));
	if (!(cfg->rss_l3 & LUNIC_RSS_UDP4))
		mrqc |= LUNIC_MRQC_UDP_IPV4;
	if (!(cfg->rss_l3 & LUNIC_RSS_UDP6))
		mrqc |= LUNIC_MRQC_UDP_IPV6;
	lunic_wr(ld, LUNIC_MRQC, mrqc);
}

static void lunic_82576_set_offloads(struct lunic_dev *ld,
				     netdev_features_t features)
{
	lunic_hw_set_offloads(ld, features, LUNIC_RXCSUM_IPOFL |
			      LUNIC_RXCSUM_TUOFL | LUNIC_RXCSUM_CRCOFL);
}

static void lunic_82576_set_max_frame(struct lunic_dev *ld, u32 bytes)
{
	lunic_wr(ld, LUNIC_RLPML, bytes);
}

/* Data sheet 7.2.2.2 */
static void lunic_82576_tx_context(union lunic_tx_desc *desc,
				   const struct lunic_tx_off *off)
{
	u32 type = LUNIC_TXD_DTYP_CTX | LUNIC_TXD_DEXT;

	if (off->l4 == LUNIC_L4_TCP)
		type |= LUNIC_TXD_L4_TCP;
	else if (off->l4 == LUNIC_L4_SCTP)
		type |= LUNIC_TXD_L4_SCTP;
	if (off->ipv4)
		type |= LUNIC_TXD_IPV4;
	desc->ctx.macip_lens =
		cpu_to_le32(FIELD_PREP(LUNIC_TXD_IPLEN, off->iplen) |
			    FIELD_PREP(LUNIC_TXD_MACLEN, off->maclen) |
			    FIELD_PREP(LUNIC_TXD_VLAN, off->vlan));
	desc->ctx.seqnum_seed = 0;
	desc->ctx.type = cpu_to_le32(type);
	desc->ctx.mss_l4len =
		cpu_to_le32(FIELD_PREP(LUNIC_TXD_L4LEN, off->l4len) |
			    FIELD_PREP(LUNIC_TXD_MSS, off->mss));
}

/* UDP from and to the port of PTP events, as the ports are in the packet */
static void lunic_82576_match_udp(struct lunic_dev *ld, bool on)
{
	u32 port = swab16(PTP_EV_PORT);

	if (!on) {
		lunic_wr(ld, LUNIC_FTQF_1588, LUNIC_FTQF_ANY_PROTO |
			 LUNIC_FTQF_ANY_SRC | LUNIC_FTQF_ANY_DST |
			 LUNIC_FTQF_ANY_SPORT);
		return;
	}
	lunic_wr(ld, LUNIC_IMIR_1588, port);
	lunic_wr(ld, LUNIC_IMIREXT_1588,
		 LUNIC_IMIREXT_ANY_SIZE | LUNIC_IMIREXT_ANY_FLAGS);
	lunic_wr(ld, LUNIC_SPQF_1588, port);
	lunic_wr(ld, LUNIC_FTQF_1588, IPPROTO_UDP | LUNIC_FTQF_ANY_VF |
		 LUNIC_FTQF_ANY_SRC | LUNIC_FTQF_ANY_DST | LUNIC_FTQF_STAMP);
}

static void lunic_82576_set_ptp_match(struct lunic_dev *ld, int filter)
{
	u32 message = 0, etqf = 0;

	if (filter == HWTSTAMP_FILTER_PTP_V1_L4_DELAY_REQ)
		message = LUNIC_PTP_V1_DELAY_REQ;
	if (filter == HWTSTAMP_FILTER_PTP_V2_EVENT)
		etqf = LUNIC_ETQF_ENABLE | LUNIC_ETQF_STAMP | ETH_P_1588;

	lunic_wr(ld, LUNIC_ETQF_1588, etqf);
	lunic_82576_match_udp(ld, filter != HWTSTAMP_FILTER_NONE);
	lunic_wr(ld, LUNIC_TSYNCRXCFG, message);
}

static const u32 lunic_82576_dump_regs[] = {
	LUNIC_CTRL, LUNIC_STATUS, LUNIC_CTRL_EXT, LUNIC_RCTL, LUNIC_TCTL,
	LUNIC_GPIE, LUNIC_EIMS, LUNIC_IMS, LUNIC_EIAC, LUNIC_IVAR_MISC,
	LUNIC_RXCSUM, LUNIC_RLPML, LUNIC_RFCTL, LUNIC_MRQC, LUNIC_VET,
	LUNIC_FCAL, LUNIC_FCAH, LUNIC_FCT, LUNIC_FCTTV, LUNIC_FCRTL,
	LUNIC_FCRTH, LUNIC_LEDCTL, LUNIC_WUFC,
};

static const u32 lunic_82576_dump_queue_regs[] = {
	LUNIC_RDBAL(0), LUNIC_RDBAH(0), LUNIC_RDLEN(0), LUNIC_SRRCTL(0),
	LUNIC_RDH(0), LUNIC_RDT(0), LUNIC_RXDCTL(0),
	LUNIC_TDBAL(0), LUNIC_TDBAH(0), LUNIC_TDLEN(0),
	LUNIC_TDH(0), LUNIC_TDT(0), LUNIC_TXDCTL(0),
};

static const struct lunic_reg_test lunic_82576_reg_tests[] = {
	{ LUNIC_FCAL,		U32_MAX,	1 },
	{ LUNIC_FCAH,		U16_MAX,	1 },
	{ LUNIC_FCT,		U16_MAX,	1 },
	{ LUNIC_FCTTV,		U16_MAX,	1 },
	{ LUNIC_VET,		U16_MAX,	1 },
	{ LUNIC_RDBAL(0),	0xffffff80,	16, 0x40 },
	{ LUNIC_RDBAH(0),	U32_MAX,	16, 0x40 },
	{ LUNIC_RDLEN(0),	0x000fff80,	16, 0x40 },
	{ LUNIC_TDBAL(0),	0xffffff80,	16, 0x40 },
	{ LUNIC_TDBAH(0),	U32_MAX,	16, 0x40 },
	{ LUNIC_TDLEN(0),	0x000fff80,	16, 0x40 },
	{ LUNIC_RAL(0),		U32_MAX,	16, 8 },
	{ LUNIC_MTA(0),		U32_MAX,	LUNIC_MTA_WORDS, 4 },
	{ LUNIC_VFTA(0),	U32_MAX,	LUNIC_VFTA_WORDS, 4 },
	{ LUNIC_RETA(0),	0x0f0f0f0f,	LUNIC_RSS_TABLE_SIZE / 4, 4 },
	{ LUNIC_RSSRK(0),	U32_MAX,	LUNIC_RSS_KEY_SIZE / 4, 4 },
	{}
};

const struct lunic_chip lunic_chip_82576 = {
	.name		= "82576",
	.max_queues	= 16,
	.max_rx_desc	= 32768,
	.long_rx_desc	= 65528,
	.max_tx_desc	= 4096,
	.nr_ra		= 24,
	.max_mtu	= 9216,
	.single_queue_stop = true,
	.features	= NETIF_F_SCTP_CRC,
	.off_features	= NETIF_F_GSO_UDP_L4,
	.partial_features = NETIF_F_GSO_GRE | NETIF_F_GSO_GRE_CSUM |
			    NETIF_F_GSO_IPXIP4 | NETIF_F_GSO_IPXIP6 |
			    NETIF_F_GSO_UDP_TUNNEL |
			    NETIF_F_GSO_UDP_TUNNEL_CSUM,
	.nvm_words	= 1024,
	.nvm_shared	= true,
	.rx_tail	= LUNIC_RDT(0),
	.tx_tail	= LUNIC_TDT(0),
	.queue_stride	= LUNIC_RDT(1) - LUNIC_RDT(0),
	.tx_format	= {
		.cmd		= LUNIC_TXD_DTYP_DATA | LUNIC_TXD_DEXT |
				  LUNIC_TXD_IFCS,
		.tse		= LUNIC_TXD_TSE,
		.max_iplen	= 511,
		.paylen		= LUNIC_TXD_PAYLEN,
		.cmd_tstamp	= LUNIC_TXD_TSTAMP,
		.context	= lunic_82576_tx_context,
	},
	.rx_filters	= BIT(HWTSTAMP_FILTER_NONE) |
			  BIT(HWTSTAMP_FILTER_PTP_V1_L4_SYNC) |
			  BIT(HWTSTAMP_FILTER_PTP_V1_L4_DELAY_REQ) |
			  BIT(HWTSTAMP_FILTER_PTP_V2_EVENT),
	.rxd_tstamp	= LUNIC_RXD_TSTAMP,
	.ptp_ticks	= { 16 },
	.rx_fifo	= SZ_64K,
	.max_usecs	= LUNIC_EITR_INTERVAL >> 2,
	.rss_udp	= true,
	.dump_regs	= lunic_82576_dump_regs,
	.nr_dump_regs	= ARRAY_SIZE(lunic_82576_dump_regs),
	.dump_queue_regs = lunic_82576_dump_queue_regs,
	.nr_dump_queue_regs = ARRAY_SIZE(lunic_82576_dump_queue_regs),
	.reg_tests	= lunic_82576_reg_tests,
	.reset		= lunic_82576_reset,
	.init		= lunic_82576_init,
	.irq_route	= lunic_82576_irq_route,
	.irq_setup	= lunic_82576_irq_setup,
	.irq_off	= lunic_82576_irq_off,
	.irq_on		= lunic_82576_irq_on,
	.irq_interval	= lunic_82576_irq_interval,
	.irq_kick	= lunic_82576_irq_kick,
	.irq_addrs	= lunic_82576_irq_addrs,
	.irq_cause	= lunic_82576_irq_cause,
	.rx_start	= lunic_82576_rx_start,
	.rx_stop	= lunic_82576_rx_stop,
	.rx_matches	= lunic_82576_rx_matches,
	.rx_drops	= lunic_82576_rx_drops,
	.tx_start	= lunic_82576_tx_start,
	.tx_stop	= lunic_82576_tx_stop,
	.rx_enable	= lunic_82576_rx_enable,
	.tx_enable	= lunic_82576_tx_enable,
	.set_rss	= lunic_82576_set_rss,
	.set_offloads	= lunic_82576_set_offloads,
	.set_max_frame	= lunic_82576_set_max_frame,
	.set_ptp_match	= lunic_82576_set_ptp_match,
	.nvm_room	= lunic_nvm_spi_room,
	.nvm_write	= lunic_nvm_spi_write,
};
