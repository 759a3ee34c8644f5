// SPDX-License-Identifier: GPL-2.0
/* In the guest: the few things that a test needs and busybox has not. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mark.h"

#define KEXEC_MAGIC1	0xfee1dead
#define KEXEC_MAGIC2	672274793
#define KEXEC_COMMAND	0x45584543

static const char usage_text[] =
"usage: labctl jump                   reboot into the kernel that kexec loaded,\n"
"                                     without a sync or a shutdown script\n"
"       labctl mark TEXT...           put a line on the console\n"
"       labctl reg BDF OFFSET [VALUE] read or write a register of BAR 0\n";

static int jump(void)
{
	mark("jump");
	if (syscall(SYS_reboot, KEXEC_MAGIC1, KEXEC_MAGIC2, KEXEC_COMMAND, NULL)) {
		fprintf(stderr, "labctl: jump: %s%s\n", strerror(errno),
			errno == EINVAL ? "; load a kernel first: kexec -s -l" : "");
		mark("jump failed: %s", strerror(errno));
	}
	return 1;
}

static int put_mark(int argc, char **argv)
{
	char text[200] = "";

	for (int i = 0; i < argc; i++) {
		strncat(text, argv[i], sizeof(text) - strlen(text) - 1);
		if (i + 1 < argc)
			strncat(text, " ", sizeof(text) - strlen(text) - 1);
	}
	mark("%s", text);
	return 0;
}

static volatile uint32_t *map_register(const char *bdf, unsigned long offset)
{
	struct stat st;
	char path[128];
	char *bar;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", bdf);
	fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		fprintf(stderr, "labctl: %s: %s; a device as in 0000:01:00.0 is needed\n",
			path, strerror(errno));
		return NULL;
	}
	if (offset % 4 || offset + 4 > (unsigned long)st.st_size) {
		fprintf(stderr, "labctl: 0x%lx is not a register of this BAR\n", offset);
		return NULL;
	}
	bar = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED) {
		fprintf(stderr, "labctl: cannot map %s: %s\n", path, strerror(errno));
		return NULL;
	}
	return (volatile uint32_t *)(bar + offset);
}

static int access_register(int argc, char **argv)
{
	volatile uint32_t *reg;

	if (argc < 2 || argc > 3) {
		fputs(usage_text, stderr);
		return 2;
	}
	reg = map_register(argv[0], strtoul(argv[1], NULL, 0));
	if (!reg)
		return 1;
	if (argc == 3)
		*reg = strtoul(argv[2], NULL, 0);
	else
		printf("0x%08x\n", *reg);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "jump"))
		return jump();
	if (argc > 2 && !strcmp(argv[1], "mark"))
		return put_mark(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "reg"))
		return access_register(argc - 2, argv + 2);
	fputs(usage_text, argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
	return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
}
