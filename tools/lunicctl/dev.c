// SPDX-License-Identifier: GPL-2.0
/* Finds the devices that lunic drives and talks to their character devices. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dev.h"
#include "opts.h"
#include "path.h"
#include "print.h"

#define DRIVER_DIR	"/sys/bus/pci/drivers/lunic"

static void dev_init(struct dev *d, unsigned int domain, unsigned int bus,
		     unsigned int slot, unsigned int fn)
{
	snprintf(d->name, sizeof(d->name), "%04x:%02x:%02x.%x",
		 domain, bus, slot, fn);
	d->token = (uint64_t)domain << 16 | bus << 8 | slot << 3 | fn;
}

/* 0000:01:00.0, 01:00.0, pci/0000:01:00.0 */
bool dev_parse(const char *s, struct dev *d)
{
	unsigned int domain, bus, slot, fn;
	int end = 0;

	if (!strncmp(s, "pci/", 4))
		s += 4;
	/* sscanf() alone would let blanks, signs and 0x pass */
	if (s[strspn(s, "0123456789abcdefABCDEF:.")])
		return false;

	if (sscanf(s, "%8x:%2x:%2x.%1x%n",
		   &domain, &bus, &slot, &fn, &end) != 4) {
		domain = 0;
		if (sscanf(s, "%2x:%2x.%1x%n", &bus, &slot, &fn, &end) != 3)
			return false;
	}
	if (s[end] || slot > 0x1f || fn > 7)
		return false;

	dev_init(d, domain, bus, slot, fn);
	return true;
}

int dev_open(const struct dev *d)
{
	int fd = open(path("/dev/lunic/%s", d->name).s, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int dev_get_state(int fd, struct lunic_ioctl_state *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	if (ioctl(fd, LUNIC_IOCTL_GET_STATE, st))
		return -errno;

	st->ifname[LUNIC_IFNAMSIZ - 1] = '\0';
	return 0;
}

int dev_read_state(const struct dev *d, struct lunic_ioctl_state *st)
{
	int fd = dev_open(d);
	int err;

	if (fd < 0)
		return fd;

	err = dev_get_state(fd, st);
	close(fd);
	return err;
}

int dev_resume(int fd)
{
	struct lunic_ioctl_resume arg = { .size = sizeof(arg) };

	return ioctl(fd, LUNIC_IOCTL_RESUME, &arg) ? -errno : 0;
}

bool dev_is_bound(const struct dev *d)
{
	return !access(path(DRIVER_DIR "/%s", d->name).s, F_OK);
}

static void ifname_from_sysfs(const struct dev *d, char *buf)
{
	DIR *dir = opendir(path("/sys/bus/pci/devices/%s/net", d->name).s);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] != '.') {
			snprintf(buf, LUNIC_IFNAMSIZ, "%.*s",
				 LUNIC_IFNAMSIZ - 1, e->d_name);
			break;
		}
	}
	if (dir)
		closedir(dir);
}

/* NULL when it has none. @st may be zeroed: the kernel could not be asked. */
const char *dev_ifname(const struct dev *d, struct lunic_ioctl_state *st)
{
	if (!st->ifname[0])
		ifname_from_sysfs(d, (char *)st->ifname);
	return st->ifname[0] ? (const char *)st->ifname : NULL;
}

void devs_add(struct devs *devs, const struct dev *d)
{
	if (devs_have(devs, d))
		return;

	devs->v = reallocarray(devs->v, devs->n + 1, sizeof(*d));
	if (!devs->v)
		abort();
	devs->v[devs->n++] = *d;
}

bool devs_have(const struct devs *devs, const struct dev *d)
{
	for (size_t i = 0; i < devs->n; i++) {
		if (devs->v[i].token == d->token)
			return true;
	}
	return false;
}

void devs_free(struct devs *devs)
{
	free(devs->v);
	*devs = (struct devs){};
}

static int is_dev(const struct dirent *e)
{
	struct dev d;

	return dev_parse(e->d_name, &d);
}

static void add_all(struct devs *devs)
{
	struct dirent **list = NULL;
	int n = scandir(path(DRIVER_DIR).s, &list, is_dev, alphasort);
	struct dev d;

	for (int i = 0; i < n; i++) {
		if (dev_parse(list[i]->d_name, &d))
			devs_add(devs, &d);
		free(list[i]);
	}
	free(list);
	devs->all = true;
}

/* 0: found, -ENODEV: no such interface, -EINVAL: not a PCI device's */
static int dev_by_ifname(const char *name, struct dev *d)
{
	char link[PATH_MAX];
	const char *base;
	ssize_t n;

	/* Neither is a name, but both are paths */
	if (strchr(name, '/') || !name[0] || name[0] == '.')
		return -ENODEV;
	if (access(path("/sys/class/net/%s", name).s, F_OK))
		return -ENODEV;

	n = readlink(path("/sys/class/net/%s/device", name).s, link,
		     sizeof(link) - 1);
	if (n < 0)
		return -EINVAL;
	link[n] = '\0';
	base = strrchr(link, '/');
	return dev_parse(base ? base + 1 : link, d) ? 0 : -EINVAL;
}

static int no_such_device(const char *name)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = ENODEV, .dev = name,
		.hint = "lunicctl show" },
		"no such interface or PCI device");
}

static int not_ours(const char *name)
{
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = ENODEV, .dev = name,
		.hint = "modprobe lunic; lunicctl show lists its devices" },
		"not driven by lunic");
}

static int resolve_one(struct devs *devs, const char *name, bool bound)
{
	struct dev d;
	int err = dev_parse(name, &d) ? 0 : dev_by_ifname(name, &d);

	if (err == -ENODEV)
		return no_such_device(name);
	if (err)
		return not_ours(name);

	if (bound && !dev_is_bound(&d)) {
		if (access(path("/sys/bus/pci/devices/%s", d.name).s, F_OK))
			return no_such_device(name);
		return not_ours(name);
	}
	devs_add(devs, &d);
	return EXIT_OK;
}

/*
 * All devices when none is named. With @bound, those named must be lunic's;
 * without, a PCI address is taken as it is, at no cost.
 */
int devs_resolve(struct devs *devs, char **names, size_t n, bool bound)
{
	int ret = EXIT_OK;

	*devs = (struct devs){};
	for (size_t i = 0; i < n && !devs->all && !ret; i++) {
		if (!strcmp(names[i], "all"))
			devs->all = true;
		else
			ret = resolve_one(devs, names[i], bound);
	}
	if (!ret && (devs->all || !n))
		add_all(devs);
	if (ret)
		devs_free(devs);
	return ret;
}

/* For commands that only show: no device is no error, but said */
int devs_to_show(struct devs *devs, char **names, size_t n)
{
	int ret = devs_resolve(devs, names, n, true);

	if (!ret && !devs->n && !opts.quiet)
		fprintf(stderr, "lunicctl: lunic drives no device\n");
	return ret;
}
