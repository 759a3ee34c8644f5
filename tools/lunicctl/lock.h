/* SPDX-License-Identifier: GPL-2.0 */
/* One load or update at a time. */
#ifndef LUNICCTL_LOCK_H
#define LUNICCTL_LOCK_H

/*
 * EXIT_OK with @fd, or the exit code after the error was told. Without root it
 * gives -1: there is nothing to do that another one could disturb.
 */
int lock_take(int *fd);
void lock_drop(int fd);

#endif
