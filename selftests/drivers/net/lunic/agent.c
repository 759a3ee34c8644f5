// SPDX-License-Identifier: GPL-2.0
/* In the guest: a live update agent that does not do what it should. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "luo.h"

#define SESSION	"agent"

static const char usage_text[] =
"usage: agent close FILE            preserve FILE, close the session after 1 s,\n"
"                                   stay for 1 s more\n"
"       agent twice FILE            preserve FILE in two sessions\n"
"       agent die SESSION TOKEN     in the next kernel: retrieve, then die\n"
"       agent drop SESSION          in the next kernel: retrieve the session\n"
"                                   alone, then die\n";

static int fail(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static int create(const char *name)
{
	int luo = luo_open();
	int session;

	if (luo < 0)
		return -1;
	session = luo_create_session(luo, name);
	close(luo);
	return session;
}

static int preserve(const char *session_name, const char *path)
{
	int session = create(session_name);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (session < 0 || fd < 0)
		return -1;
	if (luo_preserve(session, fd, 1))
		return -1;
	close(fd);
	return session;
}

static int preserve_and_close(const char *path)
{
	int session = preserve(SESSION, path);

	if (session < 0)
		return fail("preserve");
	puts("preserved");
	fflush(stdout);
	sleep(1);
	if (close(session))
		return fail("close");
	puts("closed");
	fflush(stdout);
	sleep(1);
	return 0;
}

static int preserve_twice(const char *path)
{
	if (preserve(SESSION, path) < 0)
		return fail("first");
	if (preserve(SESSION "-2", path) < 0)
		return fail("second");
	return 0;
}

static int retrieve(const char *name)
{
	int luo = luo_open();
	int session;

	if (luo < 0)
		return -1;
	session = luo_retrieve_session(luo, name);
	close(luo);
	return session;
}

static int retrieve_and_die(const char *name, const char *token)
{
	int session = retrieve(name);

	if (session < 0)
		return fail("retrieve the session");
	if (token && luo_retrieve(session, strtoull(token, NULL, 0)) < 0)
		return fail("retrieve the file");
	return raise(SIGKILL);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "close"))
		return preserve_and_close(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "twice"))
		return preserve_twice(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "die"))
		return retrieve_and_die(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "drop"))
		return retrieve_and_die(argv[2], NULL);
	fputs(usage_text, stderr);
	return 2;
}
