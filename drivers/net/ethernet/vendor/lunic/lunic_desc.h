/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors as the devices read and write them (82576 data sheet 7.1.5,
 * 7.2.2; 82574 data sheet 7.1.8, 7.2.10), and the arithmetic on rings of them.
 * Receive descriptors are the same on both.
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
#define LUNIC_RXD_TSTAMP	BIT_ULL(16)	/* 82576 */
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
#define LUNIC_TXD_TSTAMP	BIT(19)
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

/* 82574: where its descriptors differ */
#define LUNIC_82574_RXD_TSTAMP		BIT_ULL(8)	/* wb.upper */
#define LUNIC_82574_TXD_TSTAMP		BIT(4)		/* read.olinfo */
#define LUNIC_82574_TXD_DTYP_DATA	FIELD_PREP_CONST(GENMASK(23, 20), 1)
#define LUNIC_82574_TXD_TSE		BIT(26)	/* data and context */
#define LUNIC_82574_TXD_VLAN		GENMASK(31, 16)	/* read.olinfo */
#define LUNIC_82574_TXD_PAYLEN		GENMASK(19, 0)	/* ctx.type */
#define LUNIC_82574_TXD_TCP		BIT(24)		/* ctx.type */
#define LUNIC_82574_TXD_IP		BIT(25)		/* ctx.type */
#define LUNIC_82574_TXD_CSS		GENMASK(7, 0)	/* start of a sum */
#define LUNIC_82574_TXD_CSO		GENMASK(15, 8)	/* where it goes */
#define LUNIC_82574_TXD_CSE		GENMASK(31, 16)	/* its end; 0: all */
#define LUNIC_82574_TXD_HDRLEN		GENMASK(15, 8)	/* ctx.mss_l4len */

/**
 * enum lunic_l4 - the checksum that a packet wants
 * @LUNIC_L4_NONE: none
 * @LUNIC_L4_UDP: UDP's
 * @LUNIC_L4_TCP: TCP's
 * @LUNIC_L4_SCTP: SCTP's
 */
enum lunic_l4 {
	LUNIC_L4_NONE,
	LUNIC_L4_UDP,
	LUNIC_L4_TCP,
	LUNIC_L4_SCTP,
};

/**
 * struct lunic_tx_off - a packet's offloads, as its queue is told of them
 * @paylen: payload of a packet to be segmented, where the context has it
 * @vlan: tag to insert, where the context has it
 * @mss: segment size, 0 where the packet is sent as it is
 * @iplen: network header
 * @maclen: link header
 * @l4len: transport header, of a packet to be segmented
 * @l4: enum lunic_l4
 * @ipv4: whether the network header is IPv4
 * @reserved: zero: two of these are compared as a whole
 */
struct lunic_tx_off {
	u32 paylen;
	u16 vlan;
	u16 mss;
	u16 iplen;
	u8 maclen;
	u8 l4len;
	u8 l4;
	u8 ipv4;
	u16 reserved;
};

static_assert(sizeof(struct lunic_tx_off) == 16);

/**
 * struct lunic_tx_format - what a MAC family's transmit descriptors differ in
 * @cmd: of each data descriptor
 * @tse: in @cmd of a packet to be segmented
 * @max_iplen: what a context takes between link and transport header
 * @paylen: where in olinfo the payload's length goes, 0: into the context
 * @vlan: where in olinfo the tag goes, 0: into the context
 * @cmd_tstamp: in @cmd of a packet to be stamped ...
 * @olinfo_tstamp: ... or in olinfo
 * @context: builds a context descriptor
 */
struct lunic_tx_format {
	u32 cmd;
	u32 tse;
	u32 max_iplen;
	u32 paylen;
	u32 vlan;
	u32 cmd_tstamp;
	u32 olinfo_tstamp;
	void (*context)(union lunic_tx_desc *desc,
			const struct lunic_tx_off *off);
};

/* One buffer's limit; the field would take 64 KiB less one */
#define LUNIC_TXD_MAX_DATA	32768

/* What a context descriptor takes as the length of a link header */
#define LUNIC_TX_MAX_MACLEN	127

/**
 * lunic_ring_next() - the slot after one
 * @slot: a slot
 * @count: the ring's length, which need not be a power of two
 *
 * Return: the slot that follows, round the end.
 */
static inline u32 lunic_ring_next(u32 slot, u32 count)
{
	return slot + 1 == count ? 0 : slot + 1;
}

/**
 * lunic_ring_prev() - the slot before one
 * @slot: a slot
 * @count: the ring's length
 *
 * Return: the slot that it follows, round the end.
 */
static inline u32 lunic_ring_prev(u32 slot, u32 count)
{
	return (slot ?: count) - 1;
}

/**
 * lunic_ring_add() - a slot further on
 * @slot: a slot
 * @n: how far, less than @count
 * @count: the ring's length
 *
 * Return: the slot there, round the end.
 */
static inline u32 lunic_ring_add(u32 slot, u32 n, u32 count)
{
	slot += n;
	return slot < count ? slot : slot - count;
}

/**
 * lunic_ring_used() - how many slots lie between two
 * @clean: the first slot that the device owns
 * @use: the first slot that it doesn't own any more
 * @count: the ring's length
 *
 * Return: the number of slots that the device owns; 0 where they are equal, so
 * that a ring never holds as many as @count.
 */
static inline u32 lunic_ring_used(u32 clean, u32 use, u32 count)
{
	return use < clean ? use + count - clean : use - clean;
}

#endif /* _LUNIC_DESC_H */
