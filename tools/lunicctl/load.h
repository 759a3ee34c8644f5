/* SPDX-License-Identifier: GPL-2.0 */
/* Loads the kernel that was checked. */
#ifndef LUNICCTL_LOAD_H
#define LUNICCTL_LOAD_H

#include "check.h"

/* Both tell what they did, and return the exit code */
int load_target(const struct target *t);
int load_undo(void);

#endif
