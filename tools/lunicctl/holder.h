/* SPDX-License-Identifier: GPL-2.0 */
/* The background process that keeps a session alive. */
#ifndef LUNICCTL_HOLDER_H
#define LUNICCTL_HOLDER_H

#include <sys/types.h>

#include "wait.h"

struct holder {
	pid_t pid;
	int sock;	/* its life hangs on this until holder_keep() */
};

int holder_start(struct holder *h, int session);
int holder_keep(struct holder *h);
void holder_drop(struct holder *h);

int holder_find(pid_t pid);
int holder_stop(int pidfd, const struct deadline *dl);

#endif
