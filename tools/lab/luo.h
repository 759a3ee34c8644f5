/* SPDX-License-Identifier: GPL-2.0 */
/* Live Update sessions from user space: the calls of /dev/liveupdate. */
#ifndef LAB_LUO_H
#define LAB_LUO_H

#include <stdint.h>

/* Each returns a descriptor, or 0, or -1 with errno set */
int luo_open(void);
int luo_create_session(int luo, const char *name);
int luo_retrieve_session(int luo, const char *name);
int luo_preserve(int session, int fd, uint64_t token);
int luo_retrieve(int session, uint64_t token);
int luo_finish(int session);

#endif
