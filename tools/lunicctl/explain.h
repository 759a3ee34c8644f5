/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's answers in words, each with its remedy. */
#ifndef LUNICCTL_EXPLAIN_H
#define LUNICCTL_EXPLAIN_H

#include "dev.h"

#define PHRASE_LEN	160

struct phrase {
	char s[PHRASE_LEN];
};

const char *state_name(unsigned int state);
const char *blocker_name(unsigned int blocker);
struct phrase blocker_words(const struct lunic_ioctl_state *st);
struct phrase blocker_remedy(const struct dev *d, struct lunic_ioctl_state *st);

/* All return the exit code; @err is a negative errno */
int explain_dev(const struct dev *d, int err);
int explain_luo(int err);
int explain_preserve(const struct dev *d, int fd, int err);

#endif
