// SPDX-License-Identifier: GPL-2.0
/* Builds and checks the payload of a numbered frame. */
#include "probe.h"

#include <endian.h>
#include <string.h>

#define CRC_POLY	0xedb88320U
#define SLICES		8

static uint32_t crc_table[SLICES][256];

static uint32_t crc_of_byte(uint32_t crc)
{
	for (int bit = 0; bit < 8; bit++)
		crc = (crc >> 1) ^ (crc & 1 ? CRC_POLY : 0);
	return crc;
}

void probe_init(void)
{
	for (unsigned int i = 0; i < 256; i++)
		crc_table[0][i] = crc_of_byte(i);
	for (int s = 1; s < SLICES; s++)
		for (unsigned int i = 0; i < 256; i++)
			crc_table[s][i] = (crc_table[s - 1][i] >> 8) ^
					  crc_table[0][crc_table[s - 1][i] & 0xff];
}

static uint32_t crc_eight(uint32_t crc, uint64_t word)
{
	uint32_t next = 0;

	word ^= crc;
	for (int s = 0; s < SLICES; s++)
		next ^= crc_table[SLICES - 1 - s][(word >> (8 * s)) & 0xff];
	return next;
}

static uint32_t crc_update(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *p = data;

	for (; length >= SLICES; length -= SLICES, p += SLICES) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		crc = crc_eight(crc, le64toh(word));
	}
	while (length--)
		crc = (crc >> 8) ^ crc_table[0][(crc ^ *p++) & 0xff];
	return crc;
}

static uint32_t probe_crc(const struct probe *p, size_t length)
{
	size_t after = offsetof(struct probe, run);
	uint32_t crc;

	crc = crc_update(~0U, p, offsetof(struct probe, crc));
	return ~crc_update(crc, (const uint8_t *)p + after, length - after);
}

void probe_fill(struct probe *p, uint16_t flow, size_t length)
{
	uint32_t noise = 2463534242U + flow;

	p->magic = htole32(PROBE_MAGIC);
	p->flow = htole16(flow);
	p->length = htole16(length);
	for (size_t i = 0; i < length - sizeof(*p); i++) {
		noise ^= noise << 13;
		noise ^= noise >> 17;
		noise ^= noise << 5;
		p->body[i] = noise;
	}
}

void probe_seal(struct probe *p, uint64_t run, uint32_t seq, uint64_t sent_ns)
{
	p->run = htole64(run);
	p->seq = htole32(seq);
	p->sent_ns = htole64(sent_ns);
	p->crc = htole32(probe_crc(p, le16toh(p->length)));
}

enum probe_verdict probe_check(const void *data, size_t length)
{
	const struct probe *p = data;

	if (length < sizeof(*p) || le32toh(p->magic) != PROBE_MAGIC)
		return PROBE_FOREIGN;
	if (le16toh(p->length) != length)
		return PROBE_CORRUPT;
	return le32toh(p->crc) == probe_crc(p, length) ? PROBE_GOOD : PROBE_CORRUPT;
}
