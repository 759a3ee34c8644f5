// SPDX-License-Identifier: GPL-2.0
/* The fake kernel's reports, which are files below --sysroot. */
#include <errno.h>
#include <linux/lunic.h>
#include <stdio.h>
#include <string.h>

#include "fake_reports.h"

int fake_report(const char *root, const char *address, int err,
		struct lunic_ioctl_report *r)
{
	char name[512];
	FILE *f;

	if (r->size != sizeof(*r))
		err = EINVAL;
	if (err) {
		errno = err;
		return -1;
	}
	memset(r, 0, sizeof(*r));
	snprintf(name, sizeof(name), "%s/reports/%s", root, address);
	f = fopen(name, "re");
	if (f && fread(r, sizeof(*r), 1, f) != 1)
		memset(r, 0, sizeof(*r));
	if (f)
		fclose(f);
	r->size = sizeof(*r);
	return 0;
}
