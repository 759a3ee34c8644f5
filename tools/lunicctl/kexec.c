// SPDX-License-Identifier: GPL-2.0
/* Calls kexec_file_load(2) and reboot(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kexec.h"
#include "path.h"
#include "text.h"

#define FLAG_NOBODY_KNOWS	(1UL << 31)

static int call(int kernel, int initrd, const char *cmdline,
		unsigned long flags)
{
	unsigned long len = cmdline ? strlen(cmdline) + 1 : 0;

	return syscall(SYS_kexec_file_load, kernel, initrd, len, cmdline,
		       flags) ? -errno : 0;
}

static int load(int kernel, const char *initrd, const char *cmdline)
{
	int fd, err;

	if (!initrd || !*initrd)
		return call(kernel, -1, cmdline, KEXEC_FILE_NO_INITRAMFS);
	fd = open(initrd, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = call(kernel, fd, cmdline, 0);
	close(fd);
	return err;
}

int kexec_load_file(const char *kernel, const char *initrd,
		    const char *cmdline)
{
	int fd = open(kernel, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = load(fd, initrd, cmdline);
	close(fd);
	return err;
}

int kexec_unload(void)
{
	return call(-1, -1, NULL, KEXEC_FILE_UNLOAD);
}

/* The permission is looked at first, then the flags, and then no further */
int kexec_probe(void)
{
	int err = call(-1, -1, NULL, FLAG_NOBODY_KNOWS);

	return err == -EINVAL ? 0 : err;
}

int kexec_jump(void)
{
	reboot(RB_KEXEC);
	return -errno;
}

bool kexec_is_loaded(void)
{
	struct text t;

	return !text_read(path("/sys/kernel/kexec_loaded").s, &t) &&
	       t.s[0] == '1';
}
