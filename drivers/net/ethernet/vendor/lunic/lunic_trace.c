// SPDX-License-Identifier: GPL-2.0
/* The one place that the tracepoints are made in. */
#define CREATE_TRACE_POINTS
#include "lunic_trace.h"
