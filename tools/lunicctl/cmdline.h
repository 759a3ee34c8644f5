/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel's command line. */
#ifndef LUNICCTL_CMDLINE_H
#define LUNICCTL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

/* The last KEY or KEY=VALUE of @line: its value, "" without one; else false */
bool cmdline_get(const char *line, const char *key, char *val, size_t size);

/* The same, read as the kernel reads on and off; @missing: without the word */
bool cmdline_is_on(const char *line, const char *key, bool missing);

/* Whether any KEY=A,B,C names @item */
bool cmdline_lists(const char *line, const char *key, const char *item);

/* Whether each item of @line's KEY=A,B,C stands in @other's, too */
bool cmdline_within(const char *line, const char *other, const char *key);

/* 0 or -errno; the caller frees it. The first one is the running kernel's. */
int cmdline_running(char **line);
int cmdline_next(char **line);

#endif
