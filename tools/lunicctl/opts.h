/* SPDX-License-Identifier: GPL-2.0 */
/* What the command line set, and what the exit code says. */
#ifndef LUNICCTL_OPTS_H
#define LUNICCTL_OPTS_H

#include <stdbool.h>

enum {
	EXIT_OK = 0,
	EXIT_USAGE = 1,
	EXIT_KERNEL = 2,
	EXIT_REFUSED = 3,
	EXIT_RESET = 4,
	EXIT_TIMEOUT = 124,
};

enum format {
	FORMAT_PLAIN,		/* text, or JSON */
	FORMAT_SVG,
	FORMAT_PROMETHEUS,
};

struct opts {
	bool json;
	bool pretty;
	bool verbose;
	bool quiet;
	bool no_network;
	bool record;
	enum format format;	/* of lunicctl report */
	const char *output;	/* NULL: standard output */
	bool fd_store;
	bool hold_rx;
	const char *session;	/* NULL: one session a device */
	const char *kernel;	/* of check, load and update; NULL: the newest */
	const char *initrd;	/* NULL: the kernel's */
	const char *command_line;	/* NULL: the running kernel's */
	const char *append;
	bool reuse_cmdline;	/* said, though it is what is done anyway */
	bool unload;
	bool no_jump;
	bool dry_run;
	int session_fd;		/* -1: retrieve it */
	double timeout;		/* seconds */
	const char *root;	/* before /sys, /dev and /run; for tests */
};

extern struct opts opts;

#endif
