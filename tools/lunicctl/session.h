/* SPDX-License-Identifier: GPL-2.0 */
/* Which devices share a live update session, and its name. */
#ifndef LUNICCTL_SESSION_H
#define LUNICCTL_SESSION_H

#include "dev.h"
#include "holder.h"
#include "luo.h"

struct session {
	char name[LUO_NAME_LEN];
	int fd;
	struct dev *devs;
	size_t n;
	struct holder holder;
};

struct sessions {
	struct session *v;
	size_t n;
};

int session_check_name(const char *name);
void sessions_plan(struct sessions *ss, struct devs *devs);
void sessions_free(struct sessions *ss);

#endif
