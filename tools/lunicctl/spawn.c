// SPDX-License-Identifier: GPL-2.0
/* Runs other programs. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"

static void attach(posix_spawn_file_actions_t *fa, int fd, int target)
{
	if (fd < 0)
		posix_spawn_file_actions_addopen(fa, target, "/dev/null",
						 O_RDWR, 0);
	else if (fd != target)
		posix_spawn_file_actions_adddup2(fa, fd, target);
}

pid_t spawn_start(const char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t fa;
	pid_t pid;
	int err;

	fflush(NULL);
	posix_spawn_file_actions_init(&fa);
	attach(&fa, in, STDIN_FILENO);
	attach(&fa, out, STDOUT_FILENO);
	/* What a program that only reads for us has to say helps nobody */
	if (out != STDOUT_FILENO)
		attach(&fa, -1, STDERR_FILENO);
	err = posix_spawnp(&pid, argv[0], &fa, NULL, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return err ? -err : pid;
}

int spawn_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

int spawn_run(const char *const argv[])
{
	pid_t pid = spawn_start(argv, -1, STDOUT_FILENO);

	return pid < 0 ? pid : spawn_wait(pid);
}

static void drain(int fd, char *buf, size_t size)
{
	size_t have = 0;
	char rest[512];
	ssize_t n;

	do {
		bool full = have + 1 >= size;

		n = full ? read(fd, rest, sizeof(rest))
			 : read(fd, buf + have, size - have - 1);
		if (n > 0 && !full)
			have += n;
	} while (n > 0);
	buf[have] = '\0';
}

int spawn_read(const char *const argv[], char *buf, size_t size)
{
	int fds[2];
	pid_t pid;

	buf[0] = '\0';
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = spawn_start(argv, -1, fds[1]);
	close(fds[1]);
	if (pid > 0)
		drain(fds[0], buf, size);
	close(fds[0]);
	return pid < 0 ? pid : spawn_wait(pid);
}
