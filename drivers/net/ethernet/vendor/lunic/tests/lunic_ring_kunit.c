// SPDX-License-Identifier: GPL-2.0
/* KUnit: ring arithmetic and descriptor fields. */
#include <kunit/test.h>

#include "../lunic_desc.h"

/* Not a power of two, as the longest ring */
#define TEST_COUNT	6U

static void lunic_ring_wraps(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lunic_ring_next(4, TEST_COUNT), 5);
	KUNIT_EXPECT_EQ(test, lunic_ring_next(5, TEST_COUNT), 0);
	KUNIT_EXPECT_EQ(test, lunic_ring_prev(1, TEST_COUNT), 0);
	KUNIT_EXPECT_EQ(test, lunic_ring_prev(0, TEST_COUNT), 5);
	KUNIT_EXPECT_EQ(test, lunic_ring_add(3, 2, TEST_COUNT), 5);
	KUNIT_EXPECT_EQ(test, lunic_ring_add(3, 3, TEST_COUNT), 0);
	KUNIT_EXPECT_EQ(test, lunic_ring_add(5, 5, TEST_COUNT), 4);
}

/* Equal indices are an empty ring: one slot is never used */
static void lunic_ring_counts(struct kunit *test)
{
	u32 clean, n;

	for (clean = 0; clean < TEST_COUNT; clean++)
		for (n = 0; n < TEST_COUNT; n++)
			KUNIT_EXPECT_EQ(test, n,
					lunic_ring_used(clean, (clean + n) %
							TEST_COUNT,
							TEST_COUNT));
}

/* A posted descriptor must not look like one that was written back */
static void lunic_rx_desc_posted(struct kunit *test)
{
	union lunic_rx_desc desc;

	memset(&desc, 0xff, sizeof(desc));
	desc.read.pkt_addr = cpu_to_le64(0x123456789000ULL);
	desc.read.hdr_addr = 0;
	KUNIT_EXPECT_FALSE(test, le64_to_cpu(desc.wb.upper) & LUNIC_RXD_DD);
}

static void lunic_rx_desc_fields(struct kunit *test)
{
	u64 upper = 0x0123004000000003ULL;
	u32 len = FIELD_GET(LUNIC_RXD_LEN, upper);
	u32 vlan = FIELD_GET(LUNIC_RXD_VLAN, upper);

	KUNIT_EXPECT_EQ(test, len, 64);
	KUNIT_EXPECT_EQ(test, vlan, 0x123);
	KUNIT_EXPECT_TRUE(test, upper & LUNIC_RXD_EOP);
}

static struct kunit_case lunic_ring_cases[] = {
	KUNIT_CASE(lunic_ring_wraps),
	KUNIT_CASE(lunic_ring_counts),
	KUNIT_CASE(lunic_rx_desc_posted),
	KUNIT_CASE(lunic_rx_desc_fields),
	{}
};

static struct kunit_suite lunic_ring_suite = {
	.name		= "lunic-ring",
	.test_cases	= lunic_ring_cases,
};

kunit_test_suite(lunic_ring_suite);
