// SPDX-License-Identifier: GPL-2.0
/* In the guest: preserves a device again and again, and each time the kernel
 * refuses another allocation of it, from the first to the last.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/lunic.h>

#include "luo.h"

#define MOST	100000

static const char usage_text[] =
"usage: starve FILE\n"
"FILE: a file of /dev/lunic. Prints how many allocations a preservation makes,\n"
"and how many it did not survive.\n";

static int fail(const char *what, int nth)
{
	fprintf(stderr, "starve: allocation %d: %s: %s\n", nth, what,
		strerrorname_np(errno));
	return 1;
}

/* The task's @nth allocation from here on fails; 0: none */
static int set_nth(int knob, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(knob, text, len, 0) == len ? 0 : -1;
}

/* What is left of them; 0: one has failed */
static int get_nth(int knob)
{
	char text[16] = "";

	return pread(knob, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : -1;
}

static int open_session(void)
{
	int luo = luo_open();
	int session;

	if (luo < 0)
		return -1;
	session = luo_create_session(luo, "starve");
	close(luo);
	return session;
}

/* After a failure nothing of the device may be left preserved */
static int check_clean(int fd, int nth)
{
	struct lunic_ioctl_state state = { .size = sizeof(state) };

	if (ioctl(fd, LUNIC_IOCTL_GET_STATE, &state))
		return fail("state", nth);
	if (state.state == LUNIC_LU_IDLE && !state.preserved_blocks &&
	    !state.preserved_bytes)
		return 0;
	fprintf(stderr, "starve: allocation %d: state %u, %u blocks, %llu bytes are left\n",
		nth, state.state, state.preserved_blocks,
		(unsigned long long)state.preserved_bytes);
	return 1;
}

/* Returns 0 to go on, 1 after an error, 2 where there was no such allocation */
static int try_nth(int knob, int fd, int nth, int *failed)
{
	int session = open_session();
	int err, left;

	if (session < 0)
		return fail("session", nth);
	if (set_nth(knob, nth))
		return fail("fail-nth", nth);
	err = luo_preserve(session, fd, 1) ? errno : 0;
	left = get_nth(knob);
	if (left < 0 || set_nth(knob, 0))
		return fail("fail-nth", nth);

	errno = err;
	if (err && (err != ENOMEM || left))
		return fail("preserve", nth);
	*failed += !!err;
	if (err && check_clean(fd, nth))
		return 1;
	close(session);
	if (!err && check_clean(fd, nth))
		return 1;
	return left ? 2 : 0;
}

static int starve(const char *path)
{
	int knob = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int failed = 0, nth, rc = 0;

	if (knob < 0 || fd < 0)
		return fail("open", 0);
	for (nth = 1; nth < MOST && !rc; nth++)
		rc = try_nth(knob, fd, nth, &failed);
	if (rc != 2)
		return 1;
	printf("%d allocations, %d failures\n", nth - 2, failed);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return starve(argv[1]);
	fputs(usage_text, stderr);
	return 2;
}
