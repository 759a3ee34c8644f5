// SPDX-License-Identifier: GPL-2.0
/* Reads and makes kernel command lines. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "file.h"
#include "opts.h"
#include "path.h"

struct word {
	const char *s;
	size_t n;
};

/* Quotes keep blanks in a word. False after the last, and after "--" */
static bool next_word(const char **line, struct word *w)
{
	const char *s = *line + strspn(*line, " \t\n");
	bool quoted = false;

	w->s = s;
	for (; *s && (quoted || !isspace((unsigned char)*s)); s++) {
		if (*s == '"')
			quoted = !quoted;
	}
	w->n = s - w->s;
	*line = s;
	return w->n && !(w->n == 2 && !strncmp(w->s, "--", 2));
}

/* Its value, as the kernel finds it: '-' and '_' are the same in a name */
static bool is_key(const struct word *w, const char *key, struct word *val)
{
	size_t n = strlen(key);

	if (w->n < n || (w->n > n && w->s[n] != '='))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((w->s[i] == '-' ? '_' : w->s[i]) !=
		    (key[i] == '-' ? '_' : key[i]))
			return false;
	}
	val->s = w->s + n + (w->n > n);
	val->n = w->s + w->n - val->s;
	return true;
}

bool cmdline_get(const char *line, const char *key, char *val, size_t size)
{
	struct word w, v;
	bool found = false;

	while (next_word(&line, &w)) {
		if (!is_key(&w, key, &v))
			continue;
		snprintf(val, size, "%.*s", (int)v.n, v.s);
		found = true;
	}
	return found;
}

bool cmdline_is_on(const char *line, const char *key, bool missing)
{
	char val[64];

	if (!cmdline_get(line, key, val, sizeof(val)))
		return missing;
	return (val[0] && strchr("yYtT1", val[0])) ||
	       !strncasecmp(val, "on", 2);
}

/* Takes the first of A,B,C off @list. False after the last */
static bool next_item(struct word *list, struct word *item)
{
	if (!list->n)
		return false;
	item->s = list->s;
	for (item->n = 0; item->n < list->n; item->n++) {
		if (strchr(", \t\n", item->s[item->n]))
			break;
	}
	list->s += item->n;
	list->n -= item->n;
	if (list->n) {
		list->s++;
		list->n--;
	}
	return true;
}

static bool has_item(struct word list, const struct word *wanted)
{
	struct word item;

	while (next_item(&list, &item)) {
		if (item.n == wanted->n && !strncmp(item.s, wanted->s, item.n))
			return true;
	}
	return false;
}

static bool lists(const char *line, const char *key, const struct word *item)
{
	struct word w, v;

	while (next_word(&line, &w)) {
		if (is_key(&w, key, &v) && has_item(v, item))
			return true;
	}
	return false;
}

bool cmdline_lists(const char *line, const char *key, const char *item)
{
	const struct word wanted = { .s = item, .n = strlen(item) };

	return lists(line, key, &wanted);
}

bool cmdline_within(const char *line, const char *other, const char *key)
{
	struct word w, v, item;

	while (next_word(&line, &w)) {
		if (!is_key(&w, key, &v))
			continue;
		while (next_item(&v, &item)) {
			if (!lists(other, key, &item))
				return false;
		}
	}
	return true;
}

int cmdline_running(char **line)
{
	struct bytes b;
	int err = bytes_read(path("/proc/cmdline").s, &b);

	if (err)
		return err;
	b.v[strcspn(b.v, "\n")] = '\0';
	*line = b.v;
	return 0;
}

/* What the boot loader added says nothing to a kernel that kexec starts */
static bool is_loaders(const struct word *w)
{
	struct word val;

	return is_key(w, "BOOT_IMAGE", &val) || is_key(w, "initrd", &val);
}

static char *without_loaders(const char *line)
{
	const char *rest = line;
	char *out = malloc(strlen(line) + 2);
	struct word w;
	size_t n = 0;

	if (!out)
		abort();
	while (next_word(&rest, &w)) {
		if (!is_loaders(&w))
			n += sprintf(out + n, "%s%.*s", n ? " " : "",
				     (int)w.n, w.s);
	}
	/* What follows "--" is init's */
	if (w.n)
		n += sprintf(out + n, "%s--%s", n ? " " : "", rest);
	out[n] = '\0';
	return out;
}

static int base_line(char **line)
{
	char *running;
	int err;

	if (opts.command_line) {
		*line = strdup(opts.command_line);
		return *line ? 0 : -ENOMEM;
	}
	err = cmdline_running(&running);
	if (err)
		return err;
	*line = without_loaders(running);
	free(running);
	return 0;
}

/* Where the words for the kernel end: what follows "--" is init's */
static size_t kernel_part(const char *line)
{
	const char *rest = line;
	struct word w;

	while (next_word(&rest, &w))
		;
	return w.s - line;
}

static char *with_appended(const char *base, const char *more)
{
	size_t n = kernel_part(base);
	const char *before = n && base[n - 1] != ' ' ? " " : "";
	char *line;

	if (asprintf(&line, "%.*s%s%s%s%s", (int)n, base, before, more,
		     base[n] ? " " : "", base + n) < 0)
		abort();
	return line;
}

int cmdline_next(char **line)
{
	char *base;
	int err = base_line(&base);

	if (err || !opts.append) {
		*line = err ? NULL : base;
		return err;
	}
	*line = with_appended(base, opts.append);
	free(base);
	return 0;
}
