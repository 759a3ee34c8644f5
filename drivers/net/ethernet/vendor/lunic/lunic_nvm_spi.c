// SPDX-License-Identifier: GPL-2.0
/* Writes an NVM that is a SPI EEPROM, pin by pin; data sheet 3.3.1, 8.4.1. */
#include <linux/delay.h>
#include <linux/iopoll.h>

#include "lunic_nvm.h"

#define LUNIC_SPI_WRITE		0x02
#define LUNIC_SPI_RDSR		0x05
#define LUNIC_SPI_WREN		0x06
/* A part with addresses of one byte takes the ninth bit with the command */
#define LUNIC_SPI_A8		0x08
#define LUNIC_SPI_BUSY		BIT(0)
/* The smallest pages there are: what fits them fits others */
#define LUNIC_SPI_PAGE		8
#define LUNIC_SPI_WIDE_PAGE	32
#define LUNIC_SPI_GNT_TIMEOUT_US	50000
#define LUNIC_SPI_BUSY_TIMEOUT_US	50000
#define LUNIC_SPI_PINS		(LUNIC_EECD_SK | LUNIC_EECD_CS | LUNIC_EECD_DI)

/* The part wants its time between two edges */
static void lunic_spi_pins(struct lunic_dev *ld, u32 pins)
{
	u32 eecd = lunic_rd(ld, LUNIC_EECD) & ~LUNIC_SPI_PINS;

	lunic_wr(ld, LUNIC_EECD, eecd | pins);
	lunic_flush(ld);
	udelay(1);
}

/* CS is the level of the pin, and low selects */
static void lunic_spi_begin(struct lunic_dev *ld)
{
	lunic_spi_pins(ld, LUNIC_EECD_CS);
	lunic_spi_pins(ld, 0);
}

static void lunic_spi_end(struct lunic_dev *ld)
{
	lunic_spi_pins(ld, 0);
	lunic_spi_pins(ld, LUNIC_EECD_CS);
}

/* The high bit first; returns what the part says meanwhile */
static u8 lunic_spi_byte(struct lunic_dev *ld, u8 out)
{
	u8 in = 0;
	u32 di;
	int i;

	for (i = 7; i >= 0; i--) {
		di = out & BIT(i) ? LUNIC_EECD_DI : 0;
		lunic_spi_pins(ld, di);
		lunic_spi_pins(ld, di | LUNIC_EECD_SK);
		in <<= 1;
		in |= FIELD_GET(LUNIC_EECD_DO, lunic_rd(ld, LUNIC_EECD));
	}
	return in;
}

static u8 lunic_spi_status(struct lunic_dev *ld)
{
	u8 status;

	lunic_spi_begin(ld);
	lunic_spi_byte(ld, LUNIC_SPI_RDSR);
	status = lunic_spi_byte(ld, 0);
	lunic_spi_end(ld);
	return status;
}

static int lunic_spi_ready(struct lunic_dev *ld)
{
	u8 status;

	return read_poll_timeout(lunic_spi_status, status,
				 !(status & LUNIC_SPI_BUSY), 200,
				 LUNIC_SPI_BUSY_TIMEOUT_US, false, ld);
}

/* Each write takes a permission of its own */
static void lunic_spi_allow(struct lunic_dev *ld)
{
	lunic_spi_begin(ld);
	lunic_spi_byte(ld, LUNIC_SPI_WREN);
	lunic_spi_end(ld);
}

static void lunic_spi_send(struct lunic_dev *ld, u16 word, u16 n,
			   const u16 *vals, bool wide)
{
	u16 addr = word * sizeof(*vals), i;

	lunic_spi_begin(ld);
	if (wide) {
		lunic_spi_byte(ld, LUNIC_SPI_WRITE);
		lunic_spi_byte(ld, addr >> 8);
	} else {
		lunic_spi_byte(ld, LUNIC_SPI_WRITE |
				   (addr & BIT(8) ? LUNIC_SPI_A8 : 0));
	}
	lunic_spi_byte(ld, addr);
	for (i = 0; i < n; i++) {
		lunic_spi_byte(ld, vals[i]);
		lunic_spi_byte(ld, vals[i] >> 8);
	}
	lunic_spi_end(ld);
}

/* EERD does not work meanwhile: the bus is ours alone */
static int lunic_spi_take(struct lunic_dev *ld)
{
	int err;

	lunic_wr(ld, LUNIC_EECD, lunic_rd(ld, LUNIC_EECD) | LUNIC_EECD_REQ);
	err = lunic_hw_poll(ld, LUNIC_EECD, LUNIC_EECD_GNT, LUNIC_EECD_GNT,
			    LUNIC_SPI_GNT_TIMEOUT_US);
	return err == -ETIMEDOUT ? -EBUSY : err;
}

static void lunic_spi_give(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_EECD, lunic_rd(ld, LUNIC_EECD) & ~LUNIC_EECD_REQ);
}

/* Words that the part has; 0 where there is none */
u32 lunic_nvm_spi_room(struct lunic_dev *ld)
{
	u32 eecd = lunic_rd(ld, LUNIC_EECD);

	return eecd & LUNIC_EECD_PRES ?
	       64 << FIELD_GET(LUNIC_EECD_SIZE, eecd) : 0;
}

/* As many words as the page still takes: the part would wrap in it */
int lunic_nvm_spi_write(struct lunic_dev *ld, u16 word, u16 n, const u16 *vals)
{
	bool wide = lunic_rd(ld, LUNIC_EECD) & LUNIC_EECD_WIDE;
	u16 page = (wide ? LUNIC_SPI_WIDE_PAGE : LUNIC_SPI_PAGE) /
		   sizeof(*vals);
	int err;

	n = min_t(u16, n, page - word % page);
	err = lunic_spi_take(ld);
	if (!err)
		err = lunic_spi_ready(ld);
	if (!err) {
		lunic_spi_allow(ld);
		lunic_spi_send(ld, word, n, vals, wide);
		err = lunic_spi_ready(ld);
	}
	lunic_spi_give(ld);
	return err ?: n;
}
