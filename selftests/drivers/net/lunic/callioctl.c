// SPDX-License-Identifier: GPL-2.0
/* In the guest: makes one ioctl as it is told to and says what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROOM	4096

static const char usage_text[] =
"usage: callioctl FILE REQUEST BYTES   BYTES: hexadecimal, or \"bad\" for an\n"
"                                      address where nothing is mapped\n"
"Prints OK or the errno's name, and the bytes as they are then.\n";

static unsigned char room[ROOM];

static size_t fill(const char *hex)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n && i < ROOM; i++)
		sscanf(hex + 2 * i, "%2hhx", &room[i]);
	return n < ROOM ? n : ROOM;
}

int main(int argc, char **argv)
{
	void *argument = room;
	size_t length = 0;
	int fd, rc;

	if (argc != 4) {
		fputs(usage_text, stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		printf("open: %s\n", strerrorname_np(errno));
		return 1;
	}
	if (strcmp(argv[3], "bad"))
		length = fill(argv[3]);
	else
		argument = (void *)1;

	rc = ioctl(fd, strtoul(argv[2], NULL, 0), argument);
	printf("%s ", rc < 0 ? strerrorname_np(errno) : "OK");
	for (size_t i = 0; i < length; i++)
		printf("%02x", room[i]);
	puts("");
	return 0;
}
