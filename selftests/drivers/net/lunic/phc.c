// SPDX-License-Identifier: GPL-2.0
/* In the guest: a PTP clock's readings and settings, and stamped PTP frames. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define CLOCK_OF_FD(fd)	((~(clockid_t)(fd) << 3) | 3)
#define NS		1000000000LL
#define ETH_P_PTP	0x88f7
#define LOOKS		50
#define FRAME_BYTES	64
#define SEQUENCE	(14 + 30)
/* Younger than some systems' headers */
#define TSINFO_STATS	6
#define TS_STATS	3

static const unsigned char ptp_group[6] = { 0x01, 0x1b, 0x19 };

static const char usage_text[] =
"usage: phc pair DEV            the clock's time and the system's raw time\n"
"       phc tsc DEV             the clock's time and the CPU's cycles\n"
"       phc freq DEV PPB        adjust the frequency\n"
"       phc step DEV NS         shift the time\n"
"       phc set DEV NS          set the time\n"
"       phc watch DEV MS        read all the while: readings, refusals, steps\n"
"                               back, largest step against the system's clock\n"
"       phc config IF TX RX     set stamping; what was set\n"
"       phc get IF              how stamping is set\n"
"       phc stats IF            packets with a TX stamp, without, turned away\n"
"       phc send IF N MS        N frames, one each MS: number and TX stamp\n"
"       phc recv IF N MS        up to N frames in MS: number and RX stamp\n";

static int fail(const char *what)
{
	fprintf(stderr, "phc: %s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static long long to_ns(const struct timespec *t)
{
	return t->tv_sec * NS + t->tv_nsec;
}

/* 0 or -1; of @looks the pair whose readings were closest together */
static int read_pair(clockid_t clock, int looks, long long *phc, long long *sys)
{
	long long best = 0, width;
	struct timespec a, b, t;

	while (looks--) {
		clock_gettime(CLOCK_MONOTONIC_RAW, &a);
		if (clock_gettime(clock, &t))
			return -1;
		clock_gettime(CLOCK_MONOTONIC_RAW, &b);
		width = to_ns(&b) - to_ns(&a);
		if (!best || width < best) {
			best = width;
			*phc = to_ns(&t);
			*sys = to_ns(&a) + width / 2;
		}
	}
	return 0;
}

static int do_pair(clockid_t clock)
{
	long long phc, sys;

	if (read_pair(clock, LOOKS, &phc, &sys))
		return fail("read");
	printf("%lld %lld\n", phc, sys);
	return 0;
}

/* Cycles go on over a kexec, which starts the system's clocks anew */
static int do_tsc(clockid_t clock)
{
	unsigned long long a, b, width, best = 0, cycles = 0;
	long long phc = 0;
	struct timespec t;
	int looks = LOOKS;

	while (looks--) {
		a = __rdtsc();
		if (clock_gettime(clock, &t))
			return fail("read");
		b = __rdtsc();
		width = b - a;
		if (!best || width < best) {
			best = width;
			phc = to_ns(&t);
			cycles = a + width / 2;
		}
	}
	printf("%lld %llu\n", phc, cycles);
	return 0;
}

static int do_freq(clockid_t clock, long long ppb)
{
	struct timex t = { .modes = ADJ_FREQUENCY };

	t.freq = ppb * 65536 / 1000;
	return clock_adjtime(clock, &t) < 0 ? fail("frequency") : 0;
}

static int do_step(clockid_t clock, long long ns)
{
	struct timex t = { .modes = ADJ_SETOFFSET | ADJ_NANO };

	t.time.tv_sec = ns / NS - (ns % NS < 0);
	t.time.tv_usec = ns - t.time.tv_sec * NS;
	return clock_adjtime(clock, &t) < 0 ? fail("step") : 0;
}

static int do_set(clockid_t clock, long long ns)
{
	struct timespec t = { .tv_sec = ns / NS, .tv_nsec = ns % NS };

	return clock_settime(clock, &t) ? fail("set") : 0;
}

static int do_watch(clockid_t clock, long long ms)
{
	long long phc, sys, begin = 0, last_phc = 0, last_off = 0, worst = 0;
	long reads = 0, refused = 0, back = 0;

	do {
		if (read_pair(clock, 5, &phc, &sys)) {
			struct timespec now;

			refused++;
			clock_gettime(CLOCK_MONOTONIC_RAW, &now);
			sys = to_ns(&now);
			continue;
		}
		if (!reads++)
			begin = sys;
		else if (phc <= last_phc)
			back++;
		if (reads > 1 && llabs(phc - sys - last_off) > worst)
			worst = llabs(phc - sys - last_off);
		last_phc = phc;
		last_off = phc - sys;
		usleep(200);
	} while (sys - begin < ms * 1000000);
	printf("%ld %ld %ld %lld\n", reads, refused, back, worst);
	return 0;
}

static int do_config(int s, unsigned long request, const char *name, int tx,
		     int rx)
{
	struct hwtstamp_config config = { .tx_type = tx, .rx_filter = rx };
	struct ifreq ifr = {};

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	ifr.ifr_data = (void *)&config;
	if (ioctl(s, request, &ifr))
		return fail("config");
	printf("%d %d\n", config.tx_type, config.rx_filter);
	return 0;
}

/* A request of generic netlink, filled up attribute by attribute */
struct request {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char rest[16384];
};

static struct nlattr *put(struct request *r, int type, const void *data,
			  int len)
{
	struct nlattr *at = (void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	at->nla_type = type;
	at->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy(at + 1, data, len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) +
			    NLA_ALIGN(at->nla_len);
	return at;
}

/* The answer's attribute of that type, among those of @outer or of it all */
static struct nlattr *find(struct request *r, struct nlattr *outer, int type)
{
	char *at = outer ? (char *)(outer + 1) : r->rest;
	char *end = outer ? (char *)outer + outer->nla_len :
			    (char *)r + r->head.nlmsg_len;

	for (; at < end; at += NLA_ALIGN(((struct nlattr *)at)->nla_len))
		if ((((struct nlattr *)at)->nla_type & NLA_TYPE_MASK) == type)
			return (struct nlattr *)at;
	return NULL;
}

static unsigned int number(const struct nlattr *at)
{
	return at ? *(const unsigned int *)(at + 1) : ~0U;
}

static int ask(int s, struct request *r)
{
	if (send(s, r, r->head.nlmsg_len, 0) < 0 ||
	    recv(s, r, sizeof(*r), 0) < (ssize_t)sizeof(r->head))
		return -1;
	if (r->head.nlmsg_type == NLMSG_ERROR ||
	    r->head.nlmsg_len > sizeof(*r)) {
		errno = EPROTO;
		return -1;
	}
	return 0;
}

static void begin(struct request *r, int type, int command)
{
	memset(r, 0, sizeof(*r));
	r->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = NLM_F_REQUEST;
	r->genl.cmd = command;
	r->genl.version = 1;
}

static int do_stats(const char *name)
{
	unsigned int flags = ETHTOOL_FLAG_STATS | ETHTOOL_FLAG_COMPACT_BITSETS;
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), type;
	struct nlattr *at;
	struct request r;

	begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&r, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME,
	    sizeof(ETHTOOL_GENL_NAME));
	if (ask(s, &r))
		return fail("family");
	at = find(&r, NULL, CTRL_ATTR_FAMILY_ID);
	begin(&r, *(unsigned short *)(at + 1), ETHTOOL_MSG_TSINFO_GET);
	at = put(&r, ETHTOOL_A_TSINFO_HEADER | NLA_F_NESTED, NULL, 0);
	put(&r, ETHTOOL_A_HEADER_DEV_NAME, name, strlen(name) + 1);
	put(&r, ETHTOOL_A_HEADER_FLAGS, &flags, sizeof(flags));
	at->nla_len = (char *)&r + r.head.nlmsg_len - (char *)at;
	if (ask(s, &r))
		return fail("stats");
	at = find(&r, NULL, TSINFO_STATS);
	for (type = 1; at && type <= TS_STATS; type++)
		printf("%u ", number(find(&r, at, type)));
	return at ? 0 : 1;
}

static int stamped_socket(const char *name, int flags)
{
	struct sockaddr_ll at = {
		.sll_family	= AF_PACKET,
		.sll_protocol	= htons(ETH_P_PTP),
		.sll_ifindex	= if_nametoindex(name),
	};
	int s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_PTP));

	flags |= SOF_TIMESTAMPING_RAW_HARDWARE;
	if (s < 0 || bind(s, (void *)&at, sizeof(at)) ||
	    setsockopt(s, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)))
		return -1;
	return s;
}

/* The next frame's number and stamp, 0 without one; negative: none came */
static int take(int s, int flags, int ms, long long *stamp)
{
	unsigned char frame[256], control[512];
	struct iovec iov = { frame, sizeof(frame) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct pollfd p = { .fd = s, .events = flags ? 0 : POLLIN };
	struct cmsghdr *c;

	*stamp = 0;
	if (poll(&p, 1, ms) <= 0 || recvmsg(s, &msg, flags) < FRAME_BYTES - 4)
		return -1;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SO_TIMESTAMPING)
			*stamp = to_ns(&((struct scm_timestamping *)
					 CMSG_DATA(c))->ts[2]);
	return frame[SEQUENCE] << 8 | frame[SEQUENCE + 1];
}

/* Version 2 Sync over Ethernet */
static int do_send(const char *name, int n, int ms)
{
	unsigned char frame[FRAME_BYTES] = {
		[6] = 2, [11] = 1, [12] = ETH_P_PTP >> 8, [13] = ETH_P_PTP & 255,
		[15] = 2, [17] = 44,
	};
	int s = stamped_socket(name, SOF_TIMESTAMPING_TX_HARDWARE);
	long long stamp;
	int i, seq;

	if (s < 0)
		return fail("socket");
	memcpy(frame, ptp_group, sizeof(ptp_group));
	for (i = 0; i < n; i++) {
		frame[SEQUENCE] = i >> 8;
		frame[SEQUENCE + 1] = i;
		if (write(s, frame, sizeof(frame)) < 0)
			return fail("write");
		usleep(ms * 1000);
		while ((seq = take(s, MSG_ERRQUEUE, 0, &stamp)) >= 0)
			printf("%d %lld\n", seq, stamp);
	}
	while ((seq = take(s, MSG_ERRQUEUE, 300, &stamp)) >= 0)
		printf("%d %lld\n", seq, stamp);
	return 0;
}

static int do_recv(const char *name, int n, int ms)
{
	struct packet_mreq group = {
		.mr_ifindex	= if_nametoindex(name),
		.mr_type	= PACKET_MR_MULTICAST,
		.mr_alen	= sizeof(ptp_group),
	};
	int s = stamped_socket(name, SOF_TIMESTAMPING_RX_HARDWARE);
	long long stamp;
	int seq;

	memcpy(group.mr_address, ptp_group, sizeof(ptp_group));
	if (s < 0 || setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group,
				sizeof(group)))
		return fail("socket");
	while (n-- && (seq = take(s, 0, ms, &stamp)) >= 0)
		printf("%d %lld\n", seq, stamp);
	return 0;
}

static int on_clock(int argc, char **argv)
{
	int fd = open(argv[2], O_RDWR);
	clockid_t clock = CLOCK_OF_FD(fd);
	long long value = argc > 3 ? atoll(argv[3]) : 0;

	if (fd < 0)
		return fail(argv[2]);
	if (!strcmp(argv[1], "pair"))
		return do_pair(clock);
	if (!strcmp(argv[1], "tsc"))
		return do_tsc(clock);
	if (!strcmp(argv[1], "freq"))
		return do_freq(clock, value);
	if (!strcmp(argv[1], "step"))
		return do_step(clock, value);
	if (!strcmp(argv[1], "set"))
		return do_set(clock, value);
	return do_watch(clock, value);
}

int main(int argc, char **argv)
{
	setlinebuf(stdout);
	if (argc == 5 && !strcmp(argv[1], "config"))
		return do_config(socket(AF_INET, SOCK_DGRAM, 0), SIOCSHWTSTAMP,
				 argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && !strcmp(argv[1], "get"))
		return do_config(socket(AF_INET, SOCK_DGRAM, 0), SIOCGHWTSTAMP,
				 argv[2], 0, 0);
	if (argc == 5 && !strcmp(argv[1], "send"))
		return do_send(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "recv"))
		return do_recv(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && !strcmp(argv[1], "stats"))
		return do_stats(argv[2]);
	if (argc >= 3 && strstr("pair tsc freq step set watch", argv[1]))
		return on_clock(argc, argv);
	fputs(usage_text, stderr);
	return 2;
}
