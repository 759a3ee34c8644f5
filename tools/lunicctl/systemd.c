// SPDX-License-Identifier: GPL-2.0
/* Asks systemd for its part of an update, through systemctl. */
#include <stdio.h>
#include <unistd.h>

#include "path.h"
#include "spawn.h"
#include "systemd.h"

bool systemd_runs(void)
{
	return !access(path("/run/systemd/system").s, F_OK);
}

int systemd_version(void)
{
	const char *const argv[] = { "systemctl", "--version", NULL };
	char said[256];
	int version;

	if (spawn_read(argv, said, sizeof(said)) ||
	    sscanf(said, "systemd %d", &version) != 1)
		return 0;
	return version;
}

static bool systemctl(const char *verb, const char *unit)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };

	return !spawn_run(argv);
}

bool systemd_has_unit(void)
{
	const char *const argv[] = {
		"systemctl", "is-active", "--quiet", SYSTEMD_UNIT, NULL,
	};

	return !spawn_run(argv);
}

bool systemd_holds(void)
{
	return systemd_runs() && systemd_has_unit();
}

bool systemd_preserve(void)
{
	return systemctl("reload", SYSTEMD_UNIT);
}

/* Its stop ends the session, as no jump is under way */
bool systemd_cancel(void)
{
	return systemctl("restart", SYSTEMD_UNIT);
}

bool systemd_jump(void)
{
	return systemctl("kexec", NULL);
}

void systemd_tell_reason(void)
{
	const char *const argv[] = {
		"journalctl", "-q", "--no-pager", "-o", "cat", "-n", "5",
		"-u", SYSTEMD_UNIT, NULL,
	};
	char said[2048];

	if (!spawn_read(argv, said, sizeof(said)))
		fputs(said, stderr);
}
