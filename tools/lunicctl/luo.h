/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's live update orchestrator: its ABI and a call for each ioctl. */
#ifndef LUNICCTL_LUO_H
#define LUNICCTL_LUO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * The part of /dev/liveupdate's ABI that lunicctl uses. It is spelled out here
 * because the headers that distributions install may be older than it.
 */
#define LUO_NAME_LEN	64	/* with the NUL */

struct luo_session_arg {	/* CREATE_SESSION, RETRIEVE_SESSION */
	__u32 size;
	__s32 fd;
	__u8 name[LUO_NAME_LEN];
};

struct luo_fd_arg {		/* PRESERVE_FD, RETRIEVE_FD */
	__u32 size;
	__s32 fd;
	__aligned_u64 token;
};

struct luo_finish_arg {
	__u32 size;
	__u32 reserved;
};

#define LUO_CREATE_SESSION	_IO(0xBA, 0x00)
#define LUO_RETRIEVE_SESSION	_IO(0xBA, 0x01)
#define LUO_PRESERVE_FD		_IO(0xBA, 0x40)
#define LUO_RETRIEVE_FD		_IO(0xBA, 0x41)
#define LUO_FINISH		_IO(0xBA, 0x42)

/* All return -errno on failure; those that make something, its fd */
int luo_open(double timeout);
int luo_create_session(int luo, const char *name);
int luo_retrieve_session(int luo, const char *name);
int luo_preserve_fd(int session, int fd, __u64 token);
int luo_retrieve_fd(int session, __u64 token);
int luo_finish(int session);

#endif
