/* SPDX-License-Identifier: GPL-2.0 */
/* KUnit: the NVM's registers, and behind them a SPI EEPROM or a flash. */
#ifndef _LUNIC_NVM_MODEL_H
#define _LUNIC_NVM_MODEL_H

#include <kunit/test.h>

#include "../lunic.h"

#define MODEL_BYTES	2048
#define MODEL_OP_WRITE	0x02
#define MODEL_OP_RDSR	0x05
#define MODEL_OP_WREN	0x06
#define MODEL_OP_A8	0x08
#define MODEL_BUSY	BIT(0)
#define MODEL_FOREVER	U32_MAX

/**
 * struct nvm_model - the registers, the part, and what is to go wrong
 * @no_grant: requests of the bus get no answer
 * @busy_for: status reads that a write takes; MODEL_FOREVER: never ready
 * @stuck_after: writes after which that is so; MODEL_FOREVER: none
 * @flush_for: reads of EECD that a flash's commit takes
 * @page: bytes of a page, in which a write wraps
 * @wide: addresses have two bytes
 * @writes: how many reached the part
 * @changed: how many bytes were written
 * @bad: what a driver must not do, as a text
 * @mem: the part's content
 */
struct nvm_model {
	bool no_grant;
	u32 busy_for;
	u32 stuck_after;
	u32 flush_for;
	u16 page;
	bool wide;
	u32 writes;
	u32 changed;
	const char *bad;
	u8 mem[MODEL_BYTES];

	/* private: what the registers and the part stand at */
	u32 eecd, eerd, eewr, swsm, sync;
	u32 flush_left, busy_left;
	bool may_write;
	u8 in, out, op;
	u16 bits, addr, fill;
	u8 buf[MODEL_BYTES], touched[MODEL_BYTES];
};

static struct nvm_model *model;

static u16 model_word(u16 word)
{
	return model->mem[2 * word] | model->mem[2 * word + 1] << 8;
}

static void model_set(u16 word, u16 val)
{
	model->mem[2 * word] = val;
	model->mem[2 * word + 1] = val >> 8;
}

static u8 model_status(void)
{
	if (!model->busy_left)
		return 0;
	if (model->busy_left != MODEL_FOREVER)
		model->busy_left--;
	return MODEL_BUSY;
}

/* A whole byte came in: the command, then the address, then data */
static void model_byte(u16 n, u8 byte)
{
	u16 addr_bytes = model->wide ? 2 : 1, at;

	if (!n) {
		model->op = byte;
		model->addr = 0;
		if (!model->wide && byte == (MODEL_OP_WRITE | MODEL_OP_A8)) {
			model->op = MODEL_OP_WRITE;
			model->addr = 1;
		}
		model->out = byte == MODEL_OP_RDSR ? model_status() : 0;
	} else if (n <= addr_bytes) {
		model->addr = model->addr << 8 | byte;
	} else {
		at = model->addr - model->addr % model->page +
		     (model->addr + model->fill++) % model->page;
		model->buf[at % MODEL_BYTES] = byte;
		model->touched[at % MODEL_BYTES] = 1;
	}
}

static void model_selected(void)
{
	model->fill = 0;
	memset(model->touched, 0, sizeof(model->touched));
}

static void model_store(void)
{
	u16 i;

	for (i = 0; i < MODEL_BYTES; i++) {
		if (!model->touched[i])
			continue;
		model->mem[i] = model->buf[i];
		model->changed++;
	}
	model->writes++;
	model->may_write = false;
	model->busy_left = model->writes > model->stuck_after ?
			   MODEL_FOREVER : model->busy_for;
}

/* A command is carried out when it is over, if it came whole */
static void model_deselected(void)
{
	if (!model->bits)
		return;
	if (model->bits % 8) {
		model->bad = "a byte is cut";
	} else if (model->busy_left && model->op != MODEL_OP_RDSR) {
		model->bad = "a command while it is busy";
	} else if (model->op == MODEL_OP_WREN && model->bits == 8) {
		model->may_write = true;
	} else if (model->op == MODEL_OP_WRITE && model->fill) {
		if (model->may_write)
			model_store();
		else
			model->bad = "a write without WREN";
	}
	model->bits = 0;
}

static void model_clock(u32 val)
{
	if (val & LUNIC_EECD_SK) {
		model->in = model->in << 1 | FIELD_GET(LUNIC_EECD_DI, val);
		if (++model->bits % 8 == 0)
			model_byte(model->bits / 8 - 1, model->in);
	} else {
		FIELD_MODIFY(LUNIC_EECD_DO, &model->eecd, model->out >> 7);
		model->out <<= 1;
	}
}

static void model_pins(u32 old, u32 val)
{
	u32 edges = old ^ val;

	if (!(model->eecd & LUNIC_EECD_GNT)) {
		if (edges)
			model->bad = "pins without a grant";
		return;
	}
	if (edges & LUNIC_EECD_CS) {
		if (val & LUNIC_EECD_CS)
			model_deselected();
		else
			model_selected();
	} else if (edges & LUNIC_EECD_SK && !(val & LUNIC_EECD_CS)) {
		model_clock(val);
	}
}

static void model_wr_eecd(u32 val)
{
	u32 pins = LUNIC_EECD_SK | LUNIC_EECD_CS | LUNIC_EECD_DI;
	u32 old = model->eecd & pins;
	u32 keep = pins | LUNIC_EECD_REQ | LUNIC_EECD_FLUPD;

	model->eecd = (model->eecd & ~keep) | (val & keep);
	model_pins(old, val & pins);
	if (!(val & LUNIC_EECD_REQ))
		model->eecd &= ~LUNIC_EECD_GNT;
	else if (!model->no_grant)
		model->eecd |= LUNIC_EECD_GNT;
	if (val & LUNIC_EECD_FLUPD)
		model->flush_left = model->flush_for;
}

static u32 model_rd_eecd(void)
{
	u32 val = model->eecd;

	if (val & LUNIC_EECD_FLUPD && model->flush_left != MODEL_FOREVER &&
	    !model->flush_left--)
		model->eecd &= ~LUNIC_EECD_FLUPD;
	return val;
}

static u32 model_rd_swsm(void)
{
	u32 val = model->swsm;

	model->swsm |= LUNIC_SWSM_SMBI;
	return val;
}

static u32 model_rd(const struct lunic_dev *ld, u32 reg)
{
	switch (reg) {
	case LUNIC_EECD:
		return model_rd_eecd();
	case LUNIC_EERD:
		return model->eerd;
	case LUNIC_EEWR:
		return model->eewr;
	case LUNIC_SWSM:
		return model_rd_swsm();
	case LUNIC_SW_FW_SYNC:
		return model->sync;
	default:
		return 0;
	}
}

/* The bus is either the chip's or the driver's */
static void model_wr_eerd(u32 val)
{
	u16 word = FIELD_GET(LUNIC_EERD_ADDR, val);

	model->eerd = FIELD_PREP(LUNIC_EERD_DATA, model_word(word));
	if (!(model->eecd & LUNIC_EECD_GNT))
		model->eerd |= LUNIC_EERD_DONE;
}

static void model_wr(const struct lunic_dev *ld, u32 reg, u32 val)
{
	switch (reg) {
	case LUNIC_EECD:
		model_wr_eecd(val);
		break;
	case LUNIC_EERD:
		model_wr_eerd(val);
		break;
	case LUNIC_EEWR:
		model_set(FIELD_GET(LUNIC_EERD_ADDR, val),
			  FIELD_GET(LUNIC_EERD_DATA, val));
		model->writes++;
		model->eewr = LUNIC_EERD_DONE;
		break;
	case LUNIC_SWSM:
		model->swsm = val;
		break;
	case LUNIC_SW_FW_SYNC:
		if (!(model->swsm & LUNIC_SWSM_SWESMBI))
			model->bad = "SW_FW_SYNC without SWSM";
		model->sync = val;
		break;
	}
}

/* Asks as often as would take long enough, and waits for nothing */
static int model_poll(struct lunic_dev *ld, u32 reg, u32 mask, u32 want, u32 us)
{
	unsigned int tries;

	for (tries = 0; tries < 1000; tries++)
		if ((model_rd(ld, reg) & mask) == want)
			return 0;
	return -ETIMEDOUT;
}

#endif /* _LUNIC_NVM_MODEL_H */
