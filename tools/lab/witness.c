// SPDX-License-Identifier: GPL-2.0
/* Outside the VM: sends numbered frames to its NIC and keeps book of answers. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"
#include "sender.h"
#include "tally.h"
#include "wire.h"

#define NS		1000000000ULL
#define MS		1000000ULL
#define RECEIVE_BUDGET	256
/* Silences longer than this are told to the runner when they end */
#define TELL_GAP_NS	(300 * MS)
/* What the kernel books for a small datagram beside its bytes */
#define SKB_OVERHEAD	1024

struct options {
	int fd;
	uint32_t rate;
	uint32_t flows;
	uint32_t size;
	uint32_t seconds;
	uint64_t frames;
	uint32_t drain_ms;
	uint32_t buffer_ms;
	uint16_t port;
	const char *log;
	struct faults faults;
	struct wire wire;
};

struct answer {
	uint64_t at_ns;
	uint64_t sent_ns;
	uint32_t seq;
	uint16_t flow;
	uint16_t verdict;
};

struct witness {
	struct options opt;
	struct sender sender;
	struct tally tally;
	FILE *log;
};

static volatile sig_atomic_t stop_asked;

static const char usage_text[] =
"usage: witness --fd N [options]\n"
"\n"
"Sends numbered UDP frames into the datagram socket N (the other end of QEMU's\n"
"-netdev dgram,local.type=fd) and counts the answers. Answers ARP and ping for\n"
"its own addresses. Stops at a line \"stop\" or the end of its standard input, at\n"
"SIGTERM, or after --seconds; then prints its books as JSON.\n"
"\n"
"  --fd N             inherited AF_UNIX SOCK_DGRAM socket\n"
"  --rate N           frames a second, 0: only answer (1000)\n"
"  --flows N          UDP flows, each with a source port of its own (16)\n"
"  --sources N        the flows come from so many addresses in turn, the first of\n"
"                     them 16 above our own; 0: from our own (0)\n"
"  --size N           bytes of a frame without FCS, 96 to 1514 (128)\n"
"  --seconds N        stop sending after so long, 0: when told (0)\n"
"  --frames N         send so many and no more, then wait; 0: no end (0)\n"
"  --drain-ms N       after the last frame, wait until so long no answer came (1000)\n"
"  --buffer-ms N      frames of so many ms fit into the socket; what does not\n"
"                     fit is counted as refused (500)\n"
"  --ip A --mac M     own address (10.0.0.1 52:54:00:00:00:01)\n"
"  --peer-ip A --peer-mac M   the guest's (10.0.0.2 52:54:00:12:34:56)\n"
"  --port N           the sink's UDP port (9000)\n"
"  --echo             send ICMP echo requests, which the guest's kernel answers\n"
"                     whether or not a sink runs\n"
"  --log FILE         every answer: 24 bytes, little endian: time ns (8), time\n"
"                     sent ns (8), number (4), flow (2), 0 or 1 = corrupt (2)\n"
"  --drop-nth N  --dup-nth N  --alter-nth N\n"
"                     do this to every Nth frame: the checks must notice\n"
"\n"
"On standard error: \"first T\" at the first answer, \"sent T\" when --frames are\n"
"sent, \"resumed T MS\" at the end of a silence of MS > 300 ms (T: seconds since the epoch).\n";

static void fail(const char *what)
{
	fprintf(stderr, "witness: %s\n", what);
	exit(2);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static uint32_t number(const char *name, const char *text, uint32_t max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value > max) {
		fprintf(stderr, "witness: --%s %s: a number from 0 to %u is needed\n",
			name, text, max);
		exit(2);
	}
	return value;
}

static void set_ip(uint32_t *ip, const char *text)
{
	if (inet_pton(AF_INET, text, ip) != 1)
		fail("an IPv4 address is needed after --ip and --peer-ip");
}

static void set_mac(uint8_t *mac, const char *text)
{
	if (wire_parse_mac(text, mac))
		fail("a MAC address (aa:bb:cc:dd:ee:ff) is needed after --mac and --peer-mac");
}

enum { FD = 1, RATE, FLOWS, SOURCES, SIZE, SECONDS, DRAIN, BUFFER, IP, MAC, PEER_IP,
       PEER_MAC, PORT, LOG, DROP, DUP, ALTER, FRAMES, ECHO, HELP };

static const struct option long_options[] = {
	{ "fd", 1, NULL, FD }, { "rate", 1, NULL, RATE },
	{ "flows", 1, NULL, FLOWS }, { "size", 1, NULL, SIZE },
	{ "sources", 1, NULL, SOURCES },
	{ "seconds", 1, NULL, SECONDS }, { "drain-ms", 1, NULL, DRAIN },
	{ "buffer-ms", 1, NULL, BUFFER }, { "ip", 1, NULL, IP },
	{ "mac", 1, NULL, MAC }, { "peer-ip", 1, NULL, PEER_IP },
	{ "peer-mac", 1, NULL, PEER_MAC }, { "port", 1, NULL, PORT },
	{ "frames", 1, NULL, FRAMES }, { "log", 1, NULL, LOG }, { "drop-nth", 1, NULL, DROP },
	{ "dup-nth", 1, NULL, DUP }, { "alter-nth", 1, NULL, ALTER },
	{ "echo", 0, NULL, ECHO }, { "help", 0, NULL, HELP }, { NULL, 0, NULL, 0 },
};

static void set_option(struct options *o, int option, const char *name)
{
	switch (option) {
	case FD: o->fd = number(name, optarg, 1 << 20); break;
	case RATE: o->rate = number(name, optarg, 200000); break;
	case FLOWS: o->flows = number(name, optarg, 1024); break;
	case SOURCES: o->wire.sources = number(name, optarg, 128); break;
	case SIZE: o->size = number(name, optarg, 1514); break;
	case SECONDS: o->seconds = number(name, optarg, 86400); break;
	case FRAMES: o->frames = number(name, optarg, UINT32_MAX); break;
	case DRAIN: o->drain_ms = number(name, optarg, 600000); break;
	case BUFFER: o->buffer_ms = number(name, optarg, 60000); break;
	case PORT: o->port = number(name, optarg, 65535); break;
	case IP: set_ip(&o->wire.self.ip, optarg); break;
	case MAC: set_mac(o->wire.self.mac, optarg); break;
	case PEER_IP: set_ip(&o->wire.peer.ip, optarg); break;
	case PEER_MAC: set_mac(o->wire.peer.mac, optarg); break;
	case LOG: o->log = optarg; break;
	case DROP: o->faults.drop = number(name, optarg, UINT32_MAX); break;
	case DUP: o->faults.dup = number(name, optarg, UINT32_MAX); break;
	case ALTER: o->faults.alter = number(name, optarg, UINT32_MAX); break;
	case ECHO: o->wire.echo = true; break;
	case HELP: fputs(usage_text, stdout); exit(0);
	default: fail("see witness --help");
	}
}

static void set_defaults(struct options *o)
{
	*o = (struct options){ .fd = -1, .rate = 1000, .flows = 16, .size = 128,
			       .drain_ms = 1000, .buffer_ms = 500,
			       .port = PROBE_PORT };
	set_ip(&o->wire.self.ip, "10.0.0.1");
	set_ip(&o->wire.peer.ip, "10.0.0.2");
	set_mac(o->wire.self.mac, "52:54:00:00:00:01");
	set_mac(o->wire.peer.mac, "52:54:00:12:34:56");
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int index, option;

	set_defaults(o);
	while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1)
		set_option(o, option, option == '?' ? "" : long_options[index].name);
	if (optind != argc || o->fd < 0)
		fail("--fd N and nothing but options is needed; see witness --help");
	if (o->size < 96)
		fail("--size: at least 96 bytes are needed for headers and number");
	if (!o->flows)
		fail("--flows: at least one flow is needed");
}

/* As much as fits the wanted time; without privilege the system's maximum */
static void size_socket(const struct options *o)
{
	uint64_t frames = (uint64_t)o->rate * o->buffer_ms / 1000 + 16;
	uint64_t want = frames * (o->size + SKB_OVERHEAD) / 2;
	int bytes = want > INT32_MAX ? INT32_MAX : (int)want;

	if (setsockopt(o->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(o->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static void check_socket(int fd)
{
	socklen_t length = sizeof(int);
	int type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) || type != SOCK_DGRAM)
		fail("--fd: not an inherited datagram socket");
}

static void log_answer(struct witness *w, const struct probe *p, uint64_t at_ns,
		       enum probe_verdict verdict)
{
	struct answer a = { .at_ns = at_ns, .sent_ns = p->sent_ns, .seq = p->seq,
			    .flow = p->flow, .verdict = verdict };

	if (w->log)
		fwrite(&a, sizeof(a), 1, w->log);
}

static void tell(const struct witness *w, uint64_t at_ns, uint64_t gap_ns)
{
	if (w->tally.first_ns == at_ns)
		fprintf(stderr, "first %.6f\n", at_ns / 1e9);
	else if (gap_ns > TELL_GAP_NS)
		fprintf(stderr, "resumed %.6f %.1f\n", at_ns / 1e9, gap_ns / 1e6);
}

static void count_answer(struct witness *w, const uint8_t *payload, size_t length)
{
	const struct probe *p = (const void *)payload;
	enum probe_verdict verdict = probe_check(payload, length);
	uint64_t at_ns = now();

	if (verdict == PROBE_FOREIGN)
		return;
	if (verdict == PROBE_CORRUPT)
		w->tally.corrupted++;
	else if (p->run != w->sender.run)
		w->tally.stale++;
	else
		tell(w, at_ns, tally_answer(&w->tally, p->flow, p->seq, at_ns));
	log_answer(w, p, at_ns, verdict);
}

static void take_frame(struct witness *w, uint8_t *frame, size_t length)
{
	size_t payload_length;
	const uint8_t *payload;

	payload = wire_payload(frame, length, &w->opt.wire, &payload_length);
	if (payload) {
		count_answer(w, payload, payload_length);
		return;
	}
	length = wire_answer(frame, length, &w->opt.wire);
	if (length)
		send(w->opt.fd, frame, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive(struct witness *w)
{
	static uint8_t frame[WIRE_MAX];

	for (int i = 0; i < RECEIVE_BUDGET; i++) {
		ssize_t n = recv(w->opt.fd, frame, sizeof(frame), MSG_DONTWAIT);

		if (n <= 0)
			return;
		take_frame(w, frame, n);
	}
}

static void read_command(void)
{
	char line[64];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (n < 0 && errno == EINTR)
		return;
	line[n > 0 ? n : 0] = '\0';
	if (n <= 0 || strstr(line, "stop"))
		stop_asked = 1;
}

static void wait_until(const struct witness *w, uint64_t until_ns, bool commands)
{
	struct pollfd fds[2] = { { .fd = w->opt.fd, .events = POLLIN },
				 { .fd = STDIN_FILENO, .events = POLLIN } };
	uint64_t at = now();
	uint64_t left = until_ns > at ? until_ns - at : 0;
	struct timespec ts = { .tv_sec = left / NS, .tv_nsec = left % NS };

	if (ppoll(fds, commands ? 2 : 1, &ts, NULL) > 0 && fds[1].revents)
		read_command();
}

static bool time_is_up(const struct witness *w, uint64_t at_ns)
{
	return w->opt.seconds &&
	       at_ns >= w->tally.start_ns + w->opt.seconds * NS;
}

static void tell_sent(uint64_t at_ns)
{
	fprintf(stderr, "sent %.6f\n", at_ns / 1e9);
}

static void send_phase(struct witness *w)
{
	uint64_t at_ns = now();

	while (!stop_asked && !time_is_up(w, at_ns)) {
		bool done = sender_is_done(&w->sender);
		uint64_t next;

		if (sender_run(&w->sender, at_ns) < 0)
			fail("the VM closed its end of the socket");
		if (!done && sender_is_done(&w->sender))
			tell_sent(now());
		receive(w);
		next = sender_next_ns(&w->sender);
		if (next > at_ns + NS / 10)
			next = at_ns + NS / 10;
		wait_until(w, next, true);
		at_ns = now();
	}
	tally_stop(&w->tally, at_ns);
}

/* A guest may have a backlog to work off: the end is when it says no more */
static void drain_phase(struct witness *w)
{
	uint64_t quiet_since = now();

	while (now() < quiet_since + w->opt.drain_ms * MS) {
		wait_until(w, quiet_since + w->opt.drain_ms * MS, false);
		receive(w);
		if (w->tally.last_ns > quiet_since)
			quiet_since = w->tally.last_ns;
	}
}

static void on_stop(int signal)
{
	(void)signal;
	stop_asked = 1;
}

static void start(struct witness *w)
{
	struct sigaction stop = { .sa_handler = on_stop };
	uint64_t at_ns;

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	/* Best effort: punctual frames matter more than a nice machine */
	prctl(PR_SET_TIMERSLACK, 1UL);
	setpriority(PRIO_PROCESS, 0, -10);
	setvbuf(stderr, NULL, _IOLBF, 0);
	probe_init();
	receive(w);
	at_ns = now();
	w->sender = (struct sender){ .fd = w->opt.fd, .tally = &w->tally,
				     .faults = w->opt.faults, .rate = w->opt.rate,
				     .flows = w->opt.flows,
				     .frames = w->opt.frames,
				     .frame_size = w->opt.size, .run = at_ns };
	if (tally_init(&w->tally, w->opt.flows, at_ns) ||
	    sender_init(&w->sender, &w->opt.wire, w->opt.port))
		fail("out of memory");
	w->sender.start_ns = now();
}

int main(int argc, char **argv)
{
	static struct witness w;

	parse_options(&w.opt, argc, argv);
	check_socket(w.opt.fd);
	size_socket(&w.opt);
	if (w.opt.log) {
		w.log = fopen(w.opt.log, "wb");
		if (!w.log)
			fail("--log: cannot write that file");
	}
	start(&w);
	send_phase(&w);
	drain_phase(&w);
	tally_json(&w.tally, stdout);
	if (w.log && fclose(w.log))
		fail("--log: the file could not be written completely");
	return 0;
}
