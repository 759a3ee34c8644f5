// SPDX-License-Identifier: GPL-2.0
/* CRC-32C as the kernel's crc32c() has it: nothing is inverted at the end. */
#include <linux/crc32.h>

#define POLYNOMIAL	0x82f63b78U

static u32 table[256];

static void fill_table(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
		table[i] = c;
	}
}

u32 crc32c(u32 crc, const void *p, size_t len)
{
	const u8 *byte = p;

	if (!table[1])
		fill_table();
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *byte++) & 0xff];
	return crc;
}
