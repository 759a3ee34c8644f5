/* SPDX-License-Identifier: GPL-2.0 */
/* The last live updates as a picture. */
#ifndef LUNICCTL_WATERFALL_H
#define LUNICCTL_WATERFALL_H

#include <stdio.h>

#include "lasts.h"

void waterfall_write(FILE *f, struct lasts *ls);

#endif
