/* SPDX-License-Identifier: GPL-2.0 */
/* Sets up a guest's interface without starting a program for it. */
#ifndef LAB_NETCFG_H
#define LAB_NETCFG_H

#include "options.h"

/* Each returns 0, or -1 with errno set */
int netcfg_address(const struct net_if *net);
int netcfg_neighbours(const struct net_if *net);
int netcfg_up(const char *name);

#endif
