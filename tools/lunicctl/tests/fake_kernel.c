// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel for the tests: answers open() and ioctl() on the files below
 * --sysroot as lunic and the live update orchestrator would.
 *
 *  dev/lunic/ADDRESS	"key value" lines: what the device answers
 *  sessions/NAME	an outgoing session, alive while someone has it locked
 *  incoming/NAME	an incoming one, "token errno" lines
 *  network.out/NAME, network.in/NAME	the memfd in each of them, if it has one
 *  luo_errno, finish_errno, memfd_errno	what fails
 *  reports/ADDRESS	struct lunic_ioctl_report of that device
 *  log			the calls that change something
 * The rest of what it answers is in fake_kexec.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/lunic.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "fake_kexec.h"
#include "fake_reports.h"
#include "luo.h"
#include "net_file.h"

int __real_open(const char *name, int flags, mode_t mode);
int __wrap_open(const char *name, int flags, ...);
int __wrap_ioctl(int fd, unsigned long cmd, void *arg);

static int fail_with(int err)
{
	errno = err;
	return -1;
}

/* Where @fd is: splits ROOT/KIND/BASE, false if it is no file of ours */
struct place {
	char root[PATH_MAX];
	char base[NAME_MAX];
};

static bool split(const char *name, const char *kind, struct place *p)
{
	const char *at = NULL;

	for (const char *s = name; (s = strstr(s, kind)); s++)
		at = s;
	if (!at)
		return false;
	snprintf(p->root, sizeof(p->root), "%.*s", (int)(at - name), name);
	snprintf(p->base, sizeof(p->base), "%s", at + strlen(kind));
	return true;
}

static bool place_of(int fd, const char *kind, struct place *p)
{
	char link[64], name[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n < 0)
		return false;
	name[n] = '\0';
	return split(name, kind, p);
}

static FILE *file_in(const struct place *p, const char *mode,
		     const char *dir, const char *base)
{
	char name[2 * PATH_MAX];

	snprintf(name, sizeof(name), "%s/%s%s", p->root, dir, base);
	return fopen(name, mode);
}

static void log_call(const struct place *p, const char *call, const char *what)
{
	FILE *f = file_in(p, "ae", "", "log");

	fprintf(f, "%s %s\n", call, what);
	fclose(f);
}

/* An errno that the test wants, or 0 */
static int wanted_errno(const struct place *p, const char *base)
{
	FILE *f = file_in(p, "re", "", base);
	int err = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%d", &err) != 1)
		abort();
	fclose(f);
	return err;
}

/* What the device's file says for @key; @text gets the first word */
static long long ask(const struct place *p, const char *key, char *text)
{
	FILE *f = file_in(p, "re", "dev/lunic/", p->base);
	char name[32], word[32];
	long long val = 0;

	while (f && fscanf(f, "%31s %31s", name, word) == 2) {
		if (strcmp(name, key))
			continue;
		val = atoll(word);
		if (text)
			snprintf(text, LUNIC_IFNAMSIZ, "%.15s", word);
	}
	if (f)
		fclose(f);
	return val;
}

static unsigned long long token_of(const char *address)
{
	unsigned int domain, bus, slot, fn;

	if (sscanf(address, "%x:%x:%x.%x", &domain, &bus, &slot, &fn) != 4)
		abort();
	return (unsigned long long)domain << 16 | bus << 8 | slot << 3 | fn;
}

/* The errno noted behind the token, -1 if the token is not there */
static int find_token(const struct place *p, const char *dir, const char *base,
		      unsigned long long token)
{
	FILE *f = file_in(p, "re", dir, base);
	unsigned long long t;
	int err, found = -1;

	while (f && fscanf(f, "%llu %d", &t, &err) == 2) {
		if (t == token)
			found = err;
	}
	if (f)
		fclose(f);
	return found;
}

static bool is_alive(const struct place *p, const char *dir, const char *base)
{
	char name[2 * PATH_MAX];
	int fd;
	bool alive;

	if (strcmp(dir, "sessions/"))
		return true;
	snprintf(name, sizeof(name), "%s/%s%s", p->root, dir, base);
	fd = __real_open(name, O_RDONLY | O_CLOEXEC, 0);
	alive = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB);
	if (fd >= 0)
		close(fd);
	return alive;
}

static bool is_in_any(const struct place *p, const char *dir)
{
	char name[2 * PATH_MAX];
	struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(name, sizeof(name), "%s/%s", p->root, dir);
	d = opendir(name);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' || !is_alive(p, dir, e->d_name))
			continue;
		if (find_token(p, dir, e->d_name, token_of(p->base)) >= 0)
			found = true;
	}
	if (d)
		closedir(d);
	return found;
}

static void set_state(const struct place *p, struct lunic_ioctl_state *st)
{
	bool came_in = st->state == LUNIC_LU_ADOPTED ||
		       st->state == LUNIC_LU_REFUSED;

	if (came_in && !is_in_any(p, "incoming/"))
		st->state = LUNIC_LU_IDLE;
	if (is_in_any(p, "sessions/")) {
		st->state = LUNIC_LU_PRESERVED;
		st->blocker = LUNIC_BLOCK_PRESERVED;
		st->preserved_bytes = ask(p, "bytes", NULL);
		st->preserved_blocks = ask(p, "blocks", NULL);
	}
}

static void set_basin(struct lunic_ioctl_state *st)
{
	st->basin_ms = 900;
	st->basin_max_ms = 70;
	st->basin_buffers = 1000;
	st->basin_bytes = 2 << 20;
	st->basin_free = 1 << 20;
}

static int get_state(const struct place *p, struct lunic_ioctl_state *st)
{
	int err = ask(p, "state_errno", NULL);

	if (st->size != sizeof(*st))
		return fail_with(EINVAL);
	if (err)
		return fail_with(err);
	*st = (struct lunic_ioctl_state){
		.size = sizeof(*st),
		.state = ask(p, "state", NULL),
		.blocker = ask(p, "blocker", NULL),
		.flags = ask(p, "flags", NULL),
		.ifindex = ask(p, "ifindex", NULL),
		.abi_major = 1,
		.abi_minor = 2,
		.updates = ask(p, "updates", NULL),
		.caught = ask(p, "caught", NULL),
	};
	ask(p, "ifname", (char *)st->ifname);
	set_state(p, st);
	if (st->blocker == LUNIC_BLOCK_MEMORY)
		set_basin(st);
	else
		st->basin_ms = ask(p, "basin_ms", NULL);
	return 0;
}

static int resume(const struct place *p, const struct lunic_ioctl_resume *arg)
{
	int err = ask(p, "resume_errno", NULL);

	log_call(p, "RESUME", p->base);
	if (arg->size != sizeof(*arg))
		return fail_with(EINVAL);
	if (arg->flags)
		return fail_with(EOPNOTSUPP);
	return err ? fail_with(err) : 0;
}

static int create_session(const struct place *p, struct luo_session_arg *arg)
{
	char name[2 * PATH_MAX];
	int fd;

	log_call(p, "CREATE", (char *)arg->name);
	if (arg->size != sizeof(*arg))
		return fail_with(EINVAL);
	snprintf(name, sizeof(name), "%s/sessions/%s", p->root, arg->name);
	fd = __real_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return fail_with(EEXIST);
	}
	if (ftruncate(fd, 0))
		abort();
	arg->fd = fd;
	return 0;
}

static int retrieve_session(const struct place *p, struct luo_session_arg *arg)
{
	char name[2 * PATH_MAX];

	log_call(p, "RETRIEVE", (char *)arg->name);
	if (arg->size != sizeof(*arg))
		return fail_with(EINVAL);
	snprintf(name, sizeof(name), "%s/incoming/%s", p->root, arg->name);
	arg->fd = __real_open(name, O_RDWR | O_CLOEXEC, 0);
	if (arg->fd >= 0 && flock(arg->fd, LOCK_EX | LOCK_NB)) {
		close(arg->fd);
		return fail_with(EINVAL);
	}
	return arg->fd < 0 ? -1 : 0;
}

/* Copied, as a kernel that is replaced keeps none of its files */
static int preserve_memfd(int session, int memfd)
{
	char name[2 * PATH_MAX], buf[4096];
	struct place p;
	off_t at = 0;
	ssize_t n;
	int fd;

	if (!place_of(session, "/sessions/", &p))
		return fail_with(EINVAL);
	if (wanted_errno(&p, "memfd_errno"))
		return fail_with(wanted_errno(&p, "memfd_errno"));
	snprintf(name, sizeof(name), "%s/network.out/%s", p.root, p.base);
	fd = __real_open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	while ((n = pread(memfd, buf, sizeof(buf), at)) > 0) {
		if (write(fd, buf, n) != n)
			abort();
		at += n;
	}
	close(fd);
	return 0;
}

static int retrieve_memfd(const struct place *p, struct luo_fd_arg *arg)
{
	char name[2 * PATH_MAX];

	if (wanted_errno(p, "memfd_errno"))
		return fail_with(wanted_errno(p, "memfd_errno"));
	snprintf(name, sizeof(name), "%s/network.in/%s", p->root, p->base);
	arg->fd = __real_open(name, O_RDONLY | O_CLOEXEC, 0);
	return arg->fd < 0 ? -1 : 0;
}

static int preserve_fd(int session, const struct luo_fd_arg *arg)
{
	struct place p;
	char line[64];
	int err;

	if (arg->size == sizeof(*arg) && arg->token == NET_TOKEN)
		return preserve_memfd(session, arg->fd);
	if (arg->size != sizeof(*arg) || !place_of(arg->fd, "/dev/lunic/", &p))
		return fail_with(EINVAL);
	log_call(&p, "PRESERVE", p.base);
	if (arg->token != token_of(p.base))
		return fail_with(EDOM);
	if (is_in_any(&p, "sessions/"))
		return fail_with(EBUSY);
	err = ask(&p, "preserve_errno", NULL);
	if (err)
		return fail_with(err);
	snprintf(line, sizeof(line), "%llu 0\n",
		 (unsigned long long)arg->token);
	return write(session, line, strlen(line)) < 0 ? -1 : 0;
}

static int retrieve_fd(const struct place *p, struct luo_fd_arg *arg)
{
	unsigned long long t = arg->token;
	char name[2 * PATH_MAX];
	int err = find_token(p, "incoming/", p->base, t);

	if (t == NET_TOKEN)
		return retrieve_memfd(p, arg);
	snprintf(name, sizeof(name), "%04llx:%02llx:%02llx.%llx",
		 t >> 16, t >> 8 & 0xff, t >> 3 & 0x1f, t & 7);
	log_call(p, "RETRIEVE_FD", name);
	if (arg->size != sizeof(*arg))
		return fail_with(EINVAL);
	if (err)
		return fail_with(err < 0 ? ENOENT : err);
	snprintf(name, sizeof(name), "%s/dev/lunic/%04llx:%02llx:%02llx.%llx",
		 p->root, t >> 16, t >> 8 & 0xff, t >> 3 & 0x1f, t & 7);
	arg->fd = __real_open(name, O_RDONLY | O_CLOEXEC, 0);
	return arg->fd < 0 ? fail_with(ENODEV) : 0;
}

static int finish(const struct place *p, const struct luo_finish_arg *arg)
{
	int err = wanted_errno(p, "finish_errno");
	char name[2 * PATH_MAX];

	log_call(p, "FINISH", p->base);
	if (arg->size != sizeof(*arg) || arg->reserved)
		return fail_with(EINVAL);
	if (err)
		return fail_with(err);
	snprintf(name, sizeof(name), "%s/incoming/%s", p->root, p->base);
	return unlink(name);
}

int __wrap_ioctl(int fd, unsigned long cmd, void *arg)
{
	struct place p;

	if (place_of(fd, "/dev/lunic/", &p)) {
		if (cmd == LUNIC_IOCTL_GET_STATE)
			return get_state(&p, arg);
		if (cmd == LUNIC_IOCTL_RESUME)
			return resume(&p, arg);
		if (cmd == LUNIC_IOCTL_GET_REPORT)
			return fake_report(p.root, p.base,
					   ask(&p, "report_errno", NULL), arg);
	} else if (place_of(fd, "/dev/liveupdate", &p)) {
		if (cmd == LUO_CREATE_SESSION)
			return create_session(&p, arg);
		if (cmd == LUO_RETRIEVE_SESSION)
			return retrieve_session(&p, arg);
	} else if (place_of(fd, "/sessions/", &p)) {
		if (cmd == LUO_PRESERVE_FD)
			return preserve_fd(fd, arg);
	} else if (place_of(fd, "/incoming/", &p)) {
		if (cmd == LUO_RETRIEVE_FD)
			return retrieve_fd(&p, arg);
		if (cmd == LUO_FINISH)
			return finish(&p, arg);
	} else if (cmd == SIOCETHTOOL) {
		return fake_ethtool(arg);
	}
	return fail_with(ENOTTY);
}

int __wrap_open(const char *name, int flags, ...)
{
	struct place p;
	va_list ap;
	mode_t mode;
	int err = 0;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);

	if (split(name, "/dev/liveupdate", &p))
		err = wanted_errno(&p, "luo_errno");
	else if (split(name, "/dev/lunic/", &p))
		err = ask(&p, "open_errno", NULL);
	return err ? fail_with(err) : __real_open(name, flags, mode);
}
