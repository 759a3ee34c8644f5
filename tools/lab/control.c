// SPDX-License-Identifier: GPL-2.0
/* Carries requests to a running sink and its answers back. */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROL_PATH	"/run/sink.sock"

static control_handler handle;
static int listener;

static struct sockaddr_un control_address(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = CONTROL_PATH };
	return address;
}

/* The first byte of an answer is the exit code, the rest is text */
static void serve_one(int client)
{
	char request[64] = "", *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	int rc;

	if (!out)
		return;
	if (read(client, request, sizeof(request) - 1) > 0) {
		fputc('0', out);
		rc = handle(request, out);
		fclose(out);
		text[0] = '0' + rc;
		send(client, text, length, MSG_NOSIGNAL);
	} else {
		fclose(out);
	}
	free(text);
}

static void *serve(void *unused)
{
	(void)unused;
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			continue;
		serve_one(client);
		close(client);
	}
	return NULL;
}

int control_serve(control_handler handler)
{
	struct sockaddr_un address = control_address();
	pthread_t thread;

	handle = handler;
	unlink(CONTROL_PATH);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 4))
		return -1;
	errno = pthread_create(&thread, NULL, serve, NULL);
	return errno ? -1 : 0;
}

static int print_answer(int fd)
{
	char text[4096];
	int code = -1;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0) {
		int skip = code < 0;

		if (skip)
			code = text[0] - '0';
		fwrite(text + skip, 1, n - skip, stdout);
	}
	return code < 0 ? 1 : code;
}

int control_ask(const char *request)
{
	struct sockaddr_un address = control_address();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		fprintf(stderr, "sink: no sink is running (%s: %s); start one with \"sink &\"\n",
			CONTROL_PATH, strerror(errno));
		return 1;
	}
	if (write(fd, request, strlen(request)) < 0)
		return 1;
	return print_answer(fd);
}
