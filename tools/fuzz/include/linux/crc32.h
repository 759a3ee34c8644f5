/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/types.h>

u32 crc32c(u32 crc, const void *p, size_t len);
