/* SPDX-License-Identifier: GPL-2.0 */
/* How the sink is told and asked things while it works: a local socket. */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

#include <stdio.h>

/* Writes the answer to out; returns the exit code for who asked */
typedef int (*control_handler)(const char *request, FILE *out);

/* Serves requests in a thread of its own; -1 with errno set */
int control_serve(control_handler handler);
/* Asks the running sink, prints its answer, returns its exit code */
int control_ask(const char *request);

#endif
