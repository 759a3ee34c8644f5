// SPDX-License-Identifier: GPL-2.0
/* Asks an interface for its rings and private flags, and sets one of these. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ethtool.h"

static bool ask(const char *ifname, void *data)
{
	struct ifreq ifr = { .ifr_data = data };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ok = fd >= 0 && !ioctl(fd, SIOCETHTOOL, &ifr);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool ethtool_rx_slots(const char *ifname, uint64_t *slots)
{
	struct ethtool_ringparam rings = { .cmd = ETHTOOL_GRINGPARAM };
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };

	if (!ask(ifname, &rings) || !ask(ifname, &ch))
		return false;
	*slots = (uint64_t)rings.rx_pending *
		 (ch.combined_count + ch.rx_count);
	return *slots;
}

static uint32_t count_flags(const char *ifname)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t n;
	} arg = {
		.info.cmd = ETHTOOL_GSSET_INFO,
		.info.sset_mask = 1ULL << ETH_SS_PRIV_FLAGS,
	};

	return ask(ifname, &arg) && arg.info.sset_mask ? arg.n : 0;
}

/* -1: it has no such flag */
static int find_flag(const char *ifname, const char *flag, uint32_t n)
{
	struct ethtool_gstrings *names;
	int found = -1;

	names = calloc(1, sizeof(*names) + n * ETH_GSTRING_LEN);
	if (!names)
		abort();
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_PRIV_FLAGS;
	names->len = n;
	if (ask(ifname, names)) {
		for (uint32_t i = 0; i < n && found < 0; i++) {
			if (!strncmp((char *)names->data + i * ETH_GSTRING_LEN,
				     flag, ETH_GSTRING_LEN))
				found = i;
		}
	}
	free(names);
	return found;
}

static int flag_bit(const char *ifname, const char *flag)
{
	uint32_t n = count_flags(ifname);

	return n && n <= 32 ? find_flag(ifname, flag, n) : -1;
}

bool ethtool_priv_flag(const char *ifname, const char *flag, bool *on)
{
	struct ethtool_value val = { .cmd = ETHTOOL_GPFLAGS };
	int at = flag_bit(ifname, flag);

	if (at < 0 || !ask(ifname, &val))
		return false;
	*on = val.data >> at & 1;
	return true;
}

int ethtool_set_priv_flag(const char *ifname, const char *flag)
{
	struct ethtool_value val = { .cmd = ETHTOOL_GPFLAGS };
	int at = flag_bit(ifname, flag);

	if (at < 0)
		return -EOPNOTSUPP;
	if (!ask(ifname, &val))
		return -errno;
	if (val.data >> at & 1)
		return 0;
	val.cmd = ETHTOOL_SPFLAGS;
	val.data |= 1U << at;
	return ask(ifname, &val) ? 0 : -errno;
}
