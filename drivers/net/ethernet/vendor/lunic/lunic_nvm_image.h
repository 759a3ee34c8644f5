/* SPDX-License-Identifier: GPL-2.0 */
/* NVM images as firmware/lunic-nvm makes them. */
#ifndef _LUNIC_NVM_IMAGE_H
#define _LUNIC_NVM_IMAGE_H

#include <linux/types.h>

/* Words 0 to 0x3f, the checksum among them, add up to this */
#define LUNIC_NVM_SUM			0xbaba
#define LUNIC_NVM_CHECKSUM		0x3f
#define LUNIC_NVM_VERSION		5

#define LUNIC_NVM_IMAGE_MAGIC		"lunicNVM"
#define LUNIC_NVM_IMAGE_FORMAT		1
#define LUNIC_NVM_IMAGE_MIN_WORDS	(LUNIC_NVM_CHECKSUM + 1)
/* Words 0 to 2: the MAC address */
#define LUNIC_NVM_IMAGE_MAC		0x7ULL

/**
 * struct lunic_nvm_header - the start of an image
 * @magic: LUNIC_NVM_IMAGE_MAGIC, not terminated
 * @format: LUNIC_NVM_IMAGE_FORMAT
 * @vendor: PCI vendor id of the chip
 * @device: PCI device id of the chip
 * @words: how many words follow, from the NVM's first one on
 * @version: word LUNIC_NVM_VERSION once more
 * @reserved: zero
 * @kept: bit n: word n stays as the device has it
 *
 * All numbers are little-endian. After the words comes the CRC-32 (that of
 * zlib) of all that is before it.
 */
struct lunic_nvm_header {
	u8 magic[8];
	__le16 format;
	__le16 vendor;
	__le16 device;
	__le16 words;
	__le16 version;
	__le16 reserved[3];
	__le64 kept;
} __packed;

/**
 * struct lunic_nvm_image - an image that was found right
 * @data: its words
 * @kept: bit n: word n stays as the device has it
 * @words: how many
 * @vendor: PCI vendor id of the chip
 * @device: PCI device id of the chip
 * @version: of the NVM
 */
struct lunic_nvm_image {
	const __le16 *data;
	u64 kept;
	u16 words;
	u16 vendor;
	u16 device;
	u16 version;
};

const char *lunic_nvm_image_parse(const void *data, size_t len,
				  struct lunic_nvm_image *img);
u16 lunic_nvm_checksum(const u16 *words);
void lunic_nvm_image_apply(const struct lunic_nvm_image *img, u16 *words);

#endif /* _LUNIC_NVM_IMAGE_H */
