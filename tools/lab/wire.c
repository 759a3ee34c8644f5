// SPDX-License-Identifier: GPL-2.0
/* Builds, checks and answers Ethernet frames. */
#include "wire.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

int wire_parse_mac(const char *text, uint8_t mac[6])
{
	unsigned int b[6];
	char rest;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2],
		   &b[3], &b[4], &b[5], &rest) != 6)
		return -1;
	for (int i = 0; i < 6; i++)
		mac[i] = b[i];
	return 0;
}

uint32_t wire_source(uint32_t ip, unsigned int n)
{
	return htonl(ntohl(ip) + WIRE_SOURCES_AT + n);
}

uint32_t wire_flow_ip(const struct wire *w, unsigned int flow)
{
	if (!w->sources)
		return w->self.ip;
	return wire_source(w->self.ip, flow % w->sources);
}

static int is_ours(const struct wire *w, uint32_t ip)
{
	uint32_t first = ntohl(wire_source(w->self.ip, 0));

	return ip == w->self.ip || ntohl(ip) - first < w->sources;
}

static uint32_t sum_words(const void *data, size_t length, uint32_t sum)
{
	const uint8_t *p = data;

	for (; length > 1; length -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	return length ? sum + (p[0] << 8) : sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static struct iphdr *ip_of(const uint8_t *frame)
{
	return (struct iphdr *)(frame + sizeof(struct ether_header));
}

static struct udphdr *udp_of(const uint8_t *frame)
{
	return (struct udphdr *)(ip_of(frame) + 1);
}

/* As long as UDP's header, so that the payload is at the same place */
static struct icmphdr *icmp_of(const uint8_t *frame)
{
	return (struct icmphdr *)(ip_of(frame) + 1);
}

static void ether_ip_headers(uint8_t *frame, const struct wire *w, unsigned int flow,
			     size_t payload)
{
	struct ether_header *eth = (struct ether_header *)frame;
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
			    .protocol = w->echo ? IPPROTO_ICMP : IPPROTO_UDP,
			    .frag_off = htons(IP_DF),
			    .saddr = wire_flow_ip(w, flow),
			    .daddr = w->peer.ip };

	memcpy(eth->ether_dhost, w->peer.mac, 6);
	memcpy(eth->ether_shost, w->self.mac, 6);
	eth->ether_type = htons(ETHERTYPE_IP);
	ip.tot_len = htons(sizeof(ip) + sizeof(struct udphdr) + payload);
	ip.check = sum_fold(sum_words(&ip, sizeof(ip), 0));
	memcpy(ip_of(frame), &ip, sizeof(ip));
}

void wire_headers(uint8_t *frame, const struct wire *w, unsigned int flow,
		  uint16_t sport, uint16_t dport, size_t payload)
{
	struct udphdr udp = { .source = htons(sport), .dest = htons(dport),
			      .len = htons(sizeof(udp) + payload) };
	struct icmphdr icmp = { .type = ICMP_ECHO, .un.echo.id = htons(sport) };

	ether_ip_headers(frame, w, flow, payload);
	if (w->echo)
		memcpy(icmp_of(frame), &icmp, sizeof(icmp));
	else
		memcpy(udp_of(frame), &udp, sizeof(udp));
}

static uint16_t udp_sum(const uint8_t *frame)
{
	const struct iphdr *ip = ip_of(frame);
	const struct udphdr *udp = udp_of(frame);
	uint16_t length = ntohs(udp->len);
	uint32_t sum = sum_words(&ip->saddr, 8, IPPROTO_UDP + length);

	return sum_fold(sum_words(udp, length, sum));
}

static void udp_checksum(uint8_t *frame)
{
	struct udphdr *udp = udp_of(frame);

	udp->check = 0;
	udp->check = udp_sum(frame);
	if (!udp->check)
		udp->check = 0xffff;
}

static uint16_t icmp_sum(const uint8_t *frame)
{
	size_t length = ntohs(ip_of(frame)->tot_len) - sizeof(struct iphdr);

	return sum_fold(sum_words(icmp_of(frame), length, 0));
}

static void icmp_checksum(uint8_t *frame)
{
	struct icmphdr *icmp = icmp_of(frame);

	icmp->checksum = 0;
	icmp->checksum = icmp_sum(frame);
}

void wire_checksum(uint8_t *frame, const struct wire *w)
{
	if (w->echo)
		icmp_checksum(frame);
	else
		udp_checksum(frame);
}

static int is_ip_to(const uint8_t *frame, size_t length, const struct wire *w,
		    uint8_t protocol)
{
	const struct ether_header *eth = (const struct ether_header *)frame;
	const struct iphdr *ip = ip_of(frame);

	return length >= WIRE_HEADERS && eth->ether_type == htons(ETHERTYPE_IP) &&
	       ip->version == 4 && ip->ihl == 5 && ip->protocol == protocol &&
	       is_ours(w, ip->daddr);
}

/* The whole of what IP carries in a frame to us, 0 where it is something else */
static size_t udp_length(const uint8_t *frame, size_t length, const struct wire *w)
{
	if (!is_ip_to(frame, length, w, IPPROTO_UDP))
		return 0;
	return ntohs(udp_of(frame)->len);
}

static size_t reply_length(const uint8_t *frame, size_t length, const struct wire *w)
{
	size_t total;

	if (!is_ip_to(frame, length, w, IPPROTO_ICMP) ||
	    icmp_of(frame)->type != ICMP_ECHOREPLY)
		return 0;
	total = ntohs(ip_of(frame)->tot_len);
	if (total < sizeof(struct iphdr) + sizeof(struct icmphdr) ||
	    total > length - sizeof(struct ether_header) || icmp_sum(frame))
		return 0;
	return total - sizeof(struct iphdr);
}

const uint8_t *wire_payload(const uint8_t *frame, size_t length,
			    const struct wire *w, size_t *payload)
{
	size_t carried = w->echo ? reply_length(frame, length, w) :
				   udp_length(frame, length, w);

	if (carried < sizeof(struct udphdr) ||
	    carried > length - WIRE_HEADERS + sizeof(struct udphdr))
		return NULL;
	*payload = carried - sizeof(struct udphdr);
	return frame + WIRE_HEADERS;
}

static void answer_ether(uint8_t *frame, const struct wire *w)
{
	struct ether_header *eth = (struct ether_header *)frame;

	memcpy(eth->ether_dhost, eth->ether_shost, 6);
	memcpy(eth->ether_shost, w->self.mac, 6);
}

static size_t answer_arp(uint8_t *frame, size_t length, const struct wire *w)
{
	struct ether_arp *arp = (void *)(frame + sizeof(struct ether_header));
	uint32_t asked;

	if (length < sizeof(struct ether_header) + sizeof(*arp) ||
	    arp->arp_op != htons(ARPOP_REQUEST))
		return 0;
	memcpy(&asked, arp->arp_tpa, 4);
	if (!is_ours(w, asked))
		return 0;
	arp->arp_op = htons(ARPOP_REPLY);
	memcpy(arp->arp_tha, arp->arp_sha, 6);
	memcpy(arp->arp_tpa, arp->arp_spa, 4);
	memcpy(arp->arp_sha, w->self.mac, 6);
	memcpy(arp->arp_spa, &asked, 4);
	answer_ether(frame, w);
	return length;
}

static size_t answer_echo(uint8_t *frame, size_t length, const struct wire *w)
{
	struct iphdr *ip = ip_of(frame);
	struct icmphdr *icmp = (struct icmphdr *)(ip + 1);
	size_t head = sizeof(struct ether_header) + sizeof(*ip);
	size_t total;

	if (length < head + sizeof(*icmp) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_ICMP || ip->daddr != w->self.ip ||
	    icmp->type != ICMP_ECHO)
		return 0;
	total = ntohs(ip->tot_len);
	if (total < sizeof(*ip) + sizeof(*icmp) ||
	    total > length - sizeof(struct ether_header))
		return 0;
	ip->daddr = ip->saddr;
	ip->saddr = w->self.ip;
	icmp->type = ICMP_ECHOREPLY;
	icmp->checksum = 0;
	icmp->checksum = sum_fold(sum_words(icmp, total - sizeof(*ip), 0));
	answer_ether(frame, w);
	return length;
}

size_t wire_answer(uint8_t *frame, size_t length, const struct wire *w)
{
	const struct ether_header *eth = (const struct ether_header *)frame;

	if (length < sizeof(*eth))
		return 0;
	if (eth->ether_type == htons(ETHERTYPE_ARP))
		return answer_arp(frame, length, w);
	if (eth->ether_type == htons(ETHERTYPE_IP))
		return answer_echo(frame, length, w);
	return 0;
}
