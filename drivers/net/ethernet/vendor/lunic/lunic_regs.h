/* SPDX-License-Identifier: GPL-2.0 */
/* Registers and their fields, grouped as in the 82576 data sheet, chapter 8;
 * the 82574's own follow in each group.
 */
#ifndef _LUNIC_REGS_H
#define _LUNIC_REGS_H

#include <linux/bitfield.h>
#include <linux/bits.h>

/* 8.2 General */
#define LUNIC_CTRL			0x00000
#define LUNIC_CTRL_FD			BIT(0)
#define LUNIC_CTRL_GIO_MASTER_DISABLE	BIT(2)
#define LUNIC_CTRL_SLU			BIT(6)
#define LUNIC_CTRL_SPEED		GENMASK(9, 8)
#define LUNIC_CTRL_SPEED_1000		BIT(9)
#define LUNIC_CTRL_FRCSPD		BIT(11)
#define LUNIC_CTRL_FRCDPLX		BIT(12)
#define LUNIC_CTRL_ADVD3WUC		BIT(20)
#define LUNIC_CTRL_RST			BIT(26)
#define LUNIC_CTRL_RFCE			BIT(27)
#define LUNIC_CTRL_TFCE			BIT(28)
#define LUNIC_CTRL_VME			BIT(30)

#define LUNIC_STATUS			0x00008
#define LUNIC_STATUS_FD			BIT(0)
#define LUNIC_STATUS_LU			BIT(1)
#define LUNIC_STATUS_SPEED		GENMASK(7, 6)
#define LUNIC_STATUS_SPEED_10		0
#define LUNIC_STATUS_SPEED_100		1
#define LUNIC_STATUS_GIO_MASTER		BIT(19)

#define LUNIC_EECD			0x00010
#define LUNIC_EECD_SK			BIT(0)
#define LUNIC_EECD_CS			BIT(1)
#define LUNIC_EECD_DI			BIT(2)
#define LUNIC_EECD_DO			BIT(3)
#define LUNIC_EECD_REQ			BIT(6)
#define LUNIC_EECD_GNT			BIT(7)
#define LUNIC_EECD_PRES			BIT(8)
#define LUNIC_EECD_AUTO_RD		BIT(9)
#define LUNIC_EECD_WIDE			BIT(10)		/* addresses */
#define LUNIC_EECD_SIZE			GENMASK(14, 11)
#define LUNIC_EECD_NVM_TYPE		GENMASK(16, 15)	/* 82574 */
#define LUNIC_EECD_NVM_FLASH		3
#define LUNIC_EECD_FLUPD		BIT(19)		/* 82574 */

#define LUNIC_EERD			0x00014
#define LUNIC_EERD_START		BIT(0)
#define LUNIC_EERD_DONE			BIT(1)
#define LUNIC_EERD_ADDR			GENMASK(15, 2)
#define LUNIC_EERD_DATA			GENMASK(31, 16)

#define LUNIC_CTRL_EXT			0x00018
#define LUNIC_CTRL_EXT_DRV_LOAD		BIT(28)
#define LUNIC_CTRL_EXT_PBA_CLR		BIT(31)

#define LUNIC_MDIC			0x00020
#define LUNIC_MDIC_DATA			GENMASK(15, 0)
#define LUNIC_MDIC_REG			GENMASK(20, 16)
#define LUNIC_MDIC_PHY			GENMASK(25, 21)
#define LUNIC_MDIC_OP_WRITE		BIT(26)
#define LUNIC_MDIC_OP_READ		BIT(27)
#define LUNIC_MDIC_READY		BIT(28)
#define LUNIC_MDIC_ERROR		BIT(30)

#define LUNIC_VET			0x00038

/* 82574 data sheet 10.2.2.20: who may use the MDIO interface */
#define LUNIC_EXTCNF_CTRL		0x00f00
#define LUNIC_EXTCNF_CTRL_MDIO_SW	BIT(5)
#define LUNIC_LEDCTL			0x00e00
#define LUNIC_LEDCTL_MODE		GENMASK(3, 0)	/* of the first LED */
#define LUNIC_LEDCTL_ON			14
#define LUNIC_LEDCTL_OFF		15
#define LUNIC_LEDCTL_BLINK		BIT(7)

/* Fields as in EERD; 82574 */
#define LUNIC_EEWR			0x0102c

/* 8.7 Semaphores; reading SWSM sets SMBI */
#define LUNIC_SWSM			0x05b50
#define LUNIC_SWSM_SMBI			BIT(0)
#define LUNIC_SWSM_SWESMBI		BIT(1)
#define LUNIC_SW_FW_SYNC		0x05b5c
#define LUNIC_SYNC_NVM			BIT(0)
#define LUNIC_SYNC_NVM_FW		BIT(16)

/* 8.5 Flow control */
#define LUNIC_FCAL			0x00028
#define LUNIC_FCAH			0x0002c
#define LUNIC_FCT			0x00030
#define LUNIC_FCTTV			0x00170
#define LUNIC_FCRTL			0x02160
#define LUNIC_FCRTL_XONE		BIT(31)
#define LUNIC_FCRTH			0x02168

/* 8.8 Interrupts; with MSI-X, bit n of the extended registers is vector n. The
 * first three at their alias addresses, the only ones that QEMU knows.
 */
#define LUNIC_ICR			0x000c0
#define LUNIC_ITR			0x000c4
#define LUNIC_ICS			0x000c8
#define LUNIC_IMS			0x000d0
#define LUNIC_IMC			0x000d8
#define LUNIC_IR_TXDW			BIT(0)
#define LUNIC_IR_LSC			BIT(2)
#define LUNIC_IR_RXO			BIT(6)
#define LUNIC_IR_RXT0			BIT(7)
/* One vector: every cause that a queue has */
#define LUNIC_IR_SINGLE			(LUNIC_IR_TXDW | LUNIC_IR_RXO | \
					 LUNIC_IR_RXT0)
#define LUNIC_IR_RXQ(n)			BIT(20 + (n))
#define LUNIC_IR_TXQ(n)			BIT(22 + (n))
#define LUNIC_IR_OTHER			BIT(24)
#define LUNIC_IR_ASSERTED		BIT(31)
#define LUNIC_IR_ALL			GENMASK(31, 0)
#define LUNIC_GPIE			0x01514
#define LUNIC_GPIE_NSICR		BIT(0)
#define LUNIC_GPIE_MULTIPLE_MSIX	BIT(4)
#define LUNIC_GPIE_EIAME		BIT(30)
#define LUNIC_GPIE_PBA			BIT(31)
#define LUNIC_EICS			0x01520
#define LUNIC_EIMS			0x01524
#define LUNIC_EIMC			0x01528
#define LUNIC_EIAC			0x0152c
#define LUNIC_EIAM			0x01530
#define LUNIC_EICR			0x01580
#define LUNIC_EITR(n)			(0x01680 + 4 * (n))
#define LUNIC_EITR_INTERVAL		GENMASK(14, 2)
#define LUNIC_EITR_CNT_IGNR		BIT(31)
#define LUNIC_IVAR(n)			(0x01700 + 4 * (n))
#define LUNIC_IVAR_VALID		BIT(7)
#define LUNIC_IVAR_MISC			0x01740

/* 82574 data sheet 10.2.4: four bits a cause in one register */
#define LUNIC_82574_EIAC		0x000dc
#define LUNIC_82574_IVAR		0x000e4
#define LUNIC_82574_IVAR_RXQ(n, v)	(((v) | 8) << 4 * (n))
#define LUNIC_82574_IVAR_TXQ(n, v)	(((v) | 8) << (8 + 4 * (n)))
#define LUNIC_82574_IVAR_OTHER(v)	(((v) | 8) << 16)
#define LUNIC_82574_EITR(n)		(0x000e8 + 4 * (n))

/* 8.10 Receive */
#define LUNIC_RCTL			0x00100
#define LUNIC_RCTL_EN			BIT(1)
#define LUNIC_RCTL_SBP			BIT(2)
#define LUNIC_RCTL_UPE			BIT(3)
#define LUNIC_RCTL_MPE			BIT(4)
#define LUNIC_RCTL_LPE			BIT(5)
#define LUNIC_RCTL_LBM			GENMASK(7, 6)
#define LUNIC_RCTL_LBM_MAC		FIELD_PREP_CONST(LUNIC_RCTL_LBM, 1)
#define LUNIC_RCTL_BAM			BIT(15)
#define LUNIC_RCTL_VFE			BIT(18)
#define LUNIC_RCTL_PMCF			BIT(23)
#define LUNIC_RCTL_SECRC		BIT(26)
#define LUNIC_RCTL_BSIZE		GENMASK(17, 16)
#define LUNIC_RCTL_BSEX			BIT(25)
#define LUNIC_RCTL_FLXBUF		GENMASK(30, 27)	/* KiB; 82574 */
#define LUNIC_RDBAL(n)			(0x0c000 + 0x40 * (n))
#define LUNIC_RDBAH(n)			(0x0c004 + 0x40 * (n))
#define LUNIC_RDLEN(n)			(0x0c008 + 0x40 * (n))
#define LUNIC_SRRCTL(n)			(0x0c00c + 0x40 * (n))
#define LUNIC_SRRCTL_BSIZEPKT		GENMASK(6, 0)
#define LUNIC_SRRCTL_DESCTYPE		GENMASK(27, 25)
#define LUNIC_SRRCTL_ADV_ONE_BUFFER	1
#define LUNIC_SRRCTL_DROP_EN		BIT(31)
#define LUNIC_RDH(n)			(0x0c010 + 0x40 * (n))
#define LUNIC_RDT(n)			(0x0c018 + 0x40 * (n))
#define LUNIC_RXDCTL(n)			(0x0c028 + 0x40 * (n))
#define LUNIC_RQDPC(n)			(0x0c030 + 0x40 * (n))
#define LUNIC_RQDPC_COUNT		GENMASK(11, 0)
#define LUNIC_XDCTL_PTHRESH		GENMASK(4, 0)
#define LUNIC_XDCTL_HTHRESH		GENMASK(12, 8)
#define LUNIC_XDCTL_WTHRESH		GENMASK(20, 16)
#define LUNIC_XDCTL_ENABLE		BIT(25)
#define LUNIC_RXDCTL_SWFLUSH		BIT(26)
#define LUNIC_RXCSUM			0x05000
#define LUNIC_RXCSUM_IPOFL		BIT(8)
#define LUNIC_RXCSUM_TUOFL		BIT(9)
#define LUNIC_RXCSUM_CRCOFL		BIT(11)
#define LUNIC_RXCSUM_PCSD		BIT(13)
#define LUNIC_RLPML			0x05004
#define LUNIC_RFCTL			0x05008
#define LUNIC_RFCTL_NFSW_DIS		BIT(6)
#define LUNIC_RFCTL_NFSR_DIS		BIT(7)
#define LUNIC_RFCTL_ACK_DIS		BIT(12)
#define LUNIC_RFCTL_EXTEN		BIT(15)
#define LUNIC_RFCTL_IPV6_EX_DIS		BIT(16)
#define LUNIC_RFCTL_NEW_IPV6_EXT_DIS	BIT(17)

/* 82574 data sheet 10.2.5.5 and on: the registers of each queue */
#define LUNIC_82574_RDBAL(n)		(0x02800 + 0x100 * (n))
#define LUNIC_82574_RDBAH(n)		(0x02804 + 0x100 * (n))
#define LUNIC_82574_RDLEN(n)		(0x02808 + 0x100 * (n))
#define LUNIC_82574_RDH(n)		(0x02810 + 0x100 * (n))
#define LUNIC_82574_RDT(n)		(0x02818 + 0x100 * (n))
#define LUNIC_82574_RDTR(n)		(0x02820 + 0x100 * (n))
#define LUNIC_82574_RXDCTL(n)		(0x02828 + 0x100 * (n))
#define LUNIC_82574_RADV		0x0282c

/* 8.10.15 Filters */
#define LUNIC_MTA(n)			(0x05200 + 4 * (n))
#define LUNIC_RAL(n)			((n) < 16 ? 0x05400 + 8 * (n) : \
						    0x054e0 + 8 * ((n) - 16))
#define LUNIC_RAH(n)			(LUNIC_RAL(n) + 4)
#define LUNIC_RAH_AV			BIT(31)
#define LUNIC_VFTA(n)			(0x05600 + 4 * (n))
#define LUNIC_MRQC			0x05818
#define LUNIC_MRQC_RSS			2
#define LUNIC_82574_MRQC_RSS		1
#define LUNIC_82574_RETA_QUEUE		BIT(7)
#define LUNIC_MRQC_TCP_IPV4		BIT(16)
#define LUNIC_MRQC_IPV4			BIT(17)
#define LUNIC_MRQC_TCP_IPV6_EX		BIT(18)
#define LUNIC_MRQC_IPV6			BIT(20)
#define LUNIC_MRQC_TCP_IPV6		BIT(21)
#define LUNIC_MRQC_UDP_IPV4		BIT(22)
#define LUNIC_MRQC_UDP_IPV6		BIT(23)
#define LUNIC_RETA(n)			(0x05c00 + 4 * (n))
#define LUNIC_RSSRK(n)			(0x05c80 + 4 * (n))

/* 8.11 Wake-up */
#define LUNIC_WUC			0x05800
#define LUNIC_WUC_PME_EN		BIT(1)
#define LUNIC_WUFC			0x05808
#define LUNIC_WUFC_LNKC			BIT(0)
#define LUNIC_WUFC_MAG			BIT(1)
#define LUNIC_WUFC_EX			BIT(2)
#define LUNIC_WUFC_MC			BIT(3)
#define LUNIC_WUFC_BC			BIT(4)
#define LUNIC_WUS			0x05810
#define LUNIC_WUS_ALL			GENMASK(31, 0)

/* 8.12 Transmit */
#define LUNIC_TCTL			0x00400
#define LUNIC_TCTL_EN			BIT(1)
#define LUNIC_TCTL_PSP			BIT(3)
#define LUNIC_TCTL_CT			GENMASK(11, 4)
#define LUNIC_TCTL_RTLC			BIT(24)
#define LUNIC_TDBAL(n)			(0x0e000 + 0x40 * (n))
#define LUNIC_TDBAH(n)			(0x0e004 + 0x40 * (n))
#define LUNIC_TDLEN(n)			(0x0e008 + 0x40 * (n))
#define LUNIC_TDH(n)			(0x0e010 + 0x40 * (n))
#define LUNIC_TDT(n)			(0x0e018 + 0x40 * (n))
#define LUNIC_TXDCTL(n)			(0x0e028 + 0x40 * (n))
#define LUNIC_TDWBAL(n)			(0x0e038 + 0x40 * (n))
#define LUNIC_TDWBAH(n)			(0x0e03c + 0x40 * (n))

/* 82574 data sheet 10.2.6 */
#define LUNIC_82574_TCTL_COLD		GENMASK(21, 12)
#define LUNIC_82574_TDBAL(n)		(0x03800 + 0x100 * (n))
#define LUNIC_82574_TDBAH(n)		(0x03804 + 0x100 * (n))
#define LUNIC_82574_TDLEN(n)		(0x03808 + 0x100 * (n))
#define LUNIC_82574_TDH(n)		(0x03810 + 0x100 * (n))
#define LUNIC_82574_TDT(n)		(0x03818 + 0x100 * (n))
#define LUNIC_82574_TIDV		0x03820
#define LUNIC_82574_TXDCTL(n)		(0x03828 + 0x100 * (n))
#define LUNIC_82574_TXDCTL_ALWAYS	BIT(22)	/* reserved, must be one */
#define LUNIC_82574_TADV		0x0382c
#define LUNIC_82574_TARC(n)		(0x03840 + 0x100 * (n))
#define LUNIC_82574_TARC_ENABLE		BIT(10)
#define LUNIC_82574_TARC_ERRATA		BIT(26)
#define LUNIC_82574_XDCTL_GRAN		BIT(24)	/* count descriptors */

/* 8.16 Time stamps */
#define LUNIC_TSYNCTXCTL		0x0b614
#define LUNIC_TXSTMPL			0x0b618
#define LUNIC_TXSTMPH			0x0b61c
#define LUNIC_TSYNCRXCTL		0x0b620
#define LUNIC_TSYNC_VALID		BIT(0)
#define LUNIC_TSYNCRX_TYPE		GENMASK(3, 1)
#define LUNIC_TSYNCRX_L4_V1		1
#define LUNIC_TSYNCRX_EVENT_V2		5
#define LUNIC_TSYNC_ENABLED		BIT(4)
#define LUNIC_RXSTMPL			0x0b624
#define LUNIC_RXSTMPH			0x0b628
#define LUNIC_RXSATRH			0x0b630
#define LUNIC_SYSTIML			0x0b600
#define LUNIC_SYSTIMH			0x0b604
#define LUNIC_TIMINCA			0x0b608
#define LUNIC_TIMINCA_VALUE		GENMASK(23, 0)
#define LUNIC_TIMINCA_PERIOD		GENMASK(31, 24)

/* What the 82576 stamps; filter 3 of each kind, as others do */
#define LUNIC_TSYNCRXCFG		0x05f50
#define LUNIC_PTP_V1_DELAY_REQ		1
#define LUNIC_ETQF_1588			0x05cbc
#define LUNIC_ETQF_ENABLE		BIT(26)
#define LUNIC_ETQF_STAMP		BIT(30)
#define LUNIC_IMIR_1588			0x05a8c
#define LUNIC_IMIREXT_1588		0x05aac
#define LUNIC_IMIREXT_ANY_SIZE		BIT(12)
#define LUNIC_IMIREXT_ANY_FLAGS		BIT(19)
#define LUNIC_SPQF_1588			0x059cc
#define LUNIC_FTQF_1588			0x059ec
#define LUNIC_FTQF_ANY_VF		BIT(15)
#define LUNIC_FTQF_STAMP		BIT(27)
#define LUNIC_FTQF_ANY_PROTO		BIT(28)
#define LUNIC_FTQF_ANY_SRC		BIT(29)
#define LUNIC_FTQF_ANY_DST		BIT(30)
#define LUNIC_FTQF_ANY_SPORT		BIT(31)

/* What the 82574 stamps, data sheet 10.2.9 */
#define LUNIC_82574_RXMTRL		0x0b634
#define LUNIC_82574_RXMTRL_ETYPE	GENMASK(15, 0)
#define LUNIC_82574_RXMTRL_V1		GENMASK(23, 16)
#define LUNIC_82574_RXUDP		0x0b638
/* 8.19 Statistics; all but the noted clear when read */
#define LUNIC_CRCERRS			0x04000
#define LUNIC_ALGNERRC			0x04004
#define LUNIC_SYMERRS			0x04008
#define LUNIC_RXERRC			0x0400c
#define LUNIC_MPC			0x04010
#define LUNIC_SCC			0x04014
#define LUNIC_ECOL			0x04018
#define LUNIC_MCC			0x0401c
#define LUNIC_LATECOL			0x04020
#define LUNIC_COLC			0x04028
#define LUNIC_DC			0x04030
#define LUNIC_TNCRS			0x04034
#define LUNIC_RLEC			0x04040
#define LUNIC_XONRXC			0x04048
#define LUNIC_XONTXC			0x0404c
#define LUNIC_XOFFRXC			0x04050
#define LUNIC_XOFFTXC			0x04054
#define LUNIC_FCRUC			0x04058
#define LUNIC_PRC64			0x0405c
#define LUNIC_PRC127			0x04060
#define LUNIC_PRC255			0x04064
#define LUNIC_PRC511			0x04068
#define LUNIC_PRC1023			0x0406c
#define LUNIC_PRC1522			0x04070
#define LUNIC_GPRC			0x04074
#define LUNIC_BPRC			0x04078
#define LUNIC_MPRC			0x0407c
#define LUNIC_GPTC			0x04080
#define LUNIC_GORCL			0x04088
#define LUNIC_GOTCL			0x04090
#define LUNIC_RNBC			0x040a0
#define LUNIC_RUC			0x040a4
#define LUNIC_RFC			0x040a8
#define LUNIC_ROC			0x040ac
#define LUNIC_RJC			0x040b0
#define LUNIC_TORL			0x040c0
#define LUNIC_TOTL			0x040c8
#define LUNIC_TPR			0x040d0
#define LUNIC_TPT			0x040d4
#define LUNIC_PTC64			0x040d8
#define LUNIC_PTC127			0x040dc
#define LUNIC_PTC255			0x040e0
#define LUNIC_PTC511			0x040e4
#define LUNIC_PTC1023			0x040e8
#define LUNIC_PTC1522			0x040ec
#define LUNIC_MPTC			0x040f0
#define LUNIC_BPTC			0x040f4
#define LUNIC_TSCTC			0x040f8

#endif /* _LUNIC_REGS_H */
