/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors as the 82576 reads and writes them (data sheet 7.1.5, 7.2.2),
 * and the arithmetic on rings of them.
 */
#ifndef _LUNIC_DESC_H
#define _LUNIC_DESC_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/types.h>

/* What the driver posts, and what the device writes back over it. The device
 * writes the last eight bytes last: DD says that the rest is there.
 */
union lunic_rx_desc {
	struct {
		__le64 pkt_addr;
		__le64 hdr_addr;
	} read;
	struct {
		__le32 info;
		__le32 rss;
		__le64 upper;
	} wb;
};

static_assert(sizeof(union lunic_rx_desc) == 16);

#define LUNIC_RXD_RSS_TYPE	GENMASK(3, 0)	/* wb.info */

/* wb.upper */
#define LUNIC_RXD_DD		BIT_ULL(0)
#define LUNIC_RXD_EOP		BIT_ULL(1)
#define LUNIC_RXD_IXSM		BIT_ULL(2)
#define LUNIC_RXD_VP		BIT_ULL(3)
#define LUNIC_RXD_UDPCS		BIT_ULL(4)
#define LUNIC_RXD_TCPCS		BIT_ULL(5)
#define LUNIC_RXD_TCPE		BIT_ULL(29)
#define LUNIC_RXD_IPE		BIT_ULL(30)
#define LUNIC_RXD_RXE		BIT_ULL(31)
#define LUNIC_RXD_LEN		GENMASK_ULL(47, 32)
#define LUNIC_RXD_VLAN		GENMASK_ULL(63, 48)

union lunic_tx_desc {
	struct {
		__le64 addr;
		__le32 cmd_len;
		__le32 olinfo;
	} read;
	struct {
		__le32 macip_lens;
		__le32 seqnum_seed;
		__le32 type;
		__le32 mss_l4len;
	} ctx;
	struct {
		__le64 reserved;
		__le32 next;
		__le32 status;
	} wb;
};

static_assert(sizeof(union lunic_tx_desc) == 16);

/* read.cmd_len, ctx.type */
#define LUNIC_TXD_DTALEN	GENMASK(15, 0)
#define LUNIC_TXD_DTYP_CTX	FIELD_PREP_CONST(GENMASK(23, 20), 2)
#define LUNIC_TXD_DTYP_DATA	FIELD_PREP_CONST(GENMASK(23, 20), 3)
#define LUNIC_TXD_EOP		BIT(24)
#define LUNIC_TXD_IFCS		BIT(25)
#define LUNIC_TXD_RS		BIT(27)
#define LUNIC_TXD_DEXT		BIT(29)
#define LUNIC_TXD_VLE		BIT(30)
#define LUNIC_TXD_TSE		BIT(31)
#define LUNIC_TXD_IPV4		BIT(10)
#define LUNIC_TXD_L4_TCP	BIT(11)
#define LUNIC_TXD_L4_SCTP	BIT(12)

/* read.olinfo */
#define LUNIC_TXD_IXSM		BIT(8)
#define LUNIC_TXD_TXSM		BIT(9)
#define LUNIC_TXD_PAYLEN	GENMASK(31, 14)

/* ctx.macip_lens */
#define LUNIC_TXD_IPLEN		GENMASK(8, 0)
#define LUNIC_TXD_MACLEN	GENMASK(15, 9)
#define LUNIC_TXD_VLAN		GENMASK(31, 16)

/* ctx.mss_l4len */
#define LUNIC_TXD_L4LEN		GENMASK(15, 8)
#define LUNIC_TXD_MSS		GENMASK(31, 16)

#define LUNIC_TXD_STAT_DD	BIT(0)		/* wb.status */

/* One buffer's limit; the field would take 64 KiB less one */
#define LUNIC_TXD_MAX_DATA	32768

/**
 * lunic_ring_next() - the slot after one
 * @slot: a slot
 * @mask: the ring's length less one; the length is a power of two
 *
 * Return: the slot that follows, round the end.
 */
static inline u32 lunic_ring_next(u32 slot, u32 mask)
{
	return (slot + 1) & mask;
}

/**
 * lunic_ring_used() - how many slots lie between two
 * @clean: the first slot that the device owns
 * @use: the first slot that it doesn't own any more
 * @mask: the ring's length less one
 *
 * Return: the number of slots that the device owns; 0 where they are equal, so
 * that a ring never holds more than @mask.
 */
static inline u32 lunic_ring_used(u32 clean, u32 use, u32 mask)
{
	return (use - clean) & mask;
}

/**
 * lunic_ring_holds() - whether a slot is among those that the device owns
 * @slot: the slot asked for
 * @clean: the first slot that the device owns
 * @use: the first slot that it doesn't own any more
 * @mask: the ring's length less one
 *
 * Return: true where it is.
 */
static inline bool lunic_ring_holds(u32 slot, u32 clean, u32 use, u32 mask)
{
	return ((slot - clean) & mask) < lunic_ring_used(clean, use, mask);
}

#endif /* _LUNIC_DESC_H */
