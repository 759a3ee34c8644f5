/* SPDX-License-Identifier: GPL-2.0 */
/* The commands; each gets the devices' names and returns the exit code. */
#ifndef LUNICCTL_CMD_H
#define LUNICCTL_CMD_H

#include <stddef.h>

int cmd_show(char **names, size_t n);
int cmd_check(char **names, size_t n);
int cmd_load(char **names, size_t n);
int cmd_update(char **names, size_t n);
int cmd_preserve(char **names, size_t n);
int cmd_cancel(char **names, size_t n);
int cmd_resume(char **names, size_t n);
int cmd_report(char **names, size_t n);
int cmd_history(char **names, size_t n);
int cmd_monitor(char **names, size_t n);
int cmd_help(char **names, size_t n);

#endif
