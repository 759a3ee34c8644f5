// SPDX-License-Identifier: GPL-2.0
/* Gives files to the fuzzer's target one by one, where there is no libFuzzer. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define FILE_MAX	(1 << 20)
/* An input that takes longer goes round in circles */
#define SECONDS		30

int main(int argc, char **argv)
{
	static u8 data[FILE_MAX];
	size_t len;
	FILE *f;

	for (int i = 1; i < argc; i++) {
		f = fopen(argv[i], "r");
		if (!f) {
			perror(argv[i]);
			return 1;
		}
		len = fread(data, 1, sizeof(data), f);
		fclose(f);
		alarm(SECONDS);
		LLVMFuzzerTestOneInput(data, len);
	}
	return 0;
}

/* The mutator is linked as well, and never called */
size_t LLVMFuzzerMutate(u8 *data, size_t len, size_t max)
{
	abort();
}
