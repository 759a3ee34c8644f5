/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's answers in words, each with its remedy. */
#ifndef LUNICCTL_EXPLAIN_H
#define LUNICCTL_EXPLAIN_H

#include "dev.h"

#define REMEDY_LEN	160

struct remedy {
	char s[REMEDY_LEN];
};

const char *state_name(unsigned int state);
const char *blocker_name(unsigned int blocker);
const char *blocker_words(unsigned int blocker);
struct remedy blocker_remedy(unsigned int blocker, const char *ifname);

/* All return the exit code; @err is a negative errno */
int explain_dev(const struct dev *d, int err);
int explain_luo(int err);
int explain_preserve(const struct dev *d, int fd, int err);

#endif
