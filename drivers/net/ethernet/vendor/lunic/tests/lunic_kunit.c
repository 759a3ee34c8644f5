// SPDX-License-Identifier: GPL-2.0
/* KUnit: the handover's format, written, read back, and damaged. */
#include <kunit/test.h>
#include <linux/crc32.h>
#include <linux/sizes.h>

/* The file under test has no state and no user but these */
#include "../lunic_handover.c"

#define TEST_BODY_SIZE	SZ_16K
#define TEST_BODY_ADDR	0x12340000ULL
#define TEST_QUEUES	3
#define TEST_COUNT	64

struct lunic_ho_test {
	struct lunic_ho_root *root;
	struct lunic_ho_writer w;
	struct lunic_ho_view view;
};

static void *put(struct kunit *test, struct lunic_ho_writer *w, u16 type,
		 u32 len)
{
	void *p = lunic_ho_put(w, type, LUNIC_HO_F_MANDATORY, len);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static void put_rxq(struct kunit *test, struct lunic_ho_writer *w, u16 q)
{
	struct lunic_ho_rxq *rxq = put(test, w, LUNIC_HO_RXQ, sizeof(*rxq));

	rxq->queue = q;
	rxq->count = TEST_COUNT;
	rxq->nr_chunks = 2;
	rxq->clean = 60;
	rxq->use = 20;
	rxq->buf_size = SZ_2K;
	rxq->frag_size = SZ_2K;
	rxq->headroom = 64;
}

static void put_all(struct kunit *test, struct lunic_ho_writer *w)
{
	struct lunic_ho_netdev *netdev;
	struct lunic_ho_config *config;
	struct lunic_ho_device *device;
	struct lunic_ho_txq *txq;
	u16 q;

	device = put(test, w, LUNIC_HO_DEVICE, sizeof(*device));
	device->updates = 7;
	netdev = put(test, w, LUNIC_HO_NETDEV, sizeof(*netdev));
	strscpy(netdev->ifname, "eth0", sizeof(netdev->ifname));
	config = put(test, w, LUNIC_HO_CONFIG, sizeof(*config));
	config->queues = TEST_QUEUES;
	put(test, w, LUNIC_HO_RSS, sizeof(struct lunic_ho_rss));
	for (q = 0; q < TEST_QUEUES; q++)
		put_rxq(test, w, q);
	for (q = 0; q < TEST_QUEUES; q++) {
		txq = put(test, w, LUNIC_HO_TXQ, sizeof(*txq));
		txq->queue = q;
	}
}

static int lunic_ho_test_init(struct kunit *test)
{
	struct lunic_ho_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	t->root = kunit_kzalloc(test, sizeof(*t->root), GFP_KERNEL);
	t->w.buf = kunit_kzalloc(test, TEST_BODY_SIZE, GFP_KERNEL);
	t->w.size = TEST_BODY_SIZE;
	KUNIT_ASSERT_NOT_NULL(test, t->root);
	KUNIT_ASSERT_NOT_NULL(test, t->w.buf);
	test->priv = t;
	return 0;
}

static const char *reread(struct lunic_ho_test *t)
{
	const char *why;

	why = lunic_ho_check_root(t->root, sizeof(*t->root));
	return why ?: lunic_ho_parse(t->root, t->w.buf, &t->view);
}

/* Seals whatever is in the body and reads it */
static const char *seal_and_read(struct lunic_ho_test *t)
{
	memset(t->root, 0, sizeof(*t->root));
	lunic_ho_seal(t->root, TEST_BODY_ADDR, &t->w);
	return reread(t);
}

static void lunic_ho_round_trip(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;

	put_all(test, &t->w);
	KUNIT_EXPECT_NULL(test, seal_and_read(t));
	KUNIT_EXPECT_EQ(test, t->root->state, LUNIC_HO_SEALED);
	KUNIT_EXPECT_EQ(test, t->root->body, TEST_BODY_ADDR);
	KUNIT_EXPECT_EQ(test, t->view.nr_rxq, TEST_QUEUES);
	KUNIT_EXPECT_EQ(test, t->view.device->updates, 7);
	KUNIT_EXPECT_STREQ(test, t->view.netdev->ifname, "eth0");
	KUNIT_EXPECT_EQ(test, t->view.rxq[2]->clean, 60);
	KUNIT_EXPECT_NULL(test, t->view.stats);
}

/* Each byte of root and body, changed: the state word alone may */
static void lunic_ho_every_byte(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	u8 *root = (u8 *)t->root, *body;
	u32 i;

	put_all(test, &t->w);
	KUNIT_ASSERT_NULL(test, seal_and_read(t));
	body = t->w.buf;

	for (i = 0; i < sizeof(*t->root); i++) {
		bool state = i >= offsetof(struct lunic_ho_root, state) &&
			     i < offsetof(struct lunic_ho_root, crc);

		root[i] ^= 0x10;
		KUNIT_EXPECT_EQ_MSG(test, !reread(t), state, "root byte %u", i);
		root[i] ^= 0x10;
	}
	for (i = 0; i < t->w.len; i++) {
		body[i] ^= 0x01;
		KUNIT_EXPECT_NOT_NULL_MSG(test, reread(t), "body byte %u", i);
		body[i] ^= 0x01;
	}
	KUNIT_EXPECT_NULL(test, reread(t));
}

/* With a right checksum too, a short body must not be read past its end */
static void lunic_ho_truncated(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	u32 whole;

	put_all(test, &t->w);
	KUNIT_EXPECT_NOT_NULL(test, lunic_ho_check_root(t->root,
							sizeof(*t->root) - 1));
	whole = t->w.len;
	for (t->w.len = 0; t->w.len < whole; t->w.len += 8)
		KUNIT_EXPECT_NOT_NULL_MSG(test, seal_and_read(t), "length %u",
					  t->w.len);
	KUNIT_EXPECT_NULL(test, seal_and_read(t));
}

static void lunic_ho_versions(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	struct lunic_ho_section *s;

	put_all(test, &t->w);

	/* An unknown section is skipped, unless it is mandatory */
	KUNIT_ASSERT_NOT_NULL(test, lunic_ho_put(&t->w, 99, 0, 24));
	KUNIT_EXPECT_NULL(test, seal_and_read(t));
	s = t->w.buf + t->w.len;
	put(test, &t->w, 100, 8);
	KUNIT_EXPECT_NOT_NULL(test, seal_and_read(t));
	s->flags = 0;
	KUNIT_EXPECT_NULL(test, seal_and_read(t));

	/* Another minor version is read, another major one isn't */
	t->root->minor++;
	t->root->crc = lunic_ho_root_crc(t->root);
	KUNIT_EXPECT_NULL(test, reread(t));
	t->root->major++;
	t->root->crc = lunic_ho_root_crc(t->root);
	KUNIT_EXPECT_STREQ(test, reread(t), "ABI version is another");
}

/* A later minor version's section is longer; an earlier one's can't be shorter
 */
static void lunic_ho_grown(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	struct lunic_ho_stats *stats;

	put_all(test, &t->w);
	stats = put(test, &t->w, LUNIC_HO_STATS, sizeof(*stats) + 16);
	stats->nr = 1;
	KUNIT_EXPECT_NULL(test, seal_and_read(t));
	stats->nr = 3;
	KUNIT_EXPECT_STREQ(test, seal_and_read(t),
			   "statistics are truncated");
}

/* Sections that came with ABI 1.1 and stand in a handover once */
static const struct {
	u16 type;
	u32 len;
	u32 place;
} carried[] = {
	{ LUNIC_HO_COALESCE, sizeof(struct lunic_ho_coalesce),
	  offsetof(struct lunic_ho_view, coalesce) },
	{ LUNIC_HO_SETTINGS, sizeof(struct lunic_ho_settings),
	  offsetof(struct lunic_ho_view, settings) },
	{ LUNIC_HO_FEATURES, sizeof(struct lunic_ho_features),
	  offsetof(struct lunic_ho_view, features) },
	{ LUNIC_HO_NAPI, sizeof(struct lunic_ho_napi),
	  offsetof(struct lunic_ho_view, napi) },
	{ LUNIC_HO_COUNTERS, sizeof(struct lunic_ho_counters),
	  offsetof(struct lunic_ho_view, counters) },
	{ LUNIC_HO_LINK, sizeof(struct lunic_ho_link),
	  offsetof(struct lunic_ho_view, link) },
	{ LUNIC_HO_PTP, sizeof(struct lunic_ho_ptp),
	  offsetof(struct lunic_ho_view, ptp) },
	{ LUNIC_HO_TSTAMP, sizeof(struct lunic_ho_tstamp),
	  offsetof(struct lunic_ho_view, tstamp) },
	{ LUNIC_HO_BLACKOUT, sizeof(struct lunic_ho_blackout),
	  offsetof(struct lunic_ho_view, blackout) },
	{ LUNIC_HO_PHASES, sizeof(struct lunic_ho_phases),
	  offsetof(struct lunic_ho_view, phases) },
};

/* Written and read back, alone; longer ones too, shorter ones not */
static void lunic_ho_carried(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	const u8 *found;
	u32 i, j, base;

	put_all(test, &t->w);
	base = t->w.len;
	for (i = 0; i < ARRAY_SIZE(carried); i++) {
		u16 type = carried[i].type;
		u32 len = carried[i].len;

		t->w.len = base;
		memset(put(test, &t->w, type, len + 8), type, len + 8);
		KUNIT_EXPECT_NULL(test, seal_and_read(t));
		found = *(void **)((void *)&t->view + carried[i].place);
		KUNIT_ASSERT_NOT_NULL_MSG(test, found, "section %u", type);
		KUNIT_EXPECT_NULL(test, memchr_inv(found, type, len));
		for (j = 0; j < ARRAY_SIZE(carried); j++) {
			void **other = (void *)&t->view + carried[j].place;

			KUNIT_EXPECT_TRUE(test, i == j || !*other);
		}

		put(test, &t->w, type, len);
		KUNIT_EXPECT_STREQ(test, seal_and_read(t),
				   "a section comes twice");
		t->w.len = base;
		KUNIT_ASSERT_NOT_NULL(test, lunic_ho_put(&t->w, type, 0,
							 len - 8));
		KUNIT_EXPECT_STREQ(test, seal_and_read(t),
				   "a section is too short");
	}
}

/* Counters of queues that are not in use: each once, in any order */
static void lunic_ho_idle(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	struct lunic_ho_idle *idle;

	put_all(test, &t->w);
	idle = put(test, &t->w, LUNIC_HO_IDLE, sizeof(*idle));
	idle->queue = LUNIC_HO_MAX_QUEUES - 1;
	idle->rx[0] = 5;
	idle = put(test, &t->w, LUNIC_HO_IDLE, sizeof(*idle));
	idle->queue = TEST_QUEUES;
	KUNIT_EXPECT_NULL(test, seal_and_read(t));
	KUNIT_EXPECT_PTR_EQ(test, t->view.idle[TEST_QUEUES], idle);
	KUNIT_EXPECT_EQ(test, t->view.idle[LUNIC_HO_MAX_QUEUES - 1]->rx[0], 5);

	idle->queue = LUNIC_HO_MAX_QUEUES - 1;
	KUNIT_EXPECT_STREQ(test, seal_and_read(t),
			   "an idle queue is impossible");
	idle->queue = LUNIC_HO_MAX_QUEUES;
	KUNIT_EXPECT_STREQ(test, seal_and_read(t),
			   "an idle queue is impossible");
}

/* What a 1.0 driver writes: none of the above */
static void lunic_ho_from_1_0(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	u32 i;

	put_all(test, &t->w);
	KUNIT_ASSERT_NULL(test, seal_and_read(t));
	t->root->minor = 0;
	t->root->crc = lunic_ho_root_crc(t->root);
	KUNIT_EXPECT_NULL(test, reread(t));
	for (i = 0; i < ARRAY_SIZE(carried); i++)
		KUNIT_EXPECT_NULL(test, *(void **)((void *)&t->view +
						   carried[i].place));
}

static void lunic_ho_contradictions(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	struct lunic_ho_rxq *rxq;
	u32 len;

	put_all(test, &t->w);
	len = t->w.len;
	put_rxq(test, &t->w, TEST_QUEUES);
	KUNIT_EXPECT_STREQ(test, seal_and_read(t),
			   "the number of queues contradicts itself");
	t->w.len = len;
	put(test, &t->w, LUNIC_HO_RSS, sizeof(struct lunic_ho_rss));
	KUNIT_EXPECT_STREQ(test, seal_and_read(t), "a section comes twice");
	t->w.len = len;

	KUNIT_ASSERT_NULL(test, seal_and_read(t));
	rxq = (struct lunic_ho_rxq *)t->view.rxq[1];
	rxq->use = rxq->count;
	KUNIT_EXPECT_STREQ(test, seal_and_read(t),
			   "a ring has impossible indices");
	rxq->use = 0;
	rxq->count = 63;
	KUNIT_EXPECT_STREQ(test, seal_and_read(t),
			   "a ring has impossible indices");
}

static void lunic_ho_writer_full(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;

	t->w.size = 64;
	KUNIT_EXPECT_NOT_NULL(test, lunic_ho_put(&t->w, 1, 0, 20));
	KUNIT_EXPECT_EQ(test, t->w.len, 32);
	KUNIT_EXPECT_NULL(test, lunic_ho_put(&t->w, 1, 0, 32));
	KUNIT_EXPECT_NOT_NULL(test, lunic_ho_put(&t->w, 1, 0, 24));
	KUNIT_EXPECT_NULL(test, lunic_ho_put(&t->w, 1, 0, 0));
}

/* Two chunks of order 3 with a hole between them; slots 60..19 are posted */
static void tables(struct kunit *test, struct lunic_ho_rxq *rxq, u64 *slots,
		   u64 *chunks)
{
	u32 i, slot;

	chunks[0] = 0x100000 | 3;
	chunks[1] = 0x110000 | 3;
	for (i = 0, slot = rxq->clean; slot != rxq->use; i++) {
		slots[slot] = (i < 12 ? 0x100000 : 0x110000) +
			      (i % 12) * SZ_2K;
		slot = (slot + 1) % TEST_COUNT;
	}
	rxq->slots_crc = lunic_ho_slots_crc(rxq, slots);
	rxq->chunks_crc = lunic_ho_chunks_crc(rxq, chunks);
	KUNIT_ASSERT_NULL(test, lunic_ho_check_tables(rxq, slots, chunks));
}

static void lunic_ho_tables(struct kunit *test)
{
	struct lunic_ho_test *t = test->priv;
	u64 slots[TEST_COUNT] = {}, chunks[2];
	struct lunic_ho_rxq rxq;

	put_rxq(test, &t->w, 0);
	rxq = *(struct lunic_ho_rxq *)(t->w.buf +
				       sizeof(struct lunic_ho_section));
	tables(test, &rxq, slots, chunks);

	/* Not posted: not looked at */
	slots[30] = 1;
	KUNIT_EXPECT_NULL(test, lunic_ho_check_tables(&rxq, slots, chunks));

	slots[63] ^= 8;
	KUNIT_EXPECT_STREQ(test, lunic_ho_check_tables(&rxq, slots, chunks),
			   "slots fail their checksum");
	slots[63] = 0x108000;	/* in the hole */
	rxq.slots_crc = lunic_ho_slots_crc(&rxq, slots);
	KUNIT_EXPECT_STREQ(test, lunic_ho_check_tables(&rxq, slots, chunks),
			   "a buffer lies in no chunk");
	slots[63] = 0x107c00;	/* over the chunk's end */
	rxq.slots_crc = lunic_ho_slots_crc(&rxq, slots);
	KUNIT_EXPECT_STREQ(test, lunic_ho_check_tables(&rxq, slots, chunks),
			   "a buffer lies in no chunk");

	tables(test, &rxq, slots, chunks);
	chunks[1] = 0x104000 | 2;
	KUNIT_EXPECT_STREQ(test, lunic_ho_check_tables(&rxq, slots, chunks),
			   "chunks fail their checksum");
	rxq.chunks_crc = lunic_ho_chunks_crc(&rxq, chunks);
	KUNIT_EXPECT_STREQ(test, lunic_ho_check_tables(&rxq, slots, chunks),
			   "chunks overlap");
}

static struct kunit_case lunic_ho_cases[] = {
	KUNIT_CASE(lunic_ho_round_trip),
	KUNIT_CASE(lunic_ho_every_byte),
	KUNIT_CASE(lunic_ho_truncated),
	KUNIT_CASE(lunic_ho_versions),
	KUNIT_CASE(lunic_ho_grown),
	KUNIT_CASE(lunic_ho_carried),
	KUNIT_CASE(lunic_ho_idle),
	KUNIT_CASE(lunic_ho_from_1_0),
	KUNIT_CASE(lunic_ho_contradictions),
	KUNIT_CASE(lunic_ho_writer_full),
	KUNIT_CASE(lunic_ho_tables),
	{}
};

static struct kunit_suite lunic_ho_suite = {
	.name		= "lunic-handover",
	.init		= lunic_ho_test_init,
	.test_cases	= lunic_ho_cases,
};

kunit_test_suite(lunic_ho_suite);

MODULE_DESCRIPTION("KUnit tests of lunic");
MODULE_LICENSE("GPL");
