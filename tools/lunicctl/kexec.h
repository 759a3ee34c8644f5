/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own side of a jump: load, unload, reboot. */
#ifndef LUNICCTL_KEXEC_H
#define LUNICCTL_KEXEC_H

#include <stdbool.h>

/* All: 0 or -errno */
int kexec_load_file(const char *kernel, const char *initrd,
		    const char *cmdline);
int kexec_unload(void);
/* Whether kexec_file_load() is there and allowed; loads nothing */
int kexec_probe(void);
/* Returns only when it failed */
int kexec_jump(void);

bool kexec_is_loaded(void);

#endif
