/* SPDX-License-Identifier: GPL-2.0 */
/* What the fake kernel reports of updates, and as they happen. */
#ifndef LUNICCTL_FAKE_REPORTS_H
#define LUNICCTL_FAKE_REPORTS_H

struct lunic_ioctl_report;

int fake_report(const char *root, const char *address, int err,
		struct lunic_ioctl_report *r);

#endif
