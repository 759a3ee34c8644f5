// SPDX-License-Identifier: GPL-2.0
/*
 * The fake kernel's reports, which are files below --sysroot, and its events:
 * events.0 (uevents) and events.1 (links) are sockets that a test sends to.
 */
#include <errno.h>
#include <linux/lunic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "events.h"
#include "fake_reports.h"
#include "opts.h"

int __wrap_events_open(enum feed feed);

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

int __wrap_events_open(enum feed feed)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/events.%d", opts.root,
		 feed);
	unlink(sa.sun_path);
	return bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : fd;
}
