// SPDX-License-Identifier: GPL-2.0
/* lunicctl check: lists all that would keep a live update from working. */
#include "check.h"
#include "cmd.h"
#include "opts.h"

int cmd_check(char **names, size_t n)
{
	struct checks cs = {};
	struct target t = {};
	struct devs devs;
	int ret = devs_resolve(&devs, names, n, false);

	if (ret)
		return ret;
	check_host(&cs, false);
	check_systemd(&cs);
	check_devs(&cs, &devs);
	check_kernel(&cs, &t);
	checks_print(&cs);
	ret = checks_failed(&cs) ? EXIT_REFUSED : EXIT_OK;
	target_free(&t);
	checks_free(&cs);
	devs_free(&devs);
	return ret;
}
