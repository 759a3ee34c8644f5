/* SPDX-License-Identifier: GPL-2.0 */
/* The list of conditions that a live update rests on, and how each stands. */
#ifndef LUNICCTL_CHECKS_H
#define LUNICCTL_CHECKS_H

#include "dev.h"

enum check_result {
	CHECK_OK,
	CHECK_WARN,	/* the update goes on, but this should be known */
	CHECK_FAIL,	/* it does not */
};

struct check {
	const char *name;	/* the same in every version */
	enum check_result result;
	char *found;
	char *remedy;		/* NULL: none is needed */
	char *dev;		/* NULL: not about one device */
	char *ifname;
};

struct checks {
	struct check *v;
	size_t n;
	const struct dev *dev;	/* what is added is about this one */
	const char *ifname;
};

__attribute__((format(printf, 3, 4)))
void check_ok(struct checks *cs, const char *name, const char *fmt, ...);

__attribute__((format(printf, 4, 5)))
void check_warn(struct checks *cs, const char *name, const char *remedy,
		const char *fmt, ...);

__attribute__((format(printf, 4, 5)))
void check_fail(struct checks *cs, const char *name, const char *remedy,
		const char *fmt, ...);

size_t checks_failed(const struct checks *cs);
void checks_print(const struct checks *cs);
/* What is not ok, for a command that was to do something: its exit code */
int checks_judge(const struct checks *cs);
void checks_free(struct checks *cs);

#endif
