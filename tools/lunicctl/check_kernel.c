// SPDX-License-Identifier: GPL-2.0
/* Checks the kernel to boot: image, configuration, memory for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "cmdline.h"
#include "opts.h"
#include "path.h"

/* What the kernel wants beside image and initramfs */
#define SPARE_BYTES	(16ULL << 20)
#define MIB(bytes)	((uint64_t)(bytes) >> 20)

static const char rebuild[] =
	"a kernel with lunic's patches and KEXEC_HANDOVER, LIVEUPDATE, PCI_LIVEUPDATE and LUNIC in its configuration: --kernel FILE";

static void image_failed(struct checks *cs, const struct image *im,
			 enum image_fault fault, int err)
{
	switch (fault) {
	case IMAGE_NONE:
		check_fail(cs, "kernel", "--kernel FILE",
			   "no kernel image /boot/vmlinuz-*");
		break;
	case IMAGE_UNREADABLE:
		check_fail(cs, "kernel", err == EACCES ? "sudo" : "--kernel FILE, for instance one of: ls /boot/vmlinuz-*",
			   "%s: %s", im->file, strerror(err));
		break;
	case IMAGE_FOREIGN:
		check_fail(cs, "kernel", "--kernel with a bzImage of this machine's architecture: arch/x86/boot/bzImage, /boot/vmlinuz-*",
			   "%s is not a kernel image for x86", im->file);
		break;
	case IMAGE_OLD:
		check_fail(cs, "kernel", "a 64-bit kernel with CONFIG_RELOCATABLE=y",
			   "%s can't be started by kexec_file_load()",
			   im->file);
		break;
	default:
		check_fail(cs, "kernel", "install it again, with space on the disk: df /boot",
			   "%s is truncated", im->file);
	}
}

static void check_option(struct checks *cs, const struct kconfig *kc,
			 const char *option, char least)
{
	char name[64];
	char val;

	snprintf(name, sizeof(name), "CONFIG_%s", option);
	val = kconfig_get(kc, name);
	if (val == 'y' || val == least)
		check_ok(cs, "kernel-config", "%s=%c", name, val);
	else
		check_fail(cs, "kernel-config", rebuild, "%s is not set", name);
}

/* A driver that is not the kernel's own can still be there: DKMS */
static void check_driver_option(struct checks *cs, const struct kconfig *kc)
{
	char val = kconfig_get(kc, "CONFIG_LUNIC");

	if (val == 'n')
		check_ok(cs, "kernel-config", "CONFIG_LUNIC is not set: the module is another package's");
	else
		check_ok(cs, "kernel-config", "CONFIG_LUNIC=%c", val);
}

/* A kernel that throws the handover away lets the NIC write anywhere */
static void config_failed(struct checks *cs, const struct image *im, int err)
{
	char remedy[512];

	snprintf(remedy, sizeof(remedy),
		 "the configuration it was built with, as config-%s beside the image",
		 im->release);
	check_fail(cs, "kernel-config", remedy,
		   "nothing tells whether it can take a handover: no configuration (%s)",
		   strerror(-err));
}

static void check_config(struct checks *cs, const struct kconfig *kc)
{
	check_option(cs, kc, "KEXEC_HANDOVER", 'y');
	check_option(cs, kc, "LIVEUPDATE", 'y');
	check_option(cs, kc, "PCI_LIVEUPDATE", 'y');
	check_driver_option(cs, kc);
}

static uint64_t initrd_bytes(const struct image *im)
{
	struct stat st;

	return im->initrd[0] && !stat(im->initrd, &st) ? st.st_size : 0;
}

/* Both files are read into memory first, then laid out as they will be run */
static void check_memory(struct checks *cs, const struct image *im)
{
	uint64_t need = im->bytes + im->run_bytes + 2 * initrd_bytes(im) +
			SPARE_BYTES;
	struct bytes info;
	const char *s;
	uint64_t have;

	if (bytes_read(path("/proc/meminfo").s, &info))
		return;
	s = bytes_line(&info, "MemAvailable", ':');
	have = s ? strtoull(s, NULL, 10) << 10 : 0;
	bytes_free(&info);
	if (!s)
		check_warn(cs, "kernel-memory", NULL,
			   "/proc/meminfo has no MemAvailable");
	else if (have >= need)
		check_ok(cs, "kernel-memory", "%" PRIu64
			 " MiB needed to load it, %" PRIu64 " available",
			 MIB(need), MIB(have));
	else
		check_fail(cs, "kernel-memory",
			   "end what uses memory (ps -e --sort -rss -o rss,comm), or a smaller initramfs: MODULES=dep in /etc/initramfs-tools/initramfs.conf",
			   "%" PRIu64 " MiB are needed to load it, and only %"
			   PRIu64 " are available", MIB(need), MIB(have));
}

static void check_image(struct checks *cs, struct target *t)
{
	struct kconfig kc;
	int err = kconfig_find(&kc, &t->image);

	if (err) {
		config_failed(cs, &t->image, err);
	} else {
		check_config(cs, &kc);
		check_initrd(cs, t, &kc);
	}
	check_cmdline(cs, t, &kc);
	check_memory(cs, &t->image);
	kconfig_free(&kc);
}

void check_kernel(struct checks *cs, struct target *t)
{
	enum image_fault fault = image_find(&t->image);
	int err = errno;

	if (cmdline_next(&t->cmdline))
		t->cmdline = NULL;
	if (fault != IMAGE_GOOD) {
		image_failed(cs, &t->image, fault, err);
		return;
	}
	check_ok(cs, "kernel", "%s, %s%s", t->image.file, t->image.release,
		 opts.kernel ? "" : " (the newest there)");
	check_image(cs, t);
}

void target_free(struct target *t)
{
	free(t->cmdline);
	*t = (struct target){};
}
