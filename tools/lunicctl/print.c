// SPDX-License-Identifier: GPL-2.0
/* Prints results as text or as one JSON array, and errors as both. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "opts.h"
#include "print.h"

static struct json_object *objects;

/* A result for a human reader */
void say(const char *fmt, ...)
{
	va_list ap;

	if (opts.json || opts.quiet)
		return;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* At the end of the array that print_flush() writes, which takes it over */
void print_add(struct json_object *o)
{
	if (!objects)
		objects = json_object_new_array();
	json_object_array_add(objects, o);
}

/* A new object there */
struct json_object *print_object(void)
{
	struct json_object *o = json_object_new_object();

	print_add(o);
	return o;
}

static void add_string(struct json_object *o, const char *key, const char *s)
{
	if (s)
		json_object_object_add(o, key, json_object_new_string(s));
}

static void fail_json(const struct problem *p, const char *message)
{
	struct json_object *e = json_object_new_object();

	json_object_object_add(print_object(), "error", e);
	add_string(e, "dev", p->dev);
	json_object_object_add(e, "code", json_object_new_int(p->code));
	if (p->err) {
		json_object_object_add(e, "errno", json_object_new_int(p->err));
		add_string(e, "errno_name", strerrorname_np(p->err));
	}
	add_string(e, "message", message);
	add_string(e, "hint", p->hint);
}

/* One call, one write: the line stays whole beside other programs' output */
static void fail_text(const struct problem *p, const char *message)
{
	const char *name = p->err ? strerrorname_np(p->err) : NULL;

	fprintf(stderr, "lunicctl: %s%s%s%s%s%s%s%s\n",
		p->dev ?: "", p->dev ? ": " : "", message,
		name ? " (" : "", name ?: "", name ? ")" : "",
		p->hint ? ". Try: " : "", p->hint ?: "");
}

/* Returns the exit code, so that callers can say it and leave in one line */
int fail(const struct problem *p, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);

	fail_text(p, message);
	if (opts.json)
		fail_json(p, message);
	return p->code;
}

/* Something is missing, but the command goes on: only people are told */
void warn(const struct problem *p, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	fail_text(p, message);
}

void print_flush(void)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (!opts.json)
		return;

	if (opts.pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	if (!objects)
		objects = json_object_new_array();
	puts(json_object_to_json_string_ext(objects, flags));
	json_object_put(objects);
	objects = NULL;
}
