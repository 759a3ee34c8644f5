// SPDX-License-Identifier: GPL-2.0
/* Address, permanent neighbours and "up" by ioctl: no fork, no netlink. */
#define _GNU_SOURCE
#include "netcfg.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

static int net_ioctl(unsigned long request, void *argument)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -1;
	rc = ioctl(fd, request, argument);
	close(fd);
	return rc;
}

static void set_inet(struct sockaddr *where, struct in_addr ip)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = ip };

	memcpy(where, &in, sizeof(in));
}

int netcfg_address(const struct net_if *net)
{
	struct in_addr mask = {
		.s_addr = net->prefix ? htonl(~0U << (32 - net->prefix)) : 0 };
	struct ifreq request = { 0 };

	strcpy(request.ifr_name, net->name);
	set_inet(&request.ifr_addr, net->ip);
	if (net_ioctl(SIOCSIFADDR, &request))
		return -1;
	set_inet(&request.ifr_netmask, mask);
	return net_ioctl(SIOCSIFNETMASK, &request);
}

static int set_neighbour(const struct net_if *net, struct in_addr ip)
{
	struct arpreq request = { .arp_flags = ATF_PERM | ATF_COM };

	set_inet(&request.arp_pa, ip);
	request.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(request.arp_ha.sa_data, net->peer_mac, 6);
	strcpy(request.arp_dev, net->name);
	return net_ioctl(SIOCSARP, &request);
}

int netcfg_neighbours(const struct net_if *net)
{
	int rc = set_neighbour(net, net->peer);

	for (unsigned int i = 0; i < net->sources && !rc; i++)
		rc = set_neighbour(net, (struct in_addr){
				   wire_source(net->peer.s_addr, i) });
	return rc;
}

int netcfg_up(const char *name)
{
	struct ifreq request = { 0 };

	strcpy(request.ifr_name, name);
	if (net_ioctl(SIOCGIFFLAGS, &request))
		return -1;
	request.ifr_flags |= IFF_UP;
	return net_ioctl(SIOCSIFFLAGS, &request);
}
