// SPDX-License-Identifier: GPL-2.0
/* Reads the lab.* words of the kernel's command line. */
#define _GNU_SOURCE
#include "options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"
#include "wire.h"

static struct net_if *last_net(struct lab_options *o)
{
	return o->net_count ? &o->net[o->net_count - 1] : NULL;
}

static int add_modules(struct lab_options *o, char *value)
{
	char *rest = value, *name;

	while ((name = strsep(&rest, ",")))
		if (*name && o->module_count < MAX_MODULES)
			o->modules[o->module_count++] = name;
	return 0;
}

static int add_interface(struct lab_options *o, char *value)
{
	struct net_if *net;

	if (o->net_count == MAX_INTERFACES || strlen(value) >= sizeof(net->name))
		return -1;
	net = &o->net[o->net_count++];
	strcpy(net->name, value);
	net->prefix = -1;
	return 0;
}

static int set_address(struct lab_options *o, char *value)
{
	struct net_if *net = last_net(o);
	char *slash = strchr(value, '/');

	if (!net || !slash)
		return -1;
	*slash = '\0';
	net->prefix = atoi(slash + 1);
	return inet_aton(value, &net->ip) ? 0 : -1;
}

static int set_peer(struct lab_options *o, char *value)
{
	struct net_if *net = last_net(o);
	char *comma = strchr(value, ',');

	if (!net || !comma)
		return -1;
	*comma = '\0';
	net->has_peer = true;
	return inet_aton(value, &net->peer) &&
	       !wire_parse_mac(comma + 1, net->peer_mac) ? 0 : -1;
}

static int set_sources(struct lab_options *o, char *value)
{
	struct net_if *net = last_net(o);

	if (!net || !net->has_peer)
		return -1;
	net->sources = atoi(value);
	return 0;
}

static int set_up(struct lab_options *o, char *value)
{
	struct net_if *net = last_net(o);

	if (!net)
		return -1;
	net->stays_down = !strcmp(value, "0");
	return 0;
}

static int set_sink(struct lab_options *o, char *value)
{
	o->sink_flows = atoi(value);
	return 0;
}

static int set_resume(struct lab_options *o, char *value)
{
	o->resume = strcmp(value, "0");
	return 0;
}

static int set_run(struct lab_options *o, char *value)
{
	o->run = value;
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct lab_options *o, char *value);
} words[] = {
	{ "lab.modules=", add_modules },
	{ "lab.if=", add_interface },
	{ "lab.ip=", set_address },
	{ "lab.peer=", set_peer },
	{ "lab.sources=", set_sources },
	{ "lab.up=", set_up },
	{ "lab.sink=", set_sink },
	{ "lab.resume=", set_resume },
	{ "lab.run=", set_run },
};

static void parse_word(struct lab_options *o, char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i].name);

		if (strncmp(word, words[i].name, length))
			continue;
		if (words[i].set(o, word + length))
			mark("bad option %s", word);
		return;
	}
	mark("unknown option %s", word);
}

void options_parse(struct lab_options *o, char *line)
{
	char *rest = line, *word;

	while ((word = strsep(&rest, " \n")))
		if (!strncmp(word, "lab.", 4))
			parse_word(o, word);
}
