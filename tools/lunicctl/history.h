/* SPDX-License-Identifier: GPL-2.0 */
/* The file of past updates: one JSON object a line. */
#ifndef LUNICCTL_HISTORY_H
#define LUNICCTL_HISTORY_H

#include <json-c/json.h>
#include <stdbool.h>

#define HISTORY_DIR	"/var/lib/lunic"
#define HISTORY_FILE	HISTORY_DIR "/history.jsonl"
#define HISTORY_MAX	1000	/* lines */

struct history {
	struct json_object *list;	/* what could be read, in its order */
	int dir;			/* locked while it is open */
	bool changed;
};

/* Both: 0 or -errno. Without @write, a file that is missing is empty. */
int history_open(struct history *h, bool write);
int history_save(struct history *h);
void history_close(struct history *h);
void history_note(struct history *h, struct json_object *entry);

const char *history_str(struct json_object *entry, const char *key);

#endif
