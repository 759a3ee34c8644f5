// SPDX-License-Identifier: GPL-2.0
/* lunicctl history: the updates that this host has come through. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "history.h"
#include "lasts.h"
#include "opts.h"
#include "path.h"
#include "print.h"
#include "report.h"
#include "text.h"

static int not_possible(const char *what, int err)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .hint = "as root" },
		"can't %s " HISTORY_FILE, what);
}

/* In seconds, to the microsecond as all other times are */
static struct json_object *now_json(void)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(text, sizeof(text), "%lld.%03ld", (long long)now.tv_sec,
		 now.tv_nsec / 1000000);
	return json_object_new_double_s(now.tv_sec + now.tv_nsec / 1e9, text);
}

static struct json_object *entry_of(struct last *l, const char *boot)
{
	struct json_object *o = json_object_new_object();

	last_json(l, o);
	report_str(o, "boot_id", boot);
	json_object_object_add(o, "recorded_time_s", now_json());
	return o;
}

static int record(char **names, size_t n)
{
	struct history h;
	struct lasts ls;
	struct text boot;
	int ret = lasts_read(&ls, names, n);
	int err = text_read(path("/proc/sys/kernel/random/boot_id").s, &boot);

	if (!err)
		err = history_open(&h, true);
	if (err) {
		lasts_free(&ls);
		return not_possible("write", err);
	}
	for (size_t i = 0; i < ls.n; i++) {
		if (ls.v[i].r.outcome != LUNIC_OUTCOME_NONE)
			history_note(&h, entry_of(&ls.v[i], boot.s));
	}
	err = history_save(&h);
	history_close(&h);
	lasts_free(&ls);
	return err ? not_possible("write", err) : ret;
}

/* By any of its names, also where the device is gone */
static bool is_named(struct json_object *entry, const char *name)
{
	static const char * const keys[] = { "pci", "device", "ifname" };
	const char *pci = history_str(entry, "pci");
	struct dev d;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *s = history_str(entry, keys[i]);

		if (s && !strcmp(s, name))
			return true;
	}
	return pci && dev_parse(name, &d) && !strcmp(d.name, pci);
}

static bool is_wanted(struct json_object *entry, char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(names[i], "all") || is_named(entry, names[i]))
			return true;
	}
	return !n;
}

static double num(struct json_object *entry, const char *key)
{
	struct json_object *val;

	if (!json_object_object_get_ex(entry, key, &val))
		return -1;
	return json_object_get_double(val);
}

static void say_num(struct json_object *entry, const char *key, int width,
		    int digits)
{
	double val = num(entry, key);

	if (val < 0)
		say(" %*s", width, "-");
	else
		say(" %*.*f", width, digits, val);
}

static void say_line(struct json_object *entry)
{
	double sealed = num(entry, "sealed_time_s");
	time_t when = sealed < 0 ? num(entry, "recorded_time_s") : sealed;
	char text[32] = "-";
	struct tm tm;

	if (localtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	say("%-19s %-12s %-8s %-8s", text, history_str(entry, "pci") ?: "-",
	    history_str(entry, "ifname") ?: "-",
	    history_str(entry, "outcome") ?: "-");
	say_num(entry, "gap_ms", 9, 1);
	say_num(entry, "caught_frames", 9, 0);
	say_num(entry, "lost_frames", 6, 0);
	say_num(entry, "link_down_events", 5, 0);
	say("  %s -> %s\n", history_str(entry, "from_release") ?: "?",
	    history_str(entry, "to_release") ?: "?");
}

static void say_all(struct history *h, char **names, size_t n)
{
	size_t lines = json_object_array_length(h->list);
	bool first = true;

	for (size_t i = 0; i < lines; i++) {
		struct json_object *e = json_object_array_get_idx(h->list, i);

		if (!is_wanted(e, names, n))
			continue;
		if (opts.json) {
			print_add(json_object_get(e));
			continue;
		}
		if (first)
			say("%-19s %-12s %-8s %-8s %9s %9s %6s %5s  %s\n",
			    "TIME", "DEVICE", "IFNAME", "OUTCOME", "GAP ms",
			    "CAUGHT", "LOST", "LINK", "KERNELS");
		first = false;
		say_line(e);
	}
}

int cmd_history(char **names, size_t n)
{
	struct history h;
	int err;

	if (opts.record)
		return record(names, n);
	err = history_open(&h, false);
	if (err)
		return not_possible("read", err);
	say_all(&h, names, n);
	history_close(&h);
	return EXIT_OK;
}
