/* SPDX-License-Identifier: GPL-2.0 */
/* The device as devlink sees it. */
#ifndef _LUNIC_DEVLINK_H
#define _LUNIC_DEVLINK_H

#include <net/devlink.h>

#include "lunic.h"

enum lunic_region {
	LUNIC_REGION_NVM,
	LUNIC_REGION_REGISTERS,
	LUNIC_REGION_HANDOVER,
	LUNIC_NR_REGIONS
};

/**
 * struct lunic_devlink - what devlink knows of a device
 * @ld: the device
 * @regions: enum lunic_region
 * @reporters: enum lunic_health
 * @report_work: reports what @raised says
 * @raised: bit n: reporter n has something to report
 * @reporting: devlink is there to be told; written under the instance lock
 *
 * Allocated with the devlink instance, whose lock is taken before rtnl and
 * the interface's instance lock.
 */
struct lunic_devlink {
	struct lunic_dev *ld;
	struct devlink_region *regions[LUNIC_NR_REGIONS];
	struct devlink_health_reporter *reporters[LUNIC_NR_HEALTH];
	struct work_struct report_work;
	unsigned long raised;
	bool reporting;
};

/* lunic_devlink.c */
int lunic_devlink_lock(struct lunic_dev *ld);
void lunic_devlink_unlock(struct lunic_dev *ld);

/* lunic_region.c */
u32 lunic_registers_size(struct lunic_dev *ld);
int lunic_registers_fill(struct lunic_dev *ld, u8 *data,
			 struct netlink_ext_ack *extack);
int lunic_regions_create(struct lunic_devlink *dl);
void lunic_regions_destroy(struct lunic_devlink *dl);
u32 lunic_handover_size(void);
int lunic_handover_copy(struct lunic_dev *ld, u8 *data,
			struct netlink_ext_ack *extack);

/* lunic_health.c */
int lunic_health_create(struct lunic_devlink *dl);
void lunic_health_destroy(struct lunic_devlink *dl);
void lunic_health_start(struct lunic_devlink *dl);
void lunic_health_stop(struct lunic_devlink *dl);

#endif /* _LUNIC_DEVLINK_H */
