/* SPDX-License-Identifier: GPL-2.0 */
/* The service manager's file descriptor store, which outlives a kexec. */
#ifndef LUNICCTL_STORE_H
#define LUNICCTL_STORE_H

#include <stdbool.h>

/* Who holds what is in the store */
#define STORE_PID	1

/* Only the service may call these two; -errno, or 0 when it is done */
int store_put(int session);
int store_empty(void);

bool store_has(const char *session);

#endif
