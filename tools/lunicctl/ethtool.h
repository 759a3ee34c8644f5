/* SPDX-License-Identifier: GPL-2.0 */
/* The few things that lunicctl does as ethtool would. */
#ifndef LUNICCTL_ETHTOOL_H
#define LUNICCTL_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

/* Both: false when the kernel does not say */
bool ethtool_rx_slots(const char *ifname, uint64_t *slots);
bool ethtool_priv_flag(const char *ifname, const char *flag, bool *on);
/* On, whatever it was; -errno, or 0 */
int ethtool_set_priv_flag(const char *ifname, const char *flag);

#endif
