// SPDX-License-Identifier: GPL-2.0
/* KUnit: NVM images, sound and damaged. */
#include <kunit/test.h>

/* The file under test has no state and no user but these */
#include "../lunic_nvm_image.c"

#define TEST_WORDS	72
#define TEST_SIZE	(sizeof(struct lunic_nvm_header) + 2 * TEST_WORDS + 4)

struct lunic_nvm_test {
	struct lunic_nvm_header h;
	__le16 words[TEST_WORDS];
	__le32 crc;
} __packed;

static void finish(struct lunic_nvm_test *t)
{
	t->crc = cpu_to_le32(~crc32_le(~0, (u8 *)t, TEST_SIZE - 4));
}

static struct lunic_nvm_test *sound(struct kunit *test)
{
	struct lunic_nvm_test *t;
	u16 sum = 0, i;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	memcpy(t->h.magic, LUNIC_NVM_IMAGE_MAGIC, sizeof(t->h.magic));
	t->h.format = cpu_to_le16(LUNIC_NVM_IMAGE_FORMAT);
	t->h.vendor = cpu_to_le16(0x8086);
	t->h.device = cpu_to_le16(0x10d3);
	t->h.words = cpu_to_le16(TEST_WORDS);
	t->h.version = cpu_to_le16(0x1005);
	t->h.kept = cpu_to_le64(LUNIC_NVM_IMAGE_MAC | BIT_ULL(8));
	for (i = 0; i < TEST_WORDS; i++)
		t->words[i] = cpu_to_le16(0x1000 + i);
	for (i = 0; i < LUNIC_NVM_CHECKSUM; i++)
		sum += 0x1000 + i;
	t->words[LUNIC_NVM_CHECKSUM] = cpu_to_le16(LUNIC_NVM_SUM - sum);
	finish(t);
	return t;
}

static void says(struct kunit *test, const void *data, size_t len,
		 const char *want)
{
	struct lunic_nvm_image img;
	const char *why;

	why = lunic_nvm_image_parse(data, len, &img);
	KUNIT_ASSERT_NOT_NULL(test, why);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(why, want), "%s", why);
}

static void lunic_nvm_takes_sound(struct kunit *test)
{
	struct lunic_nvm_test *t = sound(test);
	struct lunic_nvm_image img;

	KUNIT_ASSERT_NULL(test, lunic_nvm_image_parse(t, TEST_SIZE, &img));
	KUNIT_EXPECT_EQ(test, img.words, TEST_WORDS);
	KUNIT_EXPECT_EQ(test, img.vendor, 0x8086);
	KUNIT_EXPECT_EQ(test, img.device, 0x10d3);
	KUNIT_EXPECT_EQ(test, img.version, 0x1005);
}

/* Cut anywhere, or with something behind it. The buffer ends where the file
 * does, so that KASAN sees who reads on.
 */
static void lunic_nvm_refuses_lengths(struct kunit *test)
{
	struct lunic_nvm_test *t = sound(test);
	size_t len;
	u8 *cut;

	for (len = 0; len < TEST_SIZE; len++) {
		cut = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, cut);
		memcpy(cut, t, len);
		says(test, cut, len, len < sizeof(t->h) + 4 ? "too short" :
							      "truncated");
	}
	cut = kunit_kzalloc(test, TEST_SIZE + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cut);
	memcpy(cut, t, TEST_SIZE);
	says(test, cut, TEST_SIZE + 1, "too long");
}

/* A bit that flips is found, wherever it is */
static void lunic_nvm_refuses_flips(struct kunit *test)
{
	struct lunic_nvm_test *t = sound(test);
	struct lunic_nvm_image img;
	u8 *bytes = (u8 *)t;
	size_t bit;

	for (bit = 0; bit < TEST_SIZE * 8; bit++) {
		bytes[bit / 8] ^= BIT(bit % 8);
		KUNIT_EXPECT_NOT_NULL(test,
				      lunic_nvm_image_parse(t, TEST_SIZE,
							    &img));
		bytes[bit / 8] ^= BIT(bit % 8);
	}
}

static void lunic_nvm_refuses_fields(struct kunit *test)
{
	struct lunic_nvm_test *t = sound(test);

	t->h.magic[0] ^= 1;
	finish(t);
	says(test, t, TEST_SIZE, "no NVM image");

	t = sound(test);
	t->h.format = cpu_to_le16(2);
	finish(t);
	says(test, t, TEST_SIZE, "format version");

	t = sound(test);
	t->h.reserved[1] = cpu_to_le16(1);
	finish(t);
	says(test, t, TEST_SIZE, "reserved");

	t = sound(test);
	t->words[9] = cpu_to_le16(0);
	says(test, t, TEST_SIZE, "CRC");
	finish(t);
	says(test, t, TEST_SIZE, "checksum word");

	t = sound(test);
	t->h.version = cpu_to_le16(0x1006);
	finish(t);
	says(test, t, TEST_SIZE, "version word");

	t = sound(test);
	t->h.kept = cpu_to_le64(0x5);
	finish(t);
	says(test, t, TEST_SIZE, "MAC address");
}

static void lunic_nvm_refuses_few_words(struct kunit *test)
{
	struct lunic_nvm_test *t = sound(test);
	size_t body = sizeof(t->h) + 2 * LUNIC_NVM_CHECKSUM;
	__le32 crc;

	t->h.words = cpu_to_le16(LUNIC_NVM_CHECKSUM);
	crc = cpu_to_le32(~crc32_le(~0, (u8 *)t, body));
	memcpy((u8 *)t + body, &crc, sizeof(crc));
	says(test, t, body + 4, "before the checksum");
}

/* Kept words stay, the others come, and the whole adds up */
static void lunic_nvm_applies(struct kunit *test)
{
	struct lunic_nvm_test *t = sound(test);
	u16 words[TEST_WORDS + 8], sum = 0, i;
	struct lunic_nvm_image img;

	KUNIT_ASSERT_NULL(test, lunic_nvm_image_parse(t, TEST_SIZE, &img));
	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = 0xa000 + i;
	lunic_nvm_image_apply(&img, words);

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, words[i], 0xa000 + i);
	KUNIT_EXPECT_EQ(test, words[3], 0x1003);
	KUNIT_EXPECT_EQ(test, words[8], 0xa008);
	KUNIT_EXPECT_EQ(test, words[TEST_WORDS - 1], 0x1000 + TEST_WORDS - 1);
	KUNIT_EXPECT_EQ(test, words[TEST_WORDS], 0xa000 + TEST_WORDS);
	for (i = 0; i <= LUNIC_NVM_CHECKSUM; i++)
		sum += words[i];
	KUNIT_EXPECT_EQ(test, sum, LUNIC_NVM_SUM);
}

static struct kunit_case lunic_nvm_cases[] = {
	KUNIT_CASE(lunic_nvm_takes_sound),
	KUNIT_CASE(lunic_nvm_refuses_lengths),
	KUNIT_CASE(lunic_nvm_refuses_flips),
	KUNIT_CASE(lunic_nvm_refuses_fields),
	KUNIT_CASE(lunic_nvm_refuses_few_words),
	KUNIT_CASE(lunic_nvm_applies),
	{}
};

static struct kunit_suite lunic_nvm_suite = {
	.name		= "lunic-nvm",
	.test_cases	= lunic_nvm_cases,
};

kunit_test_suite(lunic_nvm_suite);
