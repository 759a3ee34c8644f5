/* SPDX-License-Identifier: GPL-2.0 */
/* What a numbered frame carries: the payload that witness and sink share. */
#ifndef LAB_PROBE_H
#define LAB_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_MAGIC	0x4c55504eU
#define PROBE_PORT	9000
#define PROBE_MAX	9000

/* All fields little endian; crc covers the rest of the header and the body */
struct probe {
	uint32_t magic;
	uint16_t flow;
	uint16_t length;
	uint32_t seq;
	uint32_t crc;
	uint64_t run;
	uint64_t sent_ns;
	uint8_t body[];
};

enum probe_verdict {
	PROBE_GOOD,
	PROBE_CORRUPT,
	PROBE_FOREIGN,
};

void probe_init(void);
void probe_fill(struct probe *p, uint16_t flow, size_t length);
void probe_seal(struct probe *p, uint64_t run, uint32_t seq, uint64_t sent_ns);
enum probe_verdict probe_check(const void *data, size_t length);

#endif
