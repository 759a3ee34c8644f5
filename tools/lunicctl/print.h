/* SPDX-License-Identifier: GPL-2.0 */
/* What the user reads: results as text or JSON, errors as both. */
#ifndef LUNICCTL_PRINT_H
#define LUNICCTL_PRINT_H

#include <json-c/json.h>

struct problem {
	int code;		/* the exit code that it leads to */
	int err;		/* positive errno, 0: none */
	const char *dev;	/* NULL: not about one device */
	const char *hint;	/* NULL: no remedy known */
};

__attribute__((format(printf, 1, 2)))
void say(const char *fmt, ...);

__attribute__((format(printf, 2, 3)))
int fail(const struct problem *p, const char *fmt, ...);

__attribute__((format(printf, 2, 3)))
void warn(const struct problem *p, const char *fmt, ...);

struct json_object *print_object(void);
void print_add(struct json_object *o);
void print_flush(void);

#endif
