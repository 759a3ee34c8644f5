// SPDX-License-Identifier: GPL-2.0
/* KUnit: flow control, LEDs and wake-up over a register file in memory. */
#include <kunit/test.h>
#include <linux/mii.h>
#include <linux/sizes.h>

#include "../lunic_port.c"

#define TEST_PAUSE	(LUNIC_CTRL_RFCE | LUNIC_CTRL_TFCE)
#define TEST_CAP	ADVERTISE_PAUSE_CAP
#define TEST_ASYM	ADVERTISE_PAUSE_ASYM

/* What the file under test needs from others */
static u32 test_writes;

void lunic_hw_update(struct lunic_dev *ld, u32 reg, u32 mask, u32 val)
{
	u32 old = lunic_rd(ld, reg);

	if ((old & mask) == val)
		return;
	lunic_wr(ld, reg, (old & ~mask) | val);
	test_writes++;
}

int lunic_hw_stop_master(struct lunic_dev *ld)
{
	lunic_wr(ld, LUNIC_CTRL, lunic_rd(ld, LUNIC_CTRL) |
				 LUNIC_CTRL_GIO_MASTER_DISABLE);
	return 0;
}

u32 lunic_max_frame(u32 mtu)
{
	return mtu + VLAN_ETH_HLEN + ETH_FCS_LEN;
}

static const struct lunic_chip test_chip = {
	.rx_fifo	= SZ_64K,
	.max_mtu	= 9216,
};

static const struct lunic_chip test_small_chip = {
	.rx_fifo	= 20 * SZ_1K,
	.max_mtu	= 9212,
};

static int lunic_port_test_init(struct kunit *test)
{
	struct lunic_dev *ld = kunit_kzalloc(test, sizeof(*ld), GFP_KERNEL);
	void *regs;

	KUNIT_ASSERT_NOT_NULL(test, ld);
	regs = kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, regs);
	ld->regs = (__force void __iomem *)regs;
	ld->chip = &test_chip;
	test->priv = ld;
	test_writes = 0;
	return 0;
}

/* What is asked for survives its way into the advertisement and back */
static void lunic_port_wanted(struct kunit *test)
{
	struct lunic_cfg cfg = {};
	u8 fc;

	for (fc = 0; fc <= (FLOW_CTRL_RX | FLOW_CTRL_TX); fc++) {
		cfg.adv = ADVERTISE_ALL | mii_advertise_flowctrl(fc);
		KUNIT_EXPECT_EQ(test, lunic_pause_wanted(&cfg), fc);
	}
}

/* 802.3 table 28B-3, all of it */
static void lunic_port_resolve(struct kunit *test)
{
	static const struct {
		u16 adv, lpa;
		u8 fc;
	} rows[] = {
		{ 0, 0, 0 },
		{ 0, TEST_CAP | TEST_ASYM, 0 },
		{ TEST_ASYM, 0, 0 },
		{ TEST_ASYM, TEST_CAP, 0 },
		{ TEST_ASYM, TEST_ASYM, 0 },
		{ TEST_ASYM, TEST_CAP | TEST_ASYM, FLOW_CTRL_TX },
		{ TEST_CAP, 0, 0 },
		{ TEST_CAP, TEST_ASYM, 0 },
		{ TEST_CAP, TEST_CAP, FLOW_CTRL_RX | FLOW_CTRL_TX },
		{ TEST_CAP | TEST_ASYM, 0, 0 },
		{ TEST_CAP | TEST_ASYM, TEST_ASYM, FLOW_CTRL_RX },
		{ TEST_CAP | TEST_ASYM, TEST_CAP,
		  FLOW_CTRL_RX | FLOW_CTRL_TX },
	};
	struct lunic_cfg cfg = { .autoneg = true };
	u16 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		cfg.adv = rows[i].adv;
		KUNIT_EXPECT_EQ_MSG(test, lunic_pause_resolve(&cfg, rows[i].lpa,
							      DUPLEX_FULL),
				    rows[i].fc, "row %u", i);
		KUNIT_EXPECT_EQ(test, lunic_pause_resolve(&cfg, rows[i].lpa,
							  DUPLEX_HALF), 0);
	}
}

/* Not negotiated: as asked for, whatever the partner says */
static void lunic_port_forced(struct kunit *test)
{
	struct lunic_cfg cfg = {
		.autoneg	= true,
		.pause_forced	= true,
		.adv		= TEST_ASYM,
	};

	KUNIT_EXPECT_EQ(test, lunic_pause_resolve(&cfg, 0, DUPLEX_FULL),
			FLOW_CTRL_TX);
	cfg.pause_forced = false;
	cfg.autoneg = false;
	KUNIT_EXPECT_EQ(test, lunic_pause_resolve(&cfg, 0, DUPLEX_FULL),
			FLOW_CTRL_TX);
	KUNIT_EXPECT_EQ(test, lunic_pause_resolve(&cfg, 0, DUPLEX_HALF), 0);
}

static void lunic_port_pause_registers(struct kunit *test)
{
	struct lunic_dev *ld = test->priv;
	u32 high, low;

	lunic_wr(ld, LUNIC_CTRL, LUNIC_CTRL_VME | LUNIC_CTRL_RFCE);
	lunic_port_set_pause(ld, false, true);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_CTRL),
			LUNIC_CTRL_VME | LUNIC_CTRL_TFCE);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_FCAL), 0x00c28001);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_FCAH), 0x0100);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_FCT), 0x8808);

	/* Two of the longest frames fit above the mark */
	high = lunic_rd(ld, LUNIC_FCRTH);
	low = lunic_rd(ld, LUNIC_FCRTL);
	KUNIT_EXPECT_LE(test, high, SZ_64K - 2 * 9238);
	KUNIT_EXPECT_EQ(test, high % 16, 0);
	KUNIT_EXPECT_TRUE(test, low & LUNIC_FCRTL_XONE);
	KUNIT_EXPECT_LT(test, low & ~LUNIC_FCRTL_XONE, high);
	KUNIT_EXPECT_GT(test, low & ~LUNIC_FCRTL_XONE, 0);

	/* The same again, and off again */
	test_writes = 0;
	lunic_port_set_pause(ld, false, true);
	KUNIT_EXPECT_EQ(test, test_writes, 0);
	lunic_port_set_pause(ld, false, false);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_CTRL) & TEST_PAUSE, 0);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_FCRTH), 0);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_FCRTL), 0);
}

static void lunic_port_small_buffer(struct kunit *test)
{
	struct lunic_dev *ld = test->priv;

	ld->chip = &test_small_chip;
	lunic_port_set_pause(ld, true, true);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_FCRTH), 10 * SZ_1K);
}

/* A device that was handed over with flow control off is left alone */
static void lunic_port_pause_untouched(struct kunit *test)
{
	lunic_port_set_pause(test->priv, false, false);
	KUNIT_EXPECT_EQ(test, test_writes, 0);
}

static void lunic_port_leds(struct kunit *test)
{
	struct lunic_dev *ld = test->priv;

	/* Link, activity blinking, one of them inverted */
	lunic_wr(ld, LUNIC_LEDCTL, 0x07068442);
	lunic_port_set_leds(ld, true);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_LEDCTL), 0x0e0e0e4e);
	lunic_port_set_leds(ld, false);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_LEDCTL), 0x0f0f0f4f);
}

static void lunic_port_wake(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(0), 0);
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(WAKE_PHY), BIT(0));
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(WAKE_MAGIC), BIT(1));
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(WAKE_UCAST), BIT(2));
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(WAKE_MCAST), BIT(3));
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(WAKE_BCAST), BIT(4));
	KUNIT_EXPECT_EQ(test, lunic_port_wake_filters(WAKE_MAGIC | WAKE_PHY |
						      WAKE_ARP),
			BIT(0) | BIT(1));
}

/* Armed: DMA is off, PME on, multicast comes through; then nothing is left */
static void lunic_port_wake_setup(struct kunit *test)
{
	u32 ctrl = LUNIC_CTRL_GIO_MASTER_DISABLE | LUNIC_CTRL_ADVD3WUC;
	struct lunic_dev *ld = test->priv;

	lunic_wr(ld, LUNIC_CTRL, 0);
	lunic_wr(ld, LUNIC_RCTL, LUNIC_RCTL_EN);
	lunic_hw_wake_setup(ld, WAKE_MAGIC);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_CTRL), ctrl);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_RCTL), LUNIC_RCTL_EN);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_WUC), LUNIC_WUC_PME_EN);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_WUFC), LUNIC_WUFC_MAG);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_WUS), LUNIC_WUS_ALL);

	lunic_hw_wake_setup(ld, WAKE_MCAST);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_RCTL),
			LUNIC_RCTL_EN | LUNIC_RCTL_MPE);

	lunic_hw_wake_setup(ld, 0);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_WUC), 0);
	KUNIT_EXPECT_EQ(test, lunic_rd(ld, LUNIC_WUFC), 0);
}

static struct kunit_case lunic_port_cases[] = {
	KUNIT_CASE(lunic_port_wanted),
	KUNIT_CASE(lunic_port_resolve),
	KUNIT_CASE(lunic_port_forced),
	KUNIT_CASE(lunic_port_pause_registers),
	KUNIT_CASE(lunic_port_small_buffer),
	KUNIT_CASE(lunic_port_pause_untouched),
	KUNIT_CASE(lunic_port_leds),
	KUNIT_CASE(lunic_port_wake),
	KUNIT_CASE(lunic_port_wake_setup),
	{}
};

static struct kunit_suite lunic_port_suite = {
	.name		= "lunic-port",
	.init		= lunic_port_test_init,
	.test_cases	= lunic_port_cases,
};

kunit_test_suite(lunic_port_suite);
