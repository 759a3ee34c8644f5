/* SPDX-License-Identifier: GPL-2.0 */
/* Ethernet, IPv4, UDP, ARP and ICMP as the witness speaks them. */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_HEADERS	(14 + 20 + 8)
#define WIRE_MAX	(WIRE_HEADERS + 9000)

struct wire_end {
	uint8_t mac[6];
	uint32_t ip;	/* network order */
};

struct wire {
	struct wire_end self;
	struct wire_end peer;
};

int wire_parse_mac(const char *text, uint8_t mac[6]);
void wire_udp_headers(uint8_t *frame, const struct wire *w, uint16_t sport,
		      uint16_t dport, size_t payload);
void wire_udp_checksum(uint8_t *frame);
/* The payload of a UDP frame to us, NULL where it is something else */
const uint8_t *wire_udp_payload(const uint8_t *frame, size_t length,
				const struct wire *w, size_t *payload);
/* Turns a request for us (ARP, ICMP echo) into its answer: its length or 0 */
size_t wire_answer(uint8_t *frame, size_t length, const struct wire *w);

#endif
