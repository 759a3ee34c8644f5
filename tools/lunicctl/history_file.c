// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and writes the file of past updates. It is written anew as a whole,
 * under another name first: a power failure leaves the old one or the new one.
 * The folder is what is locked, because the file changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"
#include "path.h"

/* NULL where it is none */
const char *history_str(struct json_object *entry, const char *key)
{
	struct json_object *val;

	if (!json_object_object_get_ex(entry, key, &val))
		return NULL;
	return json_object_get_string(val);
}

/* A line that is no object, as one that a full disk has cut off, is skipped */
static void take_line(struct history *h, const char *line)
{
	struct json_object *entry = json_tokener_parse(line);

	if (json_object_is_type(entry, json_type_object))
		json_object_array_add(h->list, entry);
	else
		json_object_put(entry);
}

static int read_lines(struct history *h)
{
	FILE *f = fopen(path(HISTORY_FILE).s, "re");
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	errno = 0;
	while (getline(&line, &size, f) > 0)
		take_line(h, line);
	if (ferror(f))
		err = errno ? -errno : -EIO;
	free(line);
	fclose(f);
	return err;
}

static int lock_dir(struct history *h)
{
	if (mkdir(path(HISTORY_DIR).s, 0755) && errno != EEXIST)
		return -errno;
	h->dir = open(path(HISTORY_DIR).s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->dir < 0 || flock(h->dir, LOCK_EX))
		return -errno;
	return 0;
}

int history_open(struct history *h, bool write)
{
	int err;

	*h = (struct history){ .list = json_object_new_array(), .dir = -1 };
	err = write ? lock_dir(h) : 0;
	if (!err)
		err = read_lines(h);
	if (err)
		history_close(h);
	return err;
}

void history_close(struct history *h)
{
	if (h->dir >= 0)
		close(h->dir);
	json_object_put(h->list);
	*h = (struct history){ .dir = -1 };
}

static bool same_str(struct json_object *a, struct json_object *b,
		     const char *key)
{
	const char *x = history_str(a, key), *y = history_str(b, key);

	return x && y && !strcmp(x, y);
}

static size_t count_phases(struct json_object *entry)
{
	struct json_object *list;

	if (!json_object_object_get_ex(entry, "phases", &list) ||
	    !json_object_is_type(list, json_type_array))
		return 0;
	return json_object_array_length(list);
}

/* A boot brings a device through one update; one that has gone further since
 * it was noted is noted anew
 */
void history_note(struct history *h, struct json_object *entry)
{
	size_t n = json_object_array_length(h->list);

	for (size_t i = 0; i < n; i++) {
		struct json_object *old = json_object_array_get_idx(h->list, i);

		if (!same_str(old, entry, "pci") ||
		    !same_str(old, entry, "boot_id"))
			continue;
		if (count_phases(old) >= count_phases(entry)) {
			json_object_put(entry);
			return;
		}
		json_object_array_put_idx(h->list, i, entry);
		h->changed = true;
		return;
	}
	json_object_array_add(h->list, entry);
	h->changed = true;
}

static int write_lines(struct history *h, FILE *f)
{
	size_t n = json_object_array_length(h->list);
	size_t first = n > HISTORY_MAX ? n - HISTORY_MAX : 0;

	for (size_t i = first; i < n; i++)
		fprintf(f, "%s\n", json_object_to_json_string_ext(
				json_object_array_get_idx(h->list, i),
				JSON_C_TO_STRING_NOSLASHESCAPE));
	if (fflush(f) || fsync(fileno(f)))
		return -errno;
	return 0;
}

int history_save(struct history *h)
{
	struct path temp = path(HISTORY_DIR "/.history.new");
	FILE *f;
	int err;

	if (!h->changed)
		return 0;
	f = fopen(temp.s, "we");
	if (!f)
		return -errno;
	err = write_lines(h, f);
	fclose(f);
	if (!err && rename(temp.s, path(HISTORY_FILE).s))
		err = -errno;
	if (err)
		unlink(temp.s);
	else
		fsync(h->dir);
	return err;
}
