// SPDX-License-Identifier: GPL-2.0
/* Checks NVM images and lays them over what a device has; touches no device. */
#include <linux/crc32.h>
#include <linux/string.h>

#include "lunic_nvm_image.h"

static const char *lunic_nvm_check_file(const struct lunic_nvm_header *h,
					size_t len)
{
	size_t body;
	u32 crc;

	if (len < sizeof(*h) + sizeof(crc))
		return "it is too short";
	if (memcmp(h->magic, LUNIC_NVM_IMAGE_MAGIC, sizeof(h->magic)))
		return "it is no NVM image of lunic's";
	if (le16_to_cpu(h->format) != LUNIC_NVM_IMAGE_FORMAT)
		return "its format version is not known";

	body = sizeof(*h) + le16_to_cpu(h->words) * sizeof(__le16);
	if (len != body + sizeof(crc))
		return "it is truncated, or too long";
	memcpy(&crc, (const u8 *)h + body, sizeof(crc));
	if (le32_to_cpu((__force __le32)crc) != ~crc32_le(~0, (u8 *)h, body))
		return "its CRC is wrong";
	return NULL;
}

static const char *lunic_nvm_check_words(const struct lunic_nvm_image *img)
{
	u16 sum = 0, i;

	if (img->words < LUNIC_NVM_IMAGE_MIN_WORDS)
		return "it ends before the checksum word";
	for (i = 0; i < LUNIC_NVM_IMAGE_MIN_WORDS; i++)
		sum += le16_to_cpu(img->data[i]);
	if (sum != LUNIC_NVM_SUM)
		return "its checksum word is wrong";
	if (le16_to_cpu(img->data[LUNIC_NVM_VERSION]) != img->version)
		return "its version word is not the header's";
	if (~img->kept & LUNIC_NVM_IMAGE_MAC)
		return "it would change the MAC address";
	return NULL;
}

/**
 * lunic_nvm_image_parse() - whether a file is a sound image
 * @data: the file
 * @len: its length
 * @img: filled in; valid as long as @data, and only after success
 *
 * Return: NULL, or what is wrong with it.
 */
const char *lunic_nvm_image_parse(const void *data, size_t len,
				  struct lunic_nvm_image *img)
{
	const struct lunic_nvm_header *h = data;
	const char *why;

	why = lunic_nvm_check_file(h, len);
	if (why)
		return why;
	if (h->reserved[0] | h->reserved[1] | h->reserved[2])
		return "its reserved fields are not zero";

	img->data = (const __le16 *)(h + 1);
	img->words = le16_to_cpu(h->words);
	img->vendor = le16_to_cpu(h->vendor);
	img->device = le16_to_cpu(h->device);
	img->version = le16_to_cpu(h->version);
	img->kept = le64_to_cpu(h->kept);
	return lunic_nvm_check_words(img);
}

/**
 * lunic_nvm_checksum() - what the checksum word has to be
 * @words: the NVM from its first word on, as far as the checksum word
 *
 * Return: the word that makes the sum right.
 */
u16 lunic_nvm_checksum(const u16 *words)
{
	u16 sum = 0, i;

	for (i = 0; i < LUNIC_NVM_CHECKSUM; i++)
		sum += words[i];
	return LUNIC_NVM_SUM - sum;
}

/**
 * lunic_nvm_image_apply() - lay an image over a device's words
 * @img: the image
 * @words: what the device has, at least as many words as @img; becomes what
 *	it is to have, the checksum word included
 */
void lunic_nvm_image_apply(const struct lunic_nvm_image *img, u16 *words)
{
	u16 i;

	for (i = 0; i < img->words; i++)
		if (i >= 64 || !(img->kept & BIT_ULL(i)))
			words[i] = le16_to_cpu(img->data[i]);
	words[LUNIC_NVM_CHECKSUM] = lunic_nvm_checksum(words);
}
