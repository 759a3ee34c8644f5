// SPDX-License-Identifier: GPL-2.0
/* In the guest: runs a command without root's rights. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

#define USER	1000

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: asuser COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	if (setgroups(0, NULL) || setgid(USER) || setuid(USER)) {
		perror("asuser");
		return 126;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
