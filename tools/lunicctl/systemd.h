/* SPDX-License-Identifier: GPL-2.0 */
/* systemd, where it is the first process. */
#ifndef LUNICCTL_SYSTEMD_H
#define LUNICCTL_SYSTEMD_H

#include <stdbool.h>

#define SYSTEMD_UNIT	"lunic.service"
/* The first that carries sessions through systemctl kexec */
#define SYSTEMD_MIN	261

bool systemd_runs(void);
int systemd_version(void);	/* 0: it does not say */
bool systemd_has_unit(void);	/* SYSTEMD_UNIT is active */
bool systemd_holds(void);	/* both: it is what preserves */

/* All: true when systemctl succeeded */
bool systemd_preserve(void);
bool systemd_cancel(void);
bool systemd_jump(void);
/* Copies what the unit said last to standard error */
void systemd_tell_reason(void);

#endif
