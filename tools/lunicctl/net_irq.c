// SPDX-License-Identifier: GPL-2.0
/* Saves which CPUs a device's interrupts go to, and puts that back. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "path.h"
#include "text.h"

/* As many as MSI-X has */
#define MAX_VECTORS	2048

struct vectors {
	int irq[MAX_VECTORS];
	size_t n;
};

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Numbers are given out in the order of the vectors */
static void list_vectors(const char *pci, struct vectors *v)
{
	DIR *d = opendir(path("/sys/bus/pci/devices/%s/msi_irqs", pci).s);
	struct dirent *e;
	struct text t;

	v->n = 0;
	while (d && (e = readdir(d)) && v->n < MAX_VECTORS) {
		if (atoi(e->d_name) > 0)
			v->irq[v->n++] = atoi(e->d_name);
	}
	if (d)
		closedir(d);
	qsort(v->irq, v->n, sizeof(v->irq[0]), by_number);
	if (!v->n && !text_read(path("/sys/bus/pci/devices/%s/irq", pci).s,
				&t) && atoi(t.s) > 0)
		v->irq[v->n++] = atoi(t.s);
}

void net_save_irqs(struct net_save *s, const struct dev *d, uint32_t ifindex)
{
	struct vectors *v = malloc(sizeof(*v));
	struct net_rec_irq rec = { .ifindex = ifindex };
	struct text t;

	if (!v)
		abort();
	list_vectors(d->name, v);
	for (size_t i = 0; i < v->n; i++) {
		if (text_read(path("/proc/irq/%d/smp_affinity_list",
				   v->irq[i]).s, &t))
			continue;
		rec.position = i;
		net_file_add(&s->f, NET_REC_IRQ, &rec, sizeof(rec),
			     t.s, strlen(t.s) + 1);
	}
	free(v);
}

static void restore_irq(struct net_restore *r, const struct net_rec_irq *rec,
			const char *cpus, const struct vectors *v)
{
	char ifname[NET_NAME_LEN];
	struct path p;
	struct text now;
	int err = -ENOENT;

	if (rec->position < v->n) {
		p = path("/proc/irq/%d/smp_affinity_list",
			 v->irq[rec->position]);
		err = text_read(p.s, &now);
		if (!err && strcmp(now.s, cpus))
			err = text_write(p.s, cpus);
	}
	if (err)
		net_tell(r, net_name(r, rec->ifindex, ifname), err,
			 "the CPUs of its interrupt vector %u, %s",
			 rec->position, cpus);
}

void net_restore_irqs(struct net_restore *r)
{
	struct vectors *v = malloc(sizeof(*v));
	const struct net_record *rec;

	if (!v)
		abort();
	r->nl.why[0] = '\0';
	net_for_each(rec, r->f) {
		const struct net_rec_irq *head;
		size_t at = sizeof(*head);
		const char *cpus, *pci;

		if (rec->type != NET_REC_IRQ)
			continue;
		head = net_record_head(rec, sizeof(*head));
		cpus = head ? net_record_str(rec, &at) : NULL;
		pci = head ? net_pci(r, head->ifindex) : NULL;
		if (!cpus || !pci)
			continue;
		list_vectors(pci, v);
		restore_irq(r, head, cpus, v);
	}
	free(v);
}
