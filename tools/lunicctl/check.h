/* SPDX-License-Identifier: GPL-2.0 */
/* The checks; each adds its findings to the list. */
#ifndef LUNICCTL_CHECK_H
#define LUNICCTL_CHECK_H

#include "checks.h"
#include "image.h"
#include "kconfig.h"

/* A kernel to boot, with what is loaded along with it */
struct target {
	struct image image;
	char *cmdline;
};

/* @act: something is to be done, which takes root */
void check_host(struct checks *cs, bool act);
void check_systemd(struct checks *cs);
/* Where all are meant, those that are down are left out if one is up */
void check_devs(struct checks *cs, const struct devs *devs);
void devs_drop_down(struct devs *devs);
void check_kernel(struct checks *cs, struct target *t);
void check_cmdline(struct checks *cs, const struct target *t,
		   const struct kconfig *kc);
void check_initrd(struct checks *cs, const struct target *t,
		  const struct kconfig *kc);

void target_free(struct target *t);

#endif
