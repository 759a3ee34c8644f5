// SPDX-License-Identifier: GPL-2.0
/* In the guest: random calls to /dev/lunic/<BDF>, /dev/liveupdate and sessions,
 * from several threads at once, while the device is bound and unbound.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define WORKERS		4
#define FILES		4
#define NAME_SIZE	64
#define REPORT_SIZE	480
#define PAGE		4096
#define DRIVER		"/sys/bus/pci/drivers/lunic/"
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define LUNIC(nr)	_IO(0xBB, nr)
#define LUO(nr)		_IO(0xBA, nr)

/* Which files are kept apart, so that most calls get one of the right sort */
enum sort { DEVICES, SESSIONS, OTHERS, NR_SORTS };

enum kind {
	GET_STATE, RESUME, GET_REPORT, ODD_LUNIC, CREATE, RETRIEVE, PRESERVE, RETRIEVE_FD,
	FINISH, GET_NAME, ODD_LUO, OPEN_LUNIC, OPEN_LUO, CLOSE, OTHER, BIND,
	NR_KINDS
};

static const char * const names[NR_KINDS] = {
	"get-state", "resume", "get-report", "odd-lunic", "create", "retrieve", "preserve",
	"retrieve-fd", "finish", "get-name", "odd-luo", "open-lunic",
	"open-luo", "close", "other", "bind"
};

struct call {
	uint32_t size;
	int32_t fd;
	uint64_t token;
	uint8_t rest[NAME_SIZE - 8];
};

struct worker {
	pthread_t thread;
	unsigned int seed;
	/* A page that can be used, and one behind it that can't */
	uint8_t *pages;
};

static atomic_int files[NR_SORTS][FILES];
static pthread_mutex_t luo_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong good[NR_KINDS], bad[NR_KINDS];
static atomic_bool over;
static const char *bdf;
static char path[64];

static unsigned int below(struct worker *w, unsigned int limit)
{
	return rand_r(&w->seed) % limit;
}

static atomic_int *any_place_of(struct worker *w, enum sort sort)
{
	if (!below(w, 8))
		sort = below(w, NR_SORTS);
	return &files[sort][below(w, FILES)];
}

/* Most likely one of that sort; -1 where there is none */
static int any_file(struct worker *w, enum sort sort)
{
	int file = -1;

	for (int i = 0; i < FILES && file < 0; i++)
		file = atomic_load(any_place_of(w, sort));
	return file;
}

static int count(enum kind kind, int ret)
{
	atomic_fetch_add(ret < 0 ? &bad[kind] : &good[kind], 1);
	return ret;
}

/* Puts a new file among the others; the one that was there goes */
static void keep(struct worker *w, enum sort sort, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(any_place_of(w, sort), fd);
	if (old >= 0)
		close(old);
}

static uint32_t any_size(struct worker *w, uint32_t right)
{
	const uint32_t sizes[] = { 0, 1, 4, 7, right - 1, right + 1, right + 8,
				   PAGE, PAGE + 1, 1U << 31, ~0U };

	if (below(w, 4))
		return right;
	return sizes[below(w, ARRAY_SIZE(sizes))];
}

/* Where the structure lies: whole, cut by the end of the page, or nowhere */
static void *any_place(struct worker *w, const void *data, size_t len)
{
	void *const nowhere[] = { NULL, (void *)1, (void *)-1L, w->pages + PAGE,
				  (void *)0xffff888000001000UL };
	uint8_t *at = w->pages + below(w, PAGE - len);

	switch (below(w, 16)) {
	case 0:
		return nowhere[below(w, ARRAY_SIZE(nowhere))];
	case 1:
		at = w->pages + PAGE - len / 2;
		memcpy(at, data, len / 2);
		return at;
	case 2:
		at = w->pages + PAGE - len;
		break;
	}
	memcpy(at, data, len);
	return at;
}

static void any_name(struct worker *w, void *name)
{
	memset(name, 0, NAME_SIZE);
	switch (below(w, 8)) {
	case 0:
		memset(name, 'x', NAME_SIZE);
		break;
	case 1:
		break;
	case 2:
	case 3:
		snprintf(name, NAME_SIZE, "lunic-%s", bdf);
		break;
	default:
		snprintf(name, NAME_SIZE, "fuzz-%u", below(w, 4));
	}
}

/* Calls with a structure that is mostly right; the descriptor in it, or -1 */
static int call(struct worker *w, enum kind kind, int file, unsigned long nr,
		struct call *c, uint32_t size)
{
	struct call *at;
	int ret;

	c->size = any_size(w, size);
	at = any_place(w, c, sizeof(*c));
	ret = count(kind, ioctl(file, nr, at));
	return ret ? -1 : at->fd;
}

static void call_lunic(struct worker *w, int file)
{
	struct call c = {};

	switch (below(w, 5)) {
	case 0:
		c.fd = below(w, 4) ? 0 : below(w, ~0U);
		call(w, RESUME, file, LUNIC(1), &c, 8);
		break;
	case 1:
		c.token = below(w, ~0U);
		call(w, ODD_LUNIC, file, below(w, 2) ? LUNIC(below(w, 256)) :
		     below(w, ~0U), &c, sizeof(c));
		break;
	case 2:
		call(w, GET_REPORT, file, LUNIC(2), &c, REPORT_SIZE);
		break;
	default:
		call(w, GET_STATE, file, LUNIC(0), &c, sizeof(c));
	}
}

static void call_session(struct worker *w, int file)
{
	struct call c = { .fd = any_file(w, DEVICES),
			  .token = 0xff + below(w, 4) };

	switch (below(w, 8)) {
	case 0:
		keep(w, DEVICES, call(w, RETRIEVE_FD, file, LUO(0x41), &c, 16));
		break;
	case 1:
		c.fd = below(w, 4) ? 0 : 1;
		call(w, FINISH, file, LUO(0x42), &c, 8);
		break;
	case 2:
		c.fd = 0;
		call(w, GET_NAME, file, LUO(0x43), &c, 8 + NAME_SIZE);
		break;
	case 3:
		call(w, ODD_LUO, file, below(w, 2) ? LUO(below(w, 256)) :
		     below(w, ~0U), &c, sizeof(c));
		break;
	default:
		call(w, PRESERVE, file, LUO(0x40), &c, 16);
	}
}

static void ask_luo(struct worker *w)
{
	int luo = count(OPEN_LUO, open("/dev/liveupdate", O_RDWR | O_CLOEXEC));
	struct call c = {};

	if (luo < 0)
		return;
	any_name(w, &c.token);
	if (below(w, 4))
		keep(w, SESSIONS,
		     call(w, CREATE, luo, LUO(0), &c, sizeof(c)));
	else
		keep(w, SESSIONS,
		     call(w, RETRIEVE, luo, LUO(1), &c, sizeof(c)));
	close(luo);
}

/* One opener at a time is let in: most wait until there is no other */
static void call_luo(struct worker *w)
{
	bool waits = below(w, 8);

	if (waits)
		pthread_mutex_lock(&luo_lock);
	ask_luo(w);
	if (waits)
		pthread_mutex_unlock(&luo_lock);
}

static void call_other(struct worker *w, int file)
{
	struct pollfd p = { .fd = file, .events = POLLIN | POLLOUT };
	void *map;

	switch (below(w, 5)) {
	case 0:
		count(OTHER, read(file, w->pages, 64));
		break;
	case 1:
		count(OTHER, write(file, w->pages, 64));
		break;
	case 2:
		map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
		if (map != MAP_FAILED)
			munmap(map, PAGE);
		break;
	case 3:
		count(OTHER, poll(&p, 1, 0));
		break;
	default:
		keep(w, OTHERS, count(OTHER, dup(file)));
	}
}

static void close_any(struct worker *w)
{
	int file = atomic_exchange(any_place_of(w, below(w, NR_SORTS)), -1);

	if (file >= 0)
		count(CLOSE, close(file));
}

static void step(struct worker *w)
{
	int flags = below(w, 2) ? O_RDWR : O_RDONLY | O_NONBLOCK;

	switch (below(w, 12)) {
	case 0:
		keep(w, DEVICES,
		     count(OPEN_LUNIC, open(path, flags | O_CLOEXEC)));
		break;
	case 1:
		call_luo(w);
		break;
	case 2:
		close_any(w);
		break;
	case 3:
		call_other(w, any_file(w, below(w, NR_SORTS)));
		break;
	case 4:
		keep(w, OTHERS, memfd_create("fuzz", MFD_CLOEXEC));
		break;
	case 5:
	case 6:
	case 7:
		call_lunic(w, any_file(w, DEVICES));
		break;
	default:
		call_session(w, any_file(w, SESSIONS));
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&over))
		step(w);
	return NULL;
}

static int put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : (int)write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return ret;
}

/* Until its end the device is bound and unbound, if that is asked for */
static void wait_and_bind(time_t end, int binds)
{
	const struct timespec pause = { .tv_nsec = 300000000 };

	while (time(NULL) < end) {
		nanosleep(&pause, NULL);
		if (!binds)
			continue;
		count(BIND, put(DRIVER "unbind", bdf));
		nanosleep(&pause, NULL);
		count(BIND, put(DRIVER "bind", bdf));
	}
}

static int start(struct worker *w, unsigned int seed)
{
	w->seed = seed;
	w->pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (w->pages == MAP_FAILED ||
	    mprotect(w->pages + PAGE, PAGE, PROT_NONE))
		return -1;
	return pthread_create(&w->thread, NULL, work, w);
}

/* The last kernel's session, for all who want one: none closes it for good */
static int take_incoming(void)
{
	int luo = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);
	struct call c = { .size = sizeof(c) };
	void *name = &c.token;

	snprintf(name, NAME_SIZE, "lunic-%s", bdf);
	if (luo < 0 || count(RETRIEVE, ioctl(luo, LUO(1), &c)))
		return -1;
	atomic_store(&files[SESSIONS][0], c.fd);
	for (int i = 1; i < FILES; i++)
		atomic_store(&files[SESSIONS][i], dup(c.fd));
	return close(luo);
}

static int run(int seconds, unsigned int seed, const char *how)
{
	struct worker workers[WORKERS];
	int i;

	for (i = 0; i < NR_SORTS * FILES; i++)
		atomic_store(&files[i / FILES][i % FILES], -1);
	if (!strcmp(how, "incoming") && take_incoming()) {
		perror("ioctls: the session of the last kernel");
		return 1;
	}
	for (i = 0; i < WORKERS; i++)
		if (start(&workers[i], seed + i)) {
			perror("ioctls");
			return 1;
		}
	wait_and_bind(time(NULL) + seconds, !strcmp(how, "bind"));
	atomic_store(&over, 1);
	for (i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < NR_KINDS; i++)
		printf("%s %lu %lu\n", names[i], atomic_load(&good[i]),
		       atomic_load(&bad[i]));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: ioctls SECONDS SEED BDF [bind|incoming]\n",
		      stderr);
		return 2;
	}
	bdf = argv[3];
	snprintf(path, sizeof(path), "/dev/lunic/%s", bdf);
	return run(atoi(argv[1]), strtoul(argv[2], NULL, 0),
		   argc > 4 ? argv[4] : "");
}
