// SPDX-License-Identifier: GPL-2.0
/*
 * The part of the fake kernel that loads, jumps and answers ethtool.
 *
 *  uid			who calls (0)
 *  probe_errno, load_errno, reboot_errno	what fails
 *  priv_flags		the private flags: live-update-hold-rx is 1, live-update 2 (2)
 *  spflags_errno	what fails when they are set
 *  log			gets LOAD, UNLOAD and REBOOT
 */
#include <errno.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/kexec.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake_kexec.h"
#include "opts.h"
#include "path.h"

#define PROBE		(1UL << 31)

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __wrap_reboot(int how);
uid_t __wrap_geteuid(void);

static int setting(const char *name, int missing)
{
	FILE *f = fopen(path("/%s", name).s, "re");
	int val;

	if (!f)
		return missing;
	if (fscanf(f, "%d", &val) != 1)
		abort();
	fclose(f);
	return val;
}

static int answer(int err)
{
	errno = err;
	return err ? -1 : 0;
}

static void note(const char *call, const char *a, const char *b, const char *c)
{
	FILE *f = fopen(path("/log").s, "ae");

	fprintf(f, "%s%s%s%s%s%s%s\n", call, a ? " " : "", a ?: "",
		b ? " " : "", b ?: "", c ? " " : "", c ?: "");
	fclose(f);
}

/* "-" for no file */
static void base_of(int fd, char *base)
{
	char link[64], name[PATH_MAX];
	ssize_t n;

	strcpy(base, "-");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = fd < 0 ? -1 : readlink(link, name, sizeof(name) - 1);
	if (n < 0)
		return;
	name[n] = '\0';
	snprintf(base, NAME_MAX, "%s", strrchr(name, '/') + 1);
}

static void set_loaded(const char *val)
{
	FILE *f = fopen(path("/sys/kernel/kexec_loaded").s, "we");

	if (!f)
		abort();
	fprintf(f, "%s\n", val);
	fclose(f);
}

static long kexec_file_load(int kernel, int initrd, unsigned long len,
			    const char *cmdline, unsigned long flags)
{
	char image[NAME_MAX], ramdisk[NAME_MAX];
	int err = setting("load_errno", 0);

	if (flags & PROBE)
		return answer(setting("probe_errno", EINVAL));
	if (flags & KEXEC_FILE_UNLOAD) {
		note("UNLOAD", NULL, NULL, NULL);
		set_loaded("0");
		return 0;
	}
	base_of(kernel, image);
	base_of(initrd, ramdisk);
	if (!cmdline || len != strlen(cmdline) + 1 ||
	    (initrd < 0) != !!(flags & KEXEC_FILE_NO_INITRAMFS))
		return answer(EINVAL);
	note("LOAD", image, ramdisk, cmdline);
	if (!err)
		set_loaded("1");
	return answer(err);
}

long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_kexec_file_load)
		return kexec_file_load(a[0], a[1], a[2], (char *)a[3], a[4]);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __wrap_reboot(int how)
{
	if (how != RB_KEXEC)
		abort();
	note("REBOOT", NULL, NULL, NULL);
	if (!setting("reboot_errno", 0))
		_exit(0);
	return answer(setting("reboot_errno", 0));
}

uid_t __wrap_geteuid(void)
{
	return setting("uid", 0);
}

static int set_flags(__u32 flags)
{
	FILE *f = fopen(path("/priv_flags").s, "we");

	fprintf(f, "%u\n", flags);
	fclose(f);
	return 0;
}

int fake_ethtool(void *ifreq)
{
	struct ifreq *ifr = ifreq;
	__u32 *cmd = (__u32 *)ifr->ifr_data;

	switch (*cmd) {
	case ETHTOOL_GRINGPARAM:
		((struct ethtool_ringparam *)cmd)->rx_pending = 4096;
		return 0;
	case ETHTOOL_GCHANNELS:
		((struct ethtool_channels *)cmd)->combined_count = 4;
		return 0;
	case ETHTOOL_GSSET_INFO:
		((struct ethtool_sset_info *)cmd)->data[0] = 2;
		return 0;
	case ETHTOOL_GSTRINGS:
		strcpy((char *)((struct ethtool_gstrings *)cmd)->data,
		       "live-update-hold-rx");
		strcpy((char *)((struct ethtool_gstrings *)cmd)->data +
		       ETH_GSTRING_LEN, "live-update");
		return 0;
	case ETHTOOL_GPFLAGS:
		((struct ethtool_value *)cmd)->data =
			setting("priv_flags", 2);
		return 0;
	case ETHTOOL_SPFLAGS:
		if (setting("spflags_errno", 0))
			return answer(setting("spflags_errno", 0));
		return set_flags(((struct ethtool_value *)cmd)->data);
	}
	return answer(EOPNOTSUPP);
}
