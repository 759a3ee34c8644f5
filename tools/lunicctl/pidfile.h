/* SPDX-License-Identifier: GPL-2.0 */
/* /run/lunic/SESSION.pid: which process holds which devices' session. */
#ifndef LUNICCTL_PIDFILE_H
#define LUNICCTL_PIDFILE_H

#include <sys/types.h>

#include "dev.h"
#include "luo.h"

struct held {
	char session[LUO_NAME_LEN];
	pid_t pid;
	int pidfd;	/* -1: the process is gone, the file is stale */
	struct devs devs;
};

struct helds {
	struct held *v;
	size_t n;
};

int pidfile_write(const char *session, pid_t pid,
		  const struct dev *devs, size_t n);
void pidfile_remove(const char *session);

void helds_read(struct helds *hs);
struct held *helds_by_session(struct helds *hs, const char *session);
struct held *helds_by_dev(struct helds *hs, const struct dev *d);
void helds_free(struct helds *hs);

#endif
