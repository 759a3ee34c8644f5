/* SPDX-License-Identifier: GPL-2.0 */
/* Ethernet, IPv4, UDP, ARP and ICMP as the witness speaks them. */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_HEADERS	(14 + 20 + 8)
#define WIRE_MAX	(WIRE_HEADERS + 9000)
/* The flows' addresses begin so far above our own */
#define WIRE_SOURCES_AT	16

struct wire_end {
	uint8_t mac[6];
	uint32_t ip;	/* network order */
};

struct wire {
	struct wire_end self;
	struct wire_end peer;
	uint32_t sources;	/* 0: flows come from our own address */
	bool echo;		/* ICMP echo, which the kernel answers, not UDP */
};

int wire_parse_mac(const char *text, uint8_t mac[6]);
/* The nth of the addresses that belong to that one, all in network order */
uint32_t wire_source(uint32_t ip, unsigned int n);
/* The address that a flow comes from */
uint32_t wire_flow_ip(const struct wire *w, unsigned int flow);
void wire_headers(uint8_t *frame, const struct wire *w, unsigned int flow,
		  uint16_t sport, uint16_t dport, size_t payload);
void wire_checksum(uint8_t *frame, const struct wire *w);
/* The payload of an answer to us, NULL where it is something else */
const uint8_t *wire_payload(const uint8_t *frame, size_t length,
			    const struct wire *w, size_t *payload);
/* Turns a request for us (ARP, ICMP echo) into its answer: its length or 0 */
size_t wire_answer(uint8_t *frame, size_t length, const struct wire *w);

#endif
