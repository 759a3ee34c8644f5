// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's /init: from the kernel's start to answered traffic by the shortest
 * way, then a shell on ttyS1 for the runner outside.
 *
 * Words on the kernel's command line, in the order in which they take effect:
 *
 *  lab.modules=A,B:X:Y
 *                     load /lib/lab/A.ko, then B.ko with the parameters X and Y
 *  lab.if=NAME        an interface; lab.ip, .peer, .sources and .up that follow are its
 *  lab.ip=A/LEN       its address
 *  lab.peer=A,MAC     a permanent neighbour
 *  lab.sources=N      so many more of its addresses, from 16 above A
 *  lab.up=0           leave it down
 *  lab.sink=FLOWS     start the sink and wait until it is ready
 *  lab.resume=1       "lunicctl resume" as soon as the interfaces are up
 *  lab.run=PROGRAM    run this when all is up and /host is mounted
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "mark.h"
#include "netcfg.h"
#include "options.h"

#define COMMAND_TTY	"/dev/ttyS1"

static struct lab_options options;
static char command_line[4096];

static void mount_one(const char *type, const char *where, const char *data)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, data) && errno != EBUSY)
		mark("no %s on %s: %s", type, where, strerror(errno));
}

static void mount_early(void)
{
	mount_one("devtmpfs", "/dev", NULL);
	mount_one("proc", "/proc", NULL);
	mount_one("sysfs", "/sys", NULL);
	mount_one("tmpfs", "/run", "mode=0755");
}

/* The kernel leaves no standard files open where its image has no /dev/console */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
	} while (fd >= 0 && fd < 3);
	if (fd >= 3)
		close(fd);
}

static void mount_late(void)
{
	mount_one("tmpfs", "/tmp", NULL);
	mount_one("debugfs", "/sys/kernel/debug", NULL);
	mount_one("tracefs", "/sys/kernel/tracing", NULL);
	mkdir("/dev/pts", 0755);
	mount_one("devpts", "/dev/pts", NULL);
	/* ip netns keeps its names below /var/run */
	mkdir("/var", 0755);
	if (symlink("/run", "/var/run") && errno != EEXIST)
		mark("no /var/run: %s", strerror(errno));
	mkdir("/host", 0755);
	if (mount("host", "/host", "9p", 0, "trans=virtio,version=9p2000.L,msize=262144"))
		mark("no /host: %s", strerror(errno));
}

static void read_options(void)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, command_line, sizeof(command_line) - 1);

	close(fd);
	if (n > 0)
		options_parse(&options, command_line);
}

static void load_module(char *rest)
{
	const char *name = strsep(&rest, ":");
	const char *parameters = rest ? rest : "";
	char path[128];
	int fd;

	for (char *c = rest; c && *c; c++)
		if (*c == ':')
			*c = ' ';
	snprintf(path, sizeof(path), "/lib/lab/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 ||
	    (syscall(SYS_finit_module, fd, parameters, 0) && errno != EEXIST))
		mark("cannot load %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void set_address(const struct net_if *net)
{
	if (net->prefix >= 0 && netcfg_address(net))
		mark("no address on %s: %s", net->name, strerror(errno));
	if (net->has_peer && netcfg_neighbours(net))
		mark("no neighbour on %s: %s", net->name, strerror(errno));
}

static void bring_up(const struct net_if *net)
{
	if (net->stays_down)
		return;
	if (netcfg_up(net->name))
		mark("cannot bring up %s: %s", net->name, strerror(errno));
	else
		mark("up %s", net->name);
}

/* Children start with default signals in a session of their own */
static pid_t spawn(char *const argv[], const char *tty)
{
	pid_t pid = vfork();
	int fd;

	if (pid)
		return pid;
	setsid();
	if (tty) {
		fd = open(tty, O_RDWR);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		close(fd);
	}
	execv(argv[0], argv);
	_exit(127);
}

/* The sink as init sees it: told to go, then heard to be ready */
struct sink {
	int go;
	int ready;
};

/* Starts beside the modules' loading, and waits for go before it opens anything */
static struct sink start_sink(void)
{
	struct sink sink = { -1, -1 };
	char flows[16], go_fd[16], ready_fd[16];
	char *argv[] = { "/bin/sink", "--flows", flows, "--go-fd", go_fd,
			 "--ready-fd", ready_fd, NULL };
	int go[2], ready[2];

	if (!options.sink_flows || pipe(go) || pipe(ready))
		return sink;
	fcntl(go[1], F_SETFD, FD_CLOEXEC);
	fcntl(ready[0], F_SETFD, FD_CLOEXEC);
	snprintf(flows, sizeof(flows), "%d", options.sink_flows);
	snprintf(go_fd, sizeof(go_fd), "%d", go[0]);
	snprintf(ready_fd, sizeof(ready_fd), "%d", ready[1]);
	spawn(argv, NULL);
	close(go[0]);
	close(ready[1]);
	sink.go = go[1];
	sink.ready = ready[0];
	return sink;
}

static void release_sink(struct sink sink)
{
	char byte = 0;

	if (sink.go < 0)
		return;
	if (write(sink.go, &byte, 1) != 1 || read(sink.ready, &byte, 1) != 1)
		mark("the sink did not start");
	close(sink.go);
	close(sink.ready);
}

static int run(char *const argv[])
{
	pid_t pid = spawn(argv, NULL);
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 255;
	return WEXITSTATUS(status);
}

static void resume(void)
{
	char *argv[] = { "/bin/lunicctl", "resume", NULL };

	mark("resume rc=%d", run(argv));
}

/* Nothing is echoed or translated. It stays open: a close would forget that */
static void quiet_tty(const char *tty)
{
	int fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd < 0 || tcgetattr(fd, &t)) {
		mark("no %s: %s", tty, strerror(errno));
		return;
	}
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

/* The tty as a script: as standard input it would make the shell interactive */
static pid_t start_shell(void)
{
	char *argv[] = { "/bin/sh", COMMAND_TTY, NULL };

	return spawn(argv, COMMAND_TTY);
}

/* The first process's duty: reap, and keep the command channel alive */
static void serve_shell(void)
{
	pid_t shell = start_shell();

	for (;;) {
		pid_t pid = wait(NULL);

		if (pid == shell)
			shell = start_shell();
		else if (pid < 0)
			pause();
	}
}

static void fast_path(void)
{
	struct sink sink = start_sink();

	for (int i = 0; i < options.module_count; i++)
		load_module(options.modules[i]);
	for (int i = 0; i < options.net_count; i++)
		set_address(&options.net[i]);
	release_sink(sink);
	for (int i = 0; i < options.net_count; i++)
		bring_up(&options.net[i]);
	if (options.resume)
		resume();
}

static void run_program(void)
{
	char *argv[] = { "/bin/sh", (char *)options.run, NULL };

	mark("program rc=%d", run(argv));
}

/* Before anything is mounted: the time of this mark is the start of init */
static void mark_start(void)
{
	mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	mark("init");
}

int main(void)
{
	mark_start();
	mount_early();
	open_standard_files();
	setenv("PATH", "/sbin:/bin:/usr/sbin:/usr/bin", 1);
	setenv("HOME", "/", 1);
	read_options();
	fast_path();
	netcfg_up("lo");
	mount_late();
	quiet_tty(COMMAND_TTY);
	mark("shell");
	if (options.run)
		run_program();
	serve_shell();
}
