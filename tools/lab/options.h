/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's command line asks of the guest's init: the lab.* words. */
#ifndef LAB_OPTIONS_H
#define LAB_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_INTERFACES	8
#define MAX_MODULES	8

struct net_if {
	char name[16];
	struct in_addr ip;
	int prefix;		/* -1: no address */
	struct in_addr peer;
	uint8_t peer_mac[6];
	unsigned int sources;	/* more addresses of the peer, see wire.h */
	bool has_peer;
	bool stays_down;
};

struct lab_options {
	char *modules[MAX_MODULES];
	int module_count;
	struct net_if net[MAX_INTERFACES];
	int net_count;
	int sink_flows;		/* 0: no sink */
	bool resume;
	const char *run;	/* a program to run at the end */
};

/* Cuts line into words and reads them; what it does not know it reports */
void options_parse(struct lab_options *o, char *line);

#endif
