// SPDX-License-Identifier: GPL-2.0
/*
 * Puts sessions into the file descriptor store of the service that lunicctl
 * runs in, and takes them out: sd_notify(3)'s protocol on $NOTIFY_SOCKET.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "luo.h"
#include "opts.h"
#include "path.h"
#include "store.h"
#include "wait.h"

/* One name for all: a session's own may have colons, which this must not */
#define STORE_NAME	"lunic"

/* "/path", or "@name" in the abstract namespace */
static int socket_address(struct sockaddr_un *sa, socklen_t *len)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (!name || (*name != '/' && *name != '@'))
		return -EDESTADDRREQ;
	if (strlen(name) >= sizeof(sa->sun_path))
		return -ENAMETOOLONG;
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(sa->sun_path, name);
	if (*name == '@')
		sa->sun_path[0] = '\0';
	*len = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	return 0;
}

static void attach_fd(struct msghdr *msg, void *buf, size_t len, int fd)
{
	struct cmsghdr *c;

	msg->msg_control = buf;
	msg->msg_controllen = len;
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

static int send_message(int sock, const char *text, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct sockaddr_un sa;
	int err = socket_address(&sa, &msg.msg_namelen);

	if (err)
		return err;
	msg.msg_name = &sa;
	if (fd >= 0)
		attach_fd(&msg, control, sizeof(control), fd);
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The manager closes its end once it has read all that came before */
static int wait_read(int sock)
{
	struct deadline dl = deadline_in(opts.timeout);
	struct pollfd p = {};
	int ends[2];
	int err;

	if (pipe(ends))
		return -errno;
	err = send_message(sock, "BARRIER=1", ends[1]);
	close(ends[1]);
	p.fd = ends[0];
	if (!err && poll(&p, 1, deadline_ms(&dl)) != 1)
		err = -ETIMEDOUT;
	close(ends[0]);
	return err;
}

static int notify(const char *text, int fd)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (sock < 0)
		return -errno;
	err = send_message(sock, text, fd);
	if (!err)
		err = wait_read(sock);
	close(sock);
	return err;
}

int store_put(int session)
{
	return notify("FDSTORE=1\nFDPOLL=0\nFDNAME=" STORE_NAME, session);
}

int store_empty(void)
{
	return notify("FDSTOREREMOVE=1\nFDNAME=" STORE_NAME, -1);
}

static bool is_session(const char *fd, const char *session)
{
	char wanted[LUO_NAME_LEN + 32], found[sizeof(wanted)] = "";

	snprintf(wanted, sizeof(wanted), "anon_inode:[luo_session] %s", session);
	return readlink(path("/proc/%d/fd/%s", STORE_PID, fd).s, found,
			sizeof(found) - 1) > 0 && !strcmp(found, wanted);
}

/* Who may not look takes it for granted */
bool store_has(const char *session)
{
	DIR *dir = opendir(path("/proc/%d/fd", STORE_PID).s);
	struct dirent *e;
	bool found = !dir && errno == EACCES;

	while (!found && dir && (e = readdir(dir)))
		found = is_session(e->d_name, session);
	if (dir)
		closedir(dir);
	return found;
}
