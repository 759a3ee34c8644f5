// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps a live update session alive in a background process: the kernel ends
 * a session with its last file descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "holder.h"

#define HOLDER_COMM	"lunicctl-hold"

static void close_all_but(unsigned int a, unsigned int b)
{
	unsigned int lo = a < b ? a : b;
	unsigned int hi = a < b ? b : a;

	if (lo > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, lo - 1, 0);
	if (hi > lo + 1)
		close_range(lo + 1, hi - 1, 0);
	close_range(hi + 1, ~0U, 0);
}

/* Whoever reads the caller's output must not wait for the holder to end */
static void close_stdio(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close(null);
}

/* To kill it for memory would cancel the update; it has next to none */
static void avoid_oom_killer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Without the right to it, it is as likely as others to be killed */
	if (fd >= 0 && write(fd, "-1000", 5) < 0)
		errno = 0;
	if (fd >= 0)
		close(fd);
}

/* Only SIGTERM and SIGKILL end it, whatever the caller's settings were */
static void set_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGTERM);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

static void detach(int sock, int session)
{
	setsid();
	prctl(PR_SET_NAME, HOLDER_COMM);
	set_signals();
	avoid_oom_killer();
	close_stdio();
	close_all_but(sock, session);
	if (chdir("/"))
		_exit(1);
}

static void __attribute__((noreturn)) hold(int sock, int session)
{
	char keep;

	detach(sock, session);
	if (write(sock, "r", 1) != 1 || read(sock, &keep, 1) != 1)
		_exit(1);
	close(sock);
	for (;;)
		pause();
}

static int wait_ready(struct holder *h)
{
	char ready;

	if (read(h->sock, &ready, 1) == 1)
		return 0;
	holder_drop(h);
	return -ECHILD;
}

/*
 * It holds the session, but ends with its caller unless holder_keep() follows:
 * so several holders begin all or none.
 */
int holder_start(struct holder *h, int session)
{
	int sock[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return -errno;

	fflush(NULL);
	h->pid = fork();
	if (!h->pid)
		hold(sock[1], session);

	close(sock[1]);
	h->sock = sock[0];
	if (h->pid < 0) {
		int err = -errno;

		close(h->sock);
		h->sock = -1;
		return err;
	}
	return wait_ready(h);
}

int holder_keep(struct holder *h)
{
	if (send(h->sock, "k", 1, MSG_NOSIGNAL) != 1)
		return -errno;
	close(h->sock);
	h->sock = -1;
	return 0;
}

/* Back only when it is gone, and the session with it */
void holder_drop(struct holder *h)
{
	if (h->sock >= 0)
		close(h->sock);
	else
		kill(h->pid, SIGTERM);
	h->sock = -1;
	waitpid(h->pid, NULL, 0);
}

static bool is_holder(pid_t pid)
{
	char name[64], comm[32] = "";
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/comm", pid);
	f = fopen(name, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	return !strcmp(comm, HOLDER_COMM "\n");
}

static bool has_ended(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

/* A pidfd if @pid is a living holder: what is checked is what is signalled */
int holder_find(pid_t pid)
{
	int pidfd = pidfd_open(pid, 0);

	if (pidfd < 0)
		return -errno;
	/* One that nobody has reaped yet holds nothing any more */
	if (is_holder(pid) && !has_ended(pidfd, 0))
		return pidfd;
	close(pidfd);
	return -ESRCH;
}

int holder_stop(int pidfd, const struct deadline *dl)
{
	if (pidfd_send_signal(pidfd, SIGTERM, NULL, 0))
		return errno == ESRCH ? 0 : -errno;
	return has_ended(pidfd, deadline_ms(dl)) ? 0 : -ETIMEDOUT;
}
