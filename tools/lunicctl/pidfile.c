// SPDX-License-Identifier: GPL-2.0
/*
 * Writes down which process holds which session, and reads it back.
 * The first line is the pid; a line for each device follows.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holder.h"
#include "path.h"
#include "pidfile.h"
#include "store.h"

#define RUN_DIR		"/run/lunic"
#define SUFFIX		".pid"

static int write_lines(FILE *f, pid_t pid, const struct dev *devs, size_t n)
{
	fprintf(f, "%d\n", pid);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s\n", devs[i].name);
	if (fflush(f) || ferror(f))
		return -EIO;
	return 0;
}

/* Under another name first, so that nobody reads half of it */
int pidfile_write(const char *session, pid_t pid,
		  const struct dev *devs, size_t n)
{
	struct path tmp = path(RUN_DIR "/%s.new", session);
	struct path name = path(RUN_DIR "/%s" SUFFIX, session);
	FILE *f;
	int err;

	if (mkdir(path(RUN_DIR).s, 0755) && errno != EEXIST)
		return -errno;
	f = fopen(tmp.s, "we");
	if (!f)
		return -errno;

	err = write_lines(f, pid, devs, n);
	fclose(f);
	if (!err && rename(tmp.s, name.s))
		err = -errno;
	if (err)
		unlink(tmp.s);
	return err;
}

void pidfile_remove(const char *session)
{
	unlink(path(RUN_DIR "/%s" SUFFIX, session).s);
}

static int read_lines(struct held *h, FILE *f)
{
	struct dev d;
	char line[64];

	if (!fgets(line, sizeof(line), f))
		return -EINVAL;
	h->pid = atoi(line);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (dev_parse(line, &d))
			devs_add(&h->devs, &d);
	}
	return 0;
}

static int find_living(const struct held *h)
{
	if (h->pid != STORE_PID)
		return holder_find(h->pid);
	return store_has(h->session) ? pidfd_open(h->pid, 0) : -ESRCH;
}

static int held_read(struct held *h, const char *file)
{
	FILE *f = fopen(path(RUN_DIR "/%s", file).s, "re");
	int err;

	if (!f)
		return -errno;

	*h = (struct held){ .pidfd = -1 };
	snprintf(h->session, sizeof(h->session), "%.*s",
		 (int)(strlen(file) - strlen(SUFFIX)), file);
	err = read_lines(h, f);
	fclose(f);
	if (!err)
		h->pidfd = find_living(h);
	return 0;
}

static int is_pidfile(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > strlen(SUFFIX) && n < LUO_NAME_LEN + strlen(SUFFIX) &&
	       !strcmp(e->d_name + n - strlen(SUFFIX), SUFFIX);
}

/* What can't be read is left out: it is not ours to judge */
void helds_read(struct helds *hs)
{
	struct dirent **list = NULL;
	int n = scandir(path(RUN_DIR).s, &list, is_pidfile, alphasort);

	*hs = (struct helds){};
	if (n <= 0)
		return;

	hs->v = calloc(n, sizeof(*hs->v));
	if (!hs->v)
		abort();
	for (int i = 0; i < n; i++) {
		if (!held_read(&hs->v[hs->n], list[i]->d_name))
			hs->n++;
		free(list[i]);
	}
	free(list);
}

/* Both look for living holders only */
struct held *helds_by_session(struct helds *hs, const char *session)
{
	for (size_t i = 0; i < hs->n; i++) {
		if (hs->v[i].pidfd >= 0 && !strcmp(hs->v[i].session, session))
			return &hs->v[i];
	}
	return NULL;
}

struct held *helds_by_dev(struct helds *hs, const struct dev *d)
{
	for (size_t i = 0; i < hs->n; i++) {
		if (hs->v[i].pidfd >= 0 && devs_have(&hs->v[i].devs, d))
			return &hs->v[i];
	}
	return NULL;
}

void helds_free(struct helds *hs)
{
	for (size_t i = 0; i < hs->n; i++) {
		if (hs->v[i].pidfd >= 0)
			close(hs->v[i].pidfd);
		devs_free(&hs->v[i].devs);
	}
	free(hs->v);
	*hs = (struct helds){};
}
