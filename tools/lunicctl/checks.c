// SPDX-License-Identifier: GPL-2.0
/* Keeps the findings of the checks and prints them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "opts.h"
#include "print.h"
#include "report.h"

static const char * const words[] = { "ok", "warn", "FAIL" };
/* As the other values in JSON */
static const char * const json_words[] = { "ok", "warn", "fail" };

static char *copy(const char *s)
{
	char *c = s ? strdup(s) : NULL;

	if (s && !c)
		abort();
	return c;
}

static struct check *add(struct checks *cs, const char *name)
{
	struct check *c;

	cs->v = reallocarray(cs->v, cs->n + 1, sizeof(*cs->v));
	if (!cs->v)
		abort();
	c = &cs->v[cs->n++];
	*c = (struct check){
		.name = name,
		.dev = copy(cs->dev ? cs->dev->name : NULL),
		.ifname = copy(cs->dev ? cs->ifname : NULL),
	};
	return c;
}

static void found(struct check *c, const char *fmt, va_list ap)
{
	if (vasprintf(&c->found, fmt, ap) < 0)
		abort();
}

void check_ok(struct checks *cs, const char *name, const char *fmt, ...)
{
	struct check *c = add(cs, name);
	va_list ap;

	va_start(ap, fmt);
	found(c, fmt, ap);
	va_end(ap);
}

void check_warn(struct checks *cs, const char *name, const char *remedy,
		const char *fmt, ...)
{
	struct check *c = add(cs, name);
	va_list ap;

	c->result = CHECK_WARN;
	c->remedy = copy(remedy);
	va_start(ap, fmt);
	found(c, fmt, ap);
	va_end(ap);
}

void check_fail(struct checks *cs, const char *name, const char *remedy,
		const char *fmt, ...)
{
	struct check *c = add(cs, name);
	va_list ap;

	c->result = CHECK_FAIL;
	c->remedy = copy(remedy);
	va_start(ap, fmt);
	found(c, fmt, ap);
	va_end(ap);
}

size_t checks_failed(const struct checks *cs)
{
	size_t n = 0;

	for (size_t i = 0; i < cs->n; i++)
		n += cs->v[i].result == CHECK_FAIL;
	return n;
}

static void print_text(FILE *out, const struct check *c)
{
	fprintf(out, "%-4s %s%s%s: %s%s%s\n", words[c->result],
		c->ifname ?: c->dev ?: "", c->dev ? " " : "", c->name,
		c->found, c->remedy ? ". Try: " : "", c->remedy ?: "");
}

static void print_json(const struct check *c)
{
	struct json_object *o = print_object();

	report_str(o, "check", c->name);
	report_str(o, "result", json_words[c->result]);
	report_str(o, "found", c->found);
	report_str(o, "remedy", c->remedy);
	report_str(o, "dev", c->dev);
	report_str(o, "ifname", c->ifname);
}

void checks_print(const struct checks *cs)
{
	for (size_t i = 0; i < cs->n; i++) {
		if (opts.json)
			print_json(&cs->v[i]);
		else if (!opts.quiet)
			print_text(stdout, &cs->v[i]);
	}
}

int checks_judge(const struct checks *cs)
{
	size_t failed = checks_failed(cs);

	for (size_t i = 0; i < cs->n; i++) {
		if (cs->v[i].result == CHECK_OK)
			continue;
		print_text(stderr, &cs->v[i]);
		if (opts.json && failed)
			print_json(&cs->v[i]);
	}
	if (!failed)
		return EXIT_OK;
	return fail(&(struct problem){
		.code = EXIT_REFUSED,
		.hint = "what the lines above say, then lunicctl check" },
		"refused, and nothing was touched: %zu of %zu checks failed",
		failed, cs->n);
}

void checks_free(struct checks *cs)
{
	for (size_t i = 0; i < cs->n; i++) {
		free(cs->v[i].found);
		free(cs->v[i].remedy);
		free(cs->v[i].dev);
		free(cs->v[i].ifname);
	}
	free(cs->v);
	*cs = (struct checks){};
}
