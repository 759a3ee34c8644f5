// SPDX-License-Identifier: GPL-2.0
/* KUnit: a handover of the ABI's previous minor version is read, and damaged
 * in every place.
 */
#include <kunit/test.h>

#include "../lunic_handover.h"
#include "lunic_ho_1_0.h"

#define TEST_QUEUES	3

struct lunic_previous {
	struct lunic_ho_root root;
	struct lunic_ho_writer w;
	struct lunic_ho_view view;
};

static int lunic_previous_init(struct kunit *test)
{
	struct lunic_previous *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	memcpy(&t->root, lunic_ho_1_0, sizeof(t->root));
	KUNIT_ASSERT_EQ(test, t->root.body_len,
			sizeof(lunic_ho_1_0) - sizeof(t->root));
	t->w.size = t->root.body_len;
	t->w.len = t->root.body_len;
	t->w.buf = kunit_kmalloc(test, t->w.len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->w.buf);
	memcpy(t->w.buf, lunic_ho_1_0 + sizeof(t->root), t->w.len);
	test->priv = t;
	return 0;
}

static const char *reread(struct lunic_previous *t)
{
	const char *why;

	why = lunic_ho_check_root(&t->root, sizeof(t->root));
	return why ?: lunic_ho_parse(&t->root, t->w.buf, &t->view);
}

static void lunic_previous_is_read(struct kunit *test)
{
	struct lunic_previous *t = test->priv;

	KUNIT_ASSERT_NULL(test, reread(t));
	KUNIT_EXPECT_EQ(test, t->root.minor, 0);
	KUNIT_EXPECT_EQ(test, t->view.nr_rxq, TEST_QUEUES);
	KUNIT_EXPECT_EQ(test, t->view.nr_txq, TEST_QUEUES);
	KUNIT_EXPECT_EQ(test, t->view.config->queues, TEST_QUEUES);
	KUNIT_EXPECT_EQ(test, t->view.device->device, 0x10c9);
	KUNIT_EXPECT_EQ(test, t->view.netdev->mtu, 1500);
	KUNIT_EXPECT_STREQ(test, t->view.netdev->ifname, "eth0");
	KUNIT_ASSERT_NOT_NULL(test, t->view.alias);
	KUNIT_EXPECT_EQ(test, strncmp(t->view.alias, "uplink of rack 4",
				      t->view.alias_len), 0);
	KUNIT_EXPECT_NOT_NULL(test, t->view.stats);
}

/* Refused by the checksum; with a right one, harmless */
static void lunic_previous_every_byte(struct kunit *test)
{
	struct lunic_previous *t = test->priv;
	u8 *body = t->w.buf;
	u32 i;

	for (i = 0; i < t->w.len; i++) {
		struct lunic_ho_root root = t->root;

		body[i] ^= 0x80;
		KUNIT_EXPECT_NOT_NULL_MSG(test, reread(t), "byte %u", i);
		lunic_ho_seal(&t->root, t->root.body, &t->w);
		reread(t);
		body[i] ^= 0x80;
		t->root = root;
	}
	KUNIT_EXPECT_NULL(test, reread(t));
}

/* Its last sections are mandatory */
static void lunic_previous_every_length(struct kunit *test)
{
	struct lunic_previous *t = test->priv;
	u32 whole = t->w.len;

	for (t->w.len = 0; t->w.len < whole; t->w.len++) {
		lunic_ho_seal(&t->root, t->root.body, &t->w);
		KUNIT_EXPECT_NOT_NULL_MSG(test, reread(t), "length %u",
					  t->w.len);
	}
}

static struct kunit_case lunic_previous_cases[] = {
	KUNIT_CASE(lunic_previous_is_read),
	KUNIT_CASE(lunic_previous_every_byte),
	KUNIT_CASE(lunic_previous_every_length),
	{}
};

static struct kunit_suite lunic_previous_suite = {
	.name		= "lunic-previous-abi",
	.init		= lunic_previous_init,
	.test_cases	= lunic_previous_cases,
};

kunit_test_suite(lunic_previous_suite);
