/* SPDX-License-Identifier: GPL-2.0 */
/* libFuzzer's calls, both ways. */
#ifndef _FUZZ_FUZZ_H
#define _FUZZ_FUZZ_H

#include <linux/types.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed);
size_t LLVMFuzzerMutate(u8 *data, size_t len, size_t max);

#endif
