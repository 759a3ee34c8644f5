// SPDX-License-Identifier: GPL-2.0
/* Saves an interface's settings in sysfs and its sysctls, and puts them back. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net.h"
#include "path.h"
#include "text.h"

#define PASSES	2

static struct path file_path(uint32_t where, const char *ifname,
			     const char *name)
{
	switch (where) {
	case NET_FILE_IPV4:
		return path("/proc/sys/net/ipv4/conf/%s/%s", ifname, name);
	case NET_FILE_IPV6:
		return path("/proc/sys/net/ipv6/conf/%s/%s", ifname, name);
	case NET_FILE_NEIGH4:
		return path("/proc/sys/net/ipv4/neigh/%s/%s", ifname, name);
	case NET_FILE_NEIGH6:
		return path("/proc/sys/net/ipv6/neigh/%s/%s", ifname, name);
	}
	return path("/sys/class/net/%s/%s", ifname, name);
}

static void save_file(struct net_save *s, const struct net_member *m,
		      uint32_t where, const char *name)
{
	const struct net_rec_file rec = {
		.ifindex = m->ifindex, .where = where };
	struct path p = file_path(where, m->ifname, name);
	char body[NAME_MAX + TEXT_LEN];
	struct stat st;
	struct text t;
	int n;

	if (stat(p.s, &st) || !S_ISREG(st.st_mode) ||
	    !(st.st_mode & 0200) || text_read(p.s, &t))
		return;
	n = snprintf(body, sizeof(body), "%s%c%s", name, '\0', t.s);
	if (n > 0 && n < (int)sizeof(body))
		net_file_add(&s->f, NET_REC_FILE, &rec, sizeof(rec),
			     body, n + 1);
}

/* Of two names for one value the kernel warns of the older */
static void save_sysctl(struct net_save *s, const struct net_member *m,
			uint32_t where, const char *name)
{
	char newer[NAME_MAX + sizeof("_ms")];

	snprintf(newer, sizeof(newer), "%s_ms", name);
	if (access(file_path(where, m->ifname, newer).s, F_OK))
		save_file(s, m, where, name);
}

static int is_name(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void each_in(struct net_save *s, const struct net_member *m,
		    uint32_t where, const char *dir,
		    void (*take)(struct net_save *s,
				 const struct net_member *m, uint32_t where,
				 const char *name))
{
	struct dirent **list = NULL;
	int n = scandir(file_path(where, m->ifname, dir).s, &list, is_name,
			alphasort);

	for (int i = 0; i < n; i++) {
		char name[2 * NAME_MAX + 2];

		snprintf(name, sizeof(name), "%s%s%s", dir, dir[0] ? "/" : "",
			 list[i]->d_name);
		take(s, m, where, name);
		free(list[i]);
	}
	free(list);
}

static void save_queue(struct net_save *s, const struct net_member *m,
		       uint32_t where, const char *queue)
{
	static const char * const names[] = {
		"rps_cpus", "rps_flow_cnt", "xps_cpus", "xps_rxqs",
		"tx_maxrate", "byte_queue_limits/limit_min",
		"byte_queue_limits/limit_max", "byte_queue_limits/hold_time",
		"byte_queue_limits/stall_thrs",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[NAME_MAX];

		if (snprintf(name, sizeof(name), "%s/%s", queue, names[i]) <
		    (int)sizeof(name))
			save_file(s, m, where, name);
	}
}

void net_save_files(struct net_save *s)
{
	static const char * const device[] = {
		"gro_flush_timeout", "napi_defer_hard_irqs", "threaded",
		"device/d3cold_allowed", "device/power/control",
		"device/power/autosuspend_delay_ms",
	};

	for (size_t i = 0; i < s->n; i++) {
		for (size_t j = 0; j < sizeof(device) / sizeof(device[0]); j++)
			save_file(s, &s->v[i], NET_FILE_SYSFS, device[j]);
		each_in(s, &s->v[i], NET_FILE_SYSFS, "queues", save_queue);
		for (uint32_t w = NET_FILE_IPV4; w <= NET_FILE_NEIGH6; w++)
			each_in(s, &s->v[i], w, "", save_sysctl);
	}
}

/* A name leads nowhere else, whoever wrote it */
static bool is_plain(const char *name)
{
	return name[0] != '/' && !strstr(name, "..");
}

static int restore_file(const struct net_restore *r,
			const struct net_record *rec, bool tell)
{
	const struct net_rec_file *head = net_record_head(rec, sizeof(*head));
	const char *ifname, *name, *value;
	size_t at = sizeof(*head);
	char buf[NET_NAME_LEN];
	struct path p;
	struct text now;
	int err;

	name = head ? net_record_str(rec, &at) : NULL;
	value = name ? net_record_str(rec, &at) : NULL;
	if (!value || !is_plain(name) || !net_index(r, head->ifindex))
		return 0;
	ifname = net_name(r, head->ifindex, buf);
	p = file_path(head->where, ifname, name);
	err = text_read(p.s, &now);
	if (!err && !strcmp(now.s, value))
		return 0;
	if (err != -ENOENT)
		err = text_write(p.s, value);
	if (err && tell)
		net_tell(r, ifname, err, "%s = %s", p.s, value);
	return err;
}

/* Some can be set only after others */
static void restore(struct net_restore *r, uint32_t first, uint32_t last)
{
	const struct net_record *rec;

	r->nl.why[0] = '\0';
	for (int i = 1; i <= PASSES; i++) {
		net_for_each(rec, r->f) {
			const struct net_rec_file *head;

			if (rec->type != NET_REC_FILE)
				continue;
			head = net_record_head(rec, sizeof(*head));
			if (head && head->where >= first && head->where <= last)
				restore_file(r, rec, i == PASSES);
		}
	}
}

void net_restore_sysctls(struct net_restore *r)
{
	restore(r, NET_FILE_IPV4, NET_FILE_NEIGH6);
}

/* Once the number of queues is what it will be */
void net_restore_queues(struct net_restore *r)
{
	restore(r, NET_FILE_SYSFS, NET_FILE_SYSFS);
}
