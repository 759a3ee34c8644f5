// SPDX-License-Identifier: GPL-2.0
/* Sorts devices into live update sessions and names these. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "opts.h"
#include "print.h"
#include "session.h"

static bool is_plain(const char *s)
{
	for (; *s; s++) {
		if (*s == '/' || iscntrl((unsigned char)*s))
			return false;
	}
	return true;
}

/* The name is a file's name too: /run/lunic/NAME.pid */
int session_check_name(const char *name)
{
	struct problem p = { .code = EXIT_USAGE, .err = EINVAL };

	if (!*name)
		return fail(&p, "the session's name is empty");
	if (strlen(name) >= LUO_NAME_LEN)
		return fail(&p, "the session's name is longer than %d bytes",
			    LUO_NAME_LEN - 1);
	if (!is_plain(name))
		return fail(&p, "the session's name has a '/' or a control character");
	return EXIT_OK;
}

static void session_init(struct session *s, const char *name,
			 struct dev *devs, size_t n)
{
	*s = (struct session){
		.fd = -1, .devs = devs, .n = n, .holder.sock = -1,
	};
	snprintf(s->name, sizeof(s->name), "%s", name);
}

/* @devs must stay as it is while @ss is in use */
void sessions_plan(struct sessions *ss, struct devs *devs)
{
	char name[LUO_NAME_LEN];

	ss->n = opts.session ? 1 : devs->n;
	ss->v = calloc(ss->n ? ss->n : 1, sizeof(*ss->v));
	if (!ss->v)
		abort();

	if (opts.session) {
		session_init(ss->v, opts.session, devs->v, devs->n);
		return;
	}
	for (size_t i = 0; i < ss->n; i++) {
		snprintf(name, sizeof(name), "lunic-%s", devs->v[i].name);
		session_init(&ss->v[i], name, &devs->v[i], 1);
	}
}

/* Ends every session that nobody else holds: the kernel lets its files go */
void sessions_free(struct sessions *ss)
{
	for (size_t i = 0; i < ss->n; i++) {
		if (ss->v[i].fd >= 0)
			close(ss->v[i].fd);
	}
	free(ss->v);
	*ss = (struct sessions){};
}
