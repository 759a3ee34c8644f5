// SPDX-License-Identifier: GPL-2.0
/* In the guest: reads numbered frames, marks each in a memfd, answers it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "luo.h"
#include "mark.h"
#include "marks.h"
#include "probe.h"

#define SESSION_NAME	"sink"
#define MARKS_TOKEN	1
#define BATCH		64
#define FRAME_ROOM	2048
#define RECEIVE_BUFFER	(256 << 20)
#define SEND_BUFFER	(64 << 20)

struct options {
	int port;
	int flows;
	int go_fd;
	int ready_fd;
	const char *request;
};

static const char usage_text[] =
"usage: sink [options]                         serve, in the foreground\n"
"       sink --report | --preserve | --cancel  tell a running sink\n"
"\n"
"Reads the witness's frames from a UDP port, marks each number in a memfd and\n"
"answers it. Where the previous kernel left a live update session \"sink\", its\n"
"marks are taken over and go on.\n"
"\n"
"  --port N      UDP port (9000)\n"
"  --flows N     flows to keep marks of, at most 256 (16)\n"
"  --go-fd N     read a byte there before /dev/liveupdate is opened: its first\n"
"                opening fails for good where a preserved file's driver is missing\n"
"  --ready-fd N  write a byte there when frames can come\n"
"  --report      print what was read as JSON\n"
"  --preserve    put the marks into a live update session \"sink\" and hold it\n"
"  --cancel      close that session: nothing is handed over\n";

static struct marks marks;
static int session = -1;

static int adopt_from(int incoming)
{
	int fd = luo_retrieve(incoming, MARKS_TOKEN);

	if (fd < 0 || marks_adopt(&marks, fd)) {
		mark("sink lost its marks: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* 0 when the previous kernel's marks go on */
static int adopt_marks(void)
{
	int luo = luo_open();
	int incoming, rc;

	if (luo < 0)
		return -1;
	incoming = luo_retrieve_session(luo, SESSION_NAME);
	close(luo);
	if (incoming < 0)
		return -1;
	rc = adopt_from(incoming);
	if (luo_finish(incoming))
		mark("sink cannot finish its session: %s", strerror(errno));
	close(incoming);
	return rc;
}

static int preserve(FILE *out)
{
	int luo;

	if (session >= 0) {
		fputs("sink: preserved already\n", out);
		return 0;
	}
	luo = luo_open();
	if (luo < 0) {
		fprintf(out, "sink: /dev/liveupdate: %s; boot with kho=on liveupdate=on\n",
			strerror(errno));
		return 1;
	}
	session = luo_create_session(luo, SESSION_NAME);
	close(luo);
	if (session >= 0 && !luo_preserve(session, marks.fd, MARKS_TOKEN))
		return 0;
	fprintf(out, "sink: cannot preserve the marks: %s\n", strerror(errno));
	if (session >= 0)
		close(session);
	session = -1;
	return 1;
}

static int cancel(FILE *out)
{
	if (session < 0) {
		fputs("sink: nothing is preserved\n", out);
		return 1;
	}
	close(session);
	session = -1;
	return 0;
}

static int on_request(const char *request, FILE *out)
{
	if (!strcmp(request, "report")) {
		marks_json(&marks, out);
		return 0;
	}
	return strcmp(request, "preserve") ? cancel(out) : preserve(out);
}

static void die(const char *what)
{
	fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
	mark("sink failed: %s: %s", what, strerror(errno));
	exit(1);
}

static void size_buffer(int fd, int force, int plain, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

static int open_port(int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("no UDP socket");
	size_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
	size_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("cannot take the UDP port; is another sink running?");
	return fd;
}

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t room[BATCH][FRAME_ROOM];
};

static void prepare(struct batch *b, int i)
{
	b->iov[i] = (struct iovec){ .iov_base = b->room[i], .iov_len = FRAME_ROOM };
	b->msg[i].msg_hdr = (struct msghdr){ .msg_name = &b->from[i],
					     .msg_namelen = sizeof(b->from[i]),
					     .msg_iov = &b->iov[i], .msg_iovlen = 1 };
}

/* Moves what deserves an answer to the front; returns how many */
static int book(struct batch *b, int count)
{
	struct mmsghdr answers[BATCH];
	int n = 0;

	for (int i = 0; i < count; i++) {
		b->iov[i].iov_len = b->msg[i].msg_len;
		if (marks_take(&marks, b->room[i], b->msg[i].msg_len))
			answers[n++] = b->msg[i];
	}
	memcpy(b->msg, answers, n * sizeof(answers[0]));
	return n;
}

/* Reading goes on whatever becomes of the answers */
static void answer(int fd, struct batch *b, int count)
{
	for (int done = 0; done < count;) {
		int n = sendmmsg(fd, b->msg + done, count - done, MSG_DONTWAIT);

		if (n < 0) {
			marks.head->unsent++;
			n = 1;
		}
		done += n;
	}
}

static void serve(int fd)
{
	static struct batch b;
	int filled = BATCH;

	for (;;) {
		int n;

		for (int i = 0; i < filled; i++)
			prepare(&b, i);
		n = recvmmsg(fd, b.msg, BATCH, MSG_WAITFORONE, NULL);
		filled = n > 0 ? n : 0;
		if (n > 0)
			answer(fd, &b, book(&b, n));
		else if (n < 0 && errno != EINTR)
			die("cannot receive");
	}
}

static int number(const char *text, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (!*text || *end || value < 1 || value > max) {
		fprintf(stderr, "sink: %s: a number from 1 to %d is needed\n", text, max);
		exit(2);
	}
	return value;
}

static void parse_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "port", 1, NULL, 'p' }, { "flows", 1, NULL, 'f' },
		{ "go-fd", 1, NULL, 'g' }, { "ready-fd", 1, NULL, 'r' },
		{ "report", 0, NULL, 'R' },
		{ "preserve", 0, NULL, 'P' }, { "cancel", 0, NULL, 'C' },
		{ "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'p': o->port = number(optarg, 65535); break;
		case 'f': o->flows = number(optarg, MARKS_MAX_FLOWS); break;
		case 'g': o->go_fd = number(optarg, 1 << 20); break;
		case 'r': o->ready_fd = number(optarg, 1 << 20); break;
		case 'R': o->request = "report"; break;
		case 'P': o->request = "preserve"; break;
		case 'C': o->request = "cancel"; break;
		case 'h': fputs(usage_text, stdout); exit(0);
		default: fputs("see sink --help\n", stderr); exit(2);
		}
	}
	if (optind != argc) {
		fputs("sink: only options are taken; see sink --help\n", stderr);
		exit(2);
	}
}

static void wait_go(int go_fd)
{
	char byte;

	if (go_fd < 0)
		return;
	if (read(go_fd, &byte, 1) != 1)
		die("whoever was to say when to go is gone");
	close(go_fd);
}

static void tell_ready(int ready_fd)
{
	mark("sink ready updates=%llu", (unsigned long long)marks.head->updates);
	if (ready_fd >= 0) {
		if (write(ready_fd, "", 1) != 1)
			mark("sink could not tell that it is ready");
		close(ready_fd);
	}
}

int main(int argc, char **argv)
{
	struct options o = { .port = PROBE_PORT, .flows = 16, .go_fd = -1,
			     .ready_fd = -1 };
	int fd;

	parse_options(&o, argc, argv);
	if (o.request)
		return control_ask(o.request);
	probe_init();
	wait_go(o.go_fd);
	if (adopt_marks() && marks_create(&marks, o.flows))
		die("cannot create the memfd");
	fd = open_port(o.port);
	if (control_serve(on_request))
		die("cannot serve /run/sink.sock");
	tell_ready(o.ready_fd);
	serve(fd);
}
