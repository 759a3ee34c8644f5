// SPDX-License-Identifier: GPL-2.0
/* KUnit: from a blackout budget to descriptors and blocks, and back. */
#include <kunit/test.h>
#include <linux/sizes.h>

/* The file under test has no state */
#include "../lunic_budget.c"

#define TEST_RING	65527U	/* the longest ring less one */

static void lunic_budget_line_rate(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lunic_line_rate(SPEED_1000), 1488095);
	KUNIT_EXPECT_EQ(test, lunic_line_rate(SPEED_100), 148809);
	KUNIT_EXPECT_EQ(test, lunic_line_rate(SPEED_10), 14880);
	KUNIT_EXPECT_EQ(test, lunic_line_rate(SPEED_UNKNOWN), 1488095);
}

static u64 slots(u32 ms, u32 rate, u16 queues, u16 per_frame)
{
	struct lunic_budget b = {
		.ms = ms, .rate = rate, .queues = queues,
		.per_frame = per_frame,
	};

	return lunic_budget_slots(&b);
}

/* Always rounded up, and no overflow at the extremes */
static void lunic_budget_counts_slots(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, slots(0, 1488095, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, slots(1500, 200000, 5, 1), 60000);
	KUNIT_EXPECT_EQ(test, slots(1, 1, 1, 1), 1);
	KUNIT_EXPECT_EQ(test, slots(1001, 1000, 2, 1), 501);
	KUNIT_EXPECT_EQ(test, slots(1000, 1000, 3, 4), 1336);
	KUNIT_EXPECT_EQ(test, slots(60000, 1488095, 1, 4), 357142800);
	KUNIT_EXPECT_EQ(test, slots(U32_MAX, U32_MAX, 1, 1),
			18446744065119618ULL);
}

/* The longest budget fits, and one millisecond more doesn't */
static void lunic_budget_longest(struct kunit *test)
{
	static const struct lunic_budget budgets[] = {
		{ .rate = 1488095, .queues = 2,  .per_frame = 1 },
		{ .rate = 1488095, .queues = 16, .per_frame = 1 },
		{ .rate = 14880,   .queues = 1,  .per_frame = 1 },
		{ .rate = 200000,  .queues = 9,  .per_frame = 4 },
		{ .rate = 1000000, .queues = 3,  .per_frame = 3 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(budgets); i++) {
		struct lunic_budget b = budgets[i];

		b.ms = lunic_budget_max_ms(&b, TEST_RING);
		KUNIT_EXPECT_LE(test, lunic_budget_slots(&b), TEST_RING);
		b.ms++;
		KUNIT_EXPECT_GT(test, lunic_budget_slots(&b), TEST_RING);
	}
}

/* What Documentation names */
static void lunic_budget_documented(struct kunit *test)
{
	struct lunic_budget b = { .rate = 1488095, .per_frame = 1 };

	b.queues = 2;
	KUNIT_EXPECT_EQ(test, lunic_budget_max_ms(&b, TEST_RING), 88);
	b.queues = 9;
	KUNIT_EXPECT_EQ(test, lunic_budget_max_ms(&b, TEST_RING), 396);
	b.queues = 16;
	KUNIT_EXPECT_EQ(test, lunic_budget_max_ms(&b, TEST_RING), 704);
	b.rate = 1;
	KUNIT_EXPECT_EQ(test, lunic_budget_max_ms(&b, U32_MAX), U32_MAX);
}

/* How many blocks a ring's basin has where none has to be smaller */
static u32 blocks(u32 slots, u32 frag_size)
{
	u32 n;

	for (n = 0; slots; n++) {
		u32 order = lunic_basin_order((u64)slots * frag_size, 10);

		slots -= min_t(u32, slots, (PAGE_SIZE << order) / frag_size);
	}
	return n;
}

static void lunic_basin_blocks(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lunic_basin_order(1, 10), 0);
	KUNIT_EXPECT_EQ(test, lunic_basin_order(PAGE_SIZE, 10), 0);
	KUNIT_EXPECT_EQ(test, lunic_basin_order(PAGE_SIZE + 1, 10), 1);
	KUNIT_EXPECT_EQ(test, lunic_basin_order(SZ_1G, 10), 10);
	KUNIT_EXPECT_EQ(test, lunic_basin_order(SZ_1G, 3), 3);

	KUNIT_EXPECT_EQ(test, blocks(256, SZ_2K), 1);
	KUNIT_EXPECT_EQ(test, blocks(TEST_RING, SZ_2K), 32);
	KUNIT_EXPECT_EQ(test, blocks(TEST_RING, SZ_4K), 64);
}

static struct kunit_case lunic_budget_cases[] = {
	KUNIT_CASE(lunic_budget_line_rate),
	KUNIT_CASE(lunic_budget_counts_slots),
	KUNIT_CASE(lunic_budget_longest),
	KUNIT_CASE(lunic_budget_documented),
	KUNIT_CASE(lunic_basin_blocks),
	{}
};

static struct kunit_suite lunic_budget_suite = {
	.name		= "lunic-budget",
	.test_cases	= lunic_budget_cases,
};

kunit_test_suite(lunic_budget_suite);
