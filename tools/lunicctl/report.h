/* SPDX-License-Identifier: GPL-2.0 */
/* A device as JSON, the same in the output of every command. */
#ifndef LUNICCTL_REPORT_H
#define LUNICCTL_REPORT_H

#include <json-c/json.h>
#include <sys/types.h>

#include "dev.h"

void report_str(struct json_object *o, const char *key, const char *val);
void report_session(struct json_object *o, const char *session, pid_t holder);
void report_seen(struct json_object *o, const struct dev *d,
		 struct lunic_ioctl_state *st);
struct json_object *report_dev(const struct dev *d,
			       struct lunic_ioctl_state *st);

#endif
