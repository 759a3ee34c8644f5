/* SPDX-License-Identifier: GPL-2.0 */
/* The last live updates as a textfile for Prometheus' node_exporter. */
#ifndef LUNICCTL_METRICS_H
#define LUNICCTL_METRICS_H

#include <stdio.h>

#include "lasts.h"

void metrics_write(FILE *f, struct lasts *ls);

#endif
