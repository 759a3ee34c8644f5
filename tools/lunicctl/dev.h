/* SPDX-License-Identifier: GPL-2.0 */
/* The devices that lunic drives, and their character devices. */
#ifndef LUNICCTL_DEV_H
#define LUNICCTL_DEV_H

#include <linux/lunic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PCI domains have up to 8 digits: 10000000:01:00.0 */
#define DEV_NAME_LEN	20

struct dev {
	char name[DEV_NAME_LEN];	/* 0000:01:00.0 */
	uint64_t token;			/* what a session knows it by */
};

struct devs {
	struct dev *v;
	size_t n;
	bool all;	/* taken from the driver, not named by the user */
};

bool dev_parse(const char *s, struct dev *d);
int dev_open(const struct dev *d);
int dev_get_state(int fd, struct lunic_ioctl_state *st);
int dev_read_state(const struct dev *d, struct lunic_ioctl_state *st);
int dev_resume(int fd);
bool dev_is_bound(const struct dev *d);
const char *dev_ifname(const struct dev *d, struct lunic_ioctl_state *st);

int devs_resolve(struct devs *devs, char **names, size_t n, bool bound);
int devs_to_show(struct devs *devs, char **names, size_t n);
void devs_add(struct devs *devs, const struct dev *d);
bool devs_have(const struct devs *devs, const struct dev *d);
void devs_free(struct devs *devs);

#endif
