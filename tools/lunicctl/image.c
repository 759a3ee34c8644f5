// SPDX-License-Identifier: GPL-2.0
/* Finds the kernel to boot and reads the header of an x86 bzImage. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "opts.h"
#include "path.h"

/* Documentation/arch/x86/boot.rst */
#define SETUP_SECTS	0x1f1
#define SYSSIZE		0x1f4
#define BOOT_FLAG	0x1fe
#define HEADER		0x202
#define PROTOCOL	0x206
#define VERSION		0x20e
#define LOADFLAGS	0x211
#define RELOCATABLE	0x234
#define XLOADFLAGS	0x236
#define CMDLINE_SIZE	0x238
#define PAYLOAD		0x248
#define INIT_SIZE	0x260
#define HEADER_END	0x264

#define VERSION_BASE	0x200
#define SECTOR		512
#define PARAGRAPH	16
#define DEFAULT_SECTS	4
#define LOADED_HIGH	0x01
#define XLF_KERNEL_64	0x01
#define XLF_ABOVE_4G	0x02
#define PROTOCOL_MIN	0x20c

static uint16_t get16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static bool is_kernel(const unsigned char *h)
{
	return get16(h + BOOT_FLAG) == 0xaa55 && !memcmp(h + HEADER, "HdrS", 4);
}

static bool is_startable(const unsigned char *h)
{
	uint16_t wanted = XLF_KERNEL_64 | XLF_ABOVE_4G;

	return get16(h + PROTOCOL) >= PROTOCOL_MIN &&
	       h[LOADFLAGS] & LOADED_HIGH && h[RELOCATABLE] &&
	       (get16(h + XLOADFLAGS) & wanted) == wanted;
}

static void read_banner(struct image *im, int fd, uint16_t at)
{
	ssize_t n = pread(fd, im->banner, sizeof(im->banner) - 1,
			  VERSION_BASE + at);

	im->banner[n > 0 ? n : 0] = '\0';
	snprintf(im->release, sizeof(im->release), "%.*s",
		 (int)strcspn(im->banner, " "), im->banner);
}

static enum image_fault read_header(struct image *im, int fd)
{
	unsigned char h[HEADER_END];
	struct stat st;
	uint64_t setup;

	if (fstat(fd, &st))
		return IMAGE_UNREADABLE;
	if (!S_ISREG(st.st_mode) ||
	    pread(fd, h, sizeof(h), 0) != sizeof(h) || !is_kernel(h))
		return IMAGE_FOREIGN;
	if (!is_startable(h))
		return IMAGE_OLD;

	setup = ((h[SETUP_SECTS] ?: DEFAULT_SECTS) + 1) * SECTOR;
	im->bytes = st.st_size;
	im->run_bytes = get32(h + INIT_SIZE);
	im->cmdline_max = get32(h + CMDLINE_SIZE);
	im->payload = setup + get32(h + PAYLOAD);
	if (im->bytes < setup + (uint64_t)get32(h + SYSSIZE) * PARAGRAPH)
		return IMAGE_TRUNCATED;
	read_banner(im, fd, get16(h + VERSION));
	return IMAGE_GOOD;
}

static int is_bootable(const struct dirent *e)
{
	return !strncmp(e->d_name, "vmlinuz-", strlen("vmlinuz-")) &&
	       !strstr(e->d_name, "rescue") && !strstr(e->d_name, ".old") &&
	       !strstr(e->d_name, ".dpkg-");
}

/* The newest by its version, or what the link vmlinuz names */
static bool find_kernel(struct image *im)
{
	struct dirent **list = NULL;
	int n = scandir(path("/boot").s, &list, is_bootable, versionsort);
	struct path found = path("/boot/vmlinuz");

	for (int i = 0; i < n; i++) {
		if (i == n - 1)
			found = path("/boot/%s", list[i]->d_name);
		free(list[i]);
	}
	free(list);
	snprintf(im->file, sizeof(im->file), "%s", found.s);
	return n > 0 || !access(found.s, F_OK);
}

/* As initramfs-tools and as dracut name it */
static void find_initrd(struct image *im)
{
	static const char * const names[] = {
		"initrd.img-%s", "initramfs-%s.img", "initrd-%s",
	};
	const char *slash = strrchr(im->file, '/');
	int dir = slash ? slash + 1 - im->file : 0;
	char name[PATH_MAX], base[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(base, sizeof(base), names[i], im->release);
		snprintf(name, sizeof(name), "%.*s%s", dir, im->file, base);
		if (!access(name, F_OK)) {
			snprintf(im->initrd, sizeof(im->initrd), "%s", name);
			return;
		}
	}
}

enum image_fault image_find(struct image *im)
{
	enum image_fault fault;
	int fd;

	*im = (struct image){};
	if (opts.kernel)
		snprintf(im->file, sizeof(im->file), "%s", opts.kernel);
	else if (!find_kernel(im))
		return IMAGE_NONE;

	fd = open(im->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return IMAGE_UNREADABLE;
	fault = read_header(im, fd);
	close(fd);
	if (opts.initrd)
		snprintf(im->initrd, sizeof(im->initrd), "%s", opts.initrd);
	else if (fault == IMAGE_GOOD)
		find_initrd(im);
	return fault;
}
