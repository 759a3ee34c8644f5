/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, found on PATH and run without a shell. */
#ifndef LUNICCTL_SPAWN_H
#define LUNICCTL_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

/* The pid or -errno; -1 for a descriptor is /dev/null */
pid_t spawn_start(const char *const argv[], int in, int out);

/* Its exit status, 128 and more for a signal's, or -errno */
int spawn_wait(pid_t pid);

/* Both in one; its output is ours */
int spawn_run(const char *const argv[]);

/* As spawn_run(), but the beginning of its output goes to @buf */
int spawn_read(const char *const argv[], char *buf, size_t size);

#endif
