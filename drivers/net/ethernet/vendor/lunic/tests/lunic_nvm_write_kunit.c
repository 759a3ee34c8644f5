// SPDX-License-Identifier: GPL-2.0
/* KUnit: writing the NVM, over SPI and through EEWR, when it works and not. */
#include <kunit/test.h>
#include <linux/firmware.h>
#include <linux/pci.h>

#include "lunic_nvm_model.h"

/* The files under test work on the model instead of a device */
#define lunic_rd	model_rd
#define lunic_wr	model_wr
#define lunic_hw_poll	model_poll
#include "../lunic_nvm.c"
#include "../lunic_nvm_lock.c"
#include "../lunic_nvm_spi.c"

/* What the files under test need from others: the interface is down */
bool lunic_rings_armed(const struct lunic_dev *ld)
{
	return false;
}

#define TEST_WORDS	(MODEL_BYTES / 2)
#define TEST_MODEL_SIZE	4	/* 64 << 4 words */
#define TEST_IMAGE	(sizeof(struct lunic_nvm_header) + MODEL_BYTES + 4)

static const struct lunic_chip test_spi_chip = {
	.nvm_words	= TEST_WORDS,
	.nvm_shared	= true,
	.nvm_room	= lunic_nvm_spi_room,
	.nvm_write	= lunic_nvm_spi_write,
};

static const struct lunic_chip test_flash_chip = {
	.nvm_words	= LUNIC_NVM_CHECKSUM + 1,
	.nvm_write	= lunic_nvm_eewr,
	.nvm_commit	= lunic_nvm_flush,
};

static struct netlink_ext_ack said;

static int test_init(struct kunit *test)
{
	struct lunic_dev *ld = kunit_kzalloc(test, sizeof(*ld), GFP_KERNEL);
	struct pci_dev *pdev = kunit_kzalloc(test, sizeof(*pdev), GFP_KERNEL);
	u16 i;

	KUNIT_ASSERT_NOT_NULL(test, ld);
	KUNIT_ASSERT_NOT_NULL(test, pdev);
	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	model->wide = true;
	model->page = 32;
	/* More would depend on how long a busy machine sleeps */
	model->busy_for = 1;
	model->stuck_after = MODEL_FOREVER;
	model->flush_for = 5;
	model->eecd = LUNIC_EECD_PRES | LUNIC_EECD_WIDE |
		      FIELD_PREP(LUNIC_EECD_SIZE, TEST_MODEL_SIZE);
	for (i = 0; i < TEST_WORDS; i++)
		model_set(i, 0xc000 + i);
	pdev->vendor = 0x8086;
	pdev->device = 0x10c9;
	ld->pdev = pdev;
	ld->chip = &test_spi_chip;
	/* What the driver reads to push its writes */
	ld->regs = (__force void __iomem *)
		   kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, (__force void *)ld->regs);
	test->priv = ld;
	return 0;
}

/* Nothing stays taken, and nothing was done that a part doesn't like */
static void tidy(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, model->bad ?: "", "");
	KUNIT_EXPECT_EQ(test, model->eecd & LUNIC_EECD_REQ, 0);
	KUNIT_EXPECT_EQ(test, model->swsm, 0);
	KUNIT_EXPECT_EQ(test, model->sync & LUNIC_SYNC_NVM, 0);
}

static void told(struct kunit *test, const char *want)
{
	KUNIT_ASSERT_NOT_NULL(test, said._msg);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(said._msg, want), "%s",
				  said._msg);
	KUNIT_EXPECT_LT(test, strlen(said._msg), NETLINK_MAX_FMTMSG_LEN - 1);
}

static int put(struct kunit *test, u16 first, u16 n, const u16 *words)
{
	memset(&said, 0, sizeof(said));
	return lunic_nvm_write(test->priv, first, n, words, &said);
}

/* The words, and all others as they were but the sum */
static void holds(struct kunit *test, u16 first, u16 n, const u16 *words)
{
	u16 i, want, sum = 0;

	for (i = 0; i < TEST_WORDS; i++) {
		want = i >= first && i < first + n ? words[i - first] :
						     0xc000 + i;
		if (i <= LUNIC_NVM_CHECKSUM)
			sum += model_word(i);
		if (i != LUNIC_NVM_CHECKSUM)
			KUNIT_ASSERT_EQ_MSG(test, model_word(i), want,
					    "word 0x%x", i);
	}
	KUNIT_EXPECT_EQ(test, sum, LUNIC_NVM_SUM);
}

static void lunic_nvm_spi_one_word(struct kunit *test)
{
	const u16 word = 0x1234;

	KUNIT_ASSERT_EQ(test, put(test, 0x12, 1, &word), 0);
	holds(test, 0x12, 1, &word);
	KUNIT_EXPECT_EQ(test, model->writes, 2);
	KUNIT_EXPECT_EQ(test, model->changed, 4);
	tidy(test);
	/* What is there already is not written again */
	KUNIT_ASSERT_EQ(test, put(test, 0x12, 1, &word), 0);
	KUNIT_EXPECT_EQ(test, model->writes, 2);
}

/* A part goes on at the start of the page where a write leaves it */
static void lunic_nvm_spi_pages(struct kunit *test)
{
	u16 words[70], i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = 0x5000 + i;
	KUNIT_ASSERT_EQ(test, put(test, 0x4d, ARRAY_SIZE(words), words), 0);
	holds(test, 0x4d, ARRAY_SIZE(words), words);
	/* 3, 16 four times, 3, and the sum */
	KUNIT_EXPECT_EQ(test, model->writes, 7);
	tidy(test);
}

/* 512 bytes, of which the command says the half */
static void lunic_nvm_spi_narrow(struct kunit *test)
{
	u16 words[20], i;

	model->wide = false;
	model->page = 8;
	model->eecd = LUNIC_EECD_PRES | FIELD_PREP(LUNIC_EECD_SIZE, 2);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = 0x7000 + i;
	KUNIT_ASSERT_EQ(test, put(test, 0x76, ARRAY_SIZE(words), words), 0);
	holds(test, 0x76, ARRAY_SIZE(words), words);
	tidy(test);
}

static void lunic_nvm_spi_room_ends(struct kunit *test)
{
	const u16 words[] = { 1, 2, 3 };

	model->eecd = LUNIC_EECD_PRES | FIELD_PREP(LUNIC_EECD_SIZE, 2);
	KUNIT_EXPECT_EQ(test, put(test, 0xfe, 3, words), -EFBIG);
	told(test, "256 words here, no word 0x100");
	model->eecd = 0;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, words), -EFBIG);
	told(test, "0 words here");
	KUNIT_EXPECT_EQ(test, model->writes, 0);
	tidy(test);
}

static void *image(struct kunit *test, size_t *size)
{
	u8 *data = kunit_kzalloc(test, TEST_IMAGE, GFP_KERNEL);
	struct lunic_nvm_header *h = (void *)data;
	u16 sum = 0, i, word;

	KUNIT_ASSERT_NOT_NULL(test, data);
	memcpy(h->magic, LUNIC_NVM_IMAGE_MAGIC, sizeof(h->magic));
	h->format = cpu_to_le16(LUNIC_NVM_IMAGE_FORMAT);
	h->vendor = cpu_to_le16(0x8086);
	h->device = cpu_to_le16(0x10c9);
	h->words = cpu_to_le16(TEST_WORDS);
	h->version = cpu_to_le16(0x2005);
	h->kept = cpu_to_le64(LUNIC_NVM_IMAGE_MAC);
	for (i = 0; i < TEST_WORDS; i++) {
		word = 0x2000 + i;
		if (i == LUNIC_NVM_CHECKSUM)
			word = LUNIC_NVM_SUM - sum;
		sum += word;
		put_unaligned_le16(word, data + sizeof(*h) + 2 * i);
	}
	put_unaligned_le32(~crc32_le(~0, data, TEST_IMAGE - 4),
			   data + TEST_IMAGE - 4);
	*size = TEST_IMAGE;
	return data;
}

static int flash(struct kunit *test)
{
	struct firmware fw = {};

	fw.data = image(test, &fw.size);
	memset(&said, 0, sizeof(said));
	return lunic_nvm_flash(test->priv, &fw, &said);
}

static void flashed(struct kunit *test)
{
	u16 i, sum = 0;

	for (i = 0; i < TEST_WORDS; i++) {
		if (i <= LUNIC_NVM_CHECKSUM)
			sum += model_word(i);
		if (i != LUNIC_NVM_CHECKSUM)
			KUNIT_ASSERT_EQ_MSG(test, model_word(i),
					    (i < 3 ? 0xc000 : 0x2000) + i,
					    "word 0x%x", i);
	}
	KUNIT_EXPECT_EQ(test, sum, LUNIC_NVM_SUM);
	tidy(test);
}

static void lunic_nvm_spi_flash(struct kunit *test)
{
	KUNIT_ASSERT_EQ_MSG(test, flash(test), 0, "%s", said._msg);
	KUNIT_EXPECT_EQ(test, model->writes, TEST_WORDS / 16);
	flashed(test);
}

static void lunic_nvm_spi_no_grant(struct kunit *test)
{
	const u16 word = 0x1234;

	model->no_grant = true;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), -EBUSY);
	told(test, "broke off at word 0x3: EEPROM bus not granted; repeat it");
	KUNIT_EXPECT_EQ(test, model->writes, 0);
	tidy(test);
	model->no_grant = false;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), 0);
	holds(test, 3, 1, &word);
	tidy(test);
}

/* In the middle of an image: what is written stays, the rest follows later */
static void lunic_nvm_spi_stuck(struct kunit *test)
{
	model->stuck_after = 10;
	KUNIT_EXPECT_EQ(test, flash(test), -ETIMEDOUT);
	told(test, "broke off at word 0xa0: the NVM stays busy; repeat it");
	tidy(test);
	model->busy_left = 0;
	model->stuck_after = MODEL_FOREVER;
	KUNIT_EXPECT_EQ_MSG(test, flash(test), 0, "%s", said._msg);
	KUNIT_EXPECT_EQ(test, model->writes, TEST_WORDS / 16);
	flashed(test);
}

/* It was busy before, with what another had written */
static void lunic_nvm_spi_busy_before(struct kunit *test)
{
	const u16 word = 0x1234;

	model->busy_left = 1;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), 0);
	holds(test, 3, 1, &word);
	tidy(test);
}

static void lunic_nvm_in_use(struct kunit *test)
{
	static const struct {
		u32 swsm, sync;
		const char *who;
	} rows[] = {
		{ LUNIC_SWSM_SMBI, 0, "another driver" },
		{ 0, LUNIC_SYNC_NVM, "another port" },
		{ 0, LUNIC_SYNC_NVM_FW, "the firmware" },
	};
	const u16 word = 0x1234;
	u16 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		model->swsm = rows[i].swsm;
		model->sync = rows[i].sync;
		KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), -EBUSY);
		told(test, rows[i].who);
		KUNIT_EXPECT_EQ(test, model->swsm, rows[i].swsm);
		KUNIT_EXPECT_EQ(test, model->sync, rows[i].sync);
	}
	KUNIT_EXPECT_EQ(test, model->writes, 0);
	model->sync = 0;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), 0);
	tidy(test);
}

static void lunic_nvm_flash_commits(struct kunit *test)
{
	struct lunic_dev *ld = test->priv;
	const u16 word = 0x1234;

	ld->chip = &test_flash_chip;
	model->eecd = FIELD_PREP(LUNIC_EECD_NVM_TYPE, LUNIC_EECD_NVM_FLASH);
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), 0);
	KUNIT_EXPECT_EQ(test, model->eecd & LUNIC_EECD_FLUPD, 0);
	KUNIT_EXPECT_EQ(test, model->flush_left, U32_MAX);
	holds(test, 3, 1, &word);
	tidy(test);

	/* An EEPROM needs none */
	model->eecd = 0;
	model->flush_left = 7;
	KUNIT_EXPECT_EQ(test, put(test, 4, 1, &word), 0);
	KUNIT_EXPECT_EQ(test, model->flush_left, 7);
}

/* The words are in the shadow by then: a repetition has but to commit */
static void lunic_nvm_flash_never_done(struct kunit *test)
{
	struct lunic_dev *ld = test->priv;
	const u16 word = 0x1234;

	ld->chip = &test_flash_chip;
	model->eecd = FIELD_PREP(LUNIC_EECD_NVM_TYPE, LUNIC_EECD_NVM_FLASH);
	model->flush_for = MODEL_FOREVER;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), -ETIMEDOUT);
	told(test, "not committed to the flash: the NVM stays busy; repeat it");
	tidy(test);

	model->eecd &= ~LUNIC_EECD_FLUPD;
	model->flush_for = 1;
	KUNIT_EXPECT_EQ(test, put(test, 3, 1, &word), 0);
	KUNIT_EXPECT_EQ(test, model->writes, 2);
	KUNIT_EXPECT_EQ(test, model->flush_left, U32_MAX);
	holds(test, 3, 1, &word);
}

static struct kunit_case lunic_nvm_write_cases[] = {
	KUNIT_CASE(lunic_nvm_spi_one_word),
	KUNIT_CASE(lunic_nvm_spi_pages),
	KUNIT_CASE(lunic_nvm_spi_narrow),
	KUNIT_CASE(lunic_nvm_spi_room_ends),
	KUNIT_CASE(lunic_nvm_spi_flash),
	KUNIT_CASE(lunic_nvm_spi_no_grant),
	KUNIT_CASE(lunic_nvm_spi_stuck),
	KUNIT_CASE(lunic_nvm_spi_busy_before),
	KUNIT_CASE(lunic_nvm_in_use),
	KUNIT_CASE(lunic_nvm_flash_commits),
	KUNIT_CASE(lunic_nvm_flash_never_done),
	{}
};

static struct kunit_suite lunic_nvm_write_suite = {
	.name		= "lunic-nvm-write",
	.init		= test_init,
	.test_cases	= lunic_nvm_write_cases,
};

kunit_test_suite(lunic_nvm_write_suite);
