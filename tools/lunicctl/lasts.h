/* SPDX-License-Identifier: GPL-2.0 */
/* The last live updates of several devices. */
#ifndef LUNICCTL_LASTS_H
#define LUNICCTL_LASTS_H

#include "last.h"

struct lasts {
	struct last *v;
	size_t n;
};

int lasts_read(struct lasts *ls, char **names, size_t n);
void lasts_free(struct lasts *ls);

#endif
