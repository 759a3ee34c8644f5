// SPDX-License-Identifier: GPL-2.0
/* devlink regions: snapshots of the NVM, the registers and the handover. */
#include <linux/ethtool.h>
#include <linux/kho/abi/lunic.h>
#include <linux/mm.h>

#include "lunic_devlink.h"
#include "lunic_lu.h"
#include "lunic_nvm.h"

#define LUNIC_MAX_SNAPSHOTS	8

typedef int (*lunic_region_fill)(struct lunic_dev *ld, u8 *data,
				 struct netlink_ext_ack *extack);

static u32 lunic_nvm_size(struct lunic_dev *ld)
{
	return ld->chip->nvm_words * sizeof(u16);
}

/* Little-endian, as ethtool -e */
static int lunic_nvm_fill(struct lunic_dev *ld, u8 *data,
			  struct netlink_ext_ack *extack)
{
	struct ethtool_eeprom e = { .len = lunic_nvm_size(ld) };
	int err;

	err = ld->netdev->ethtool_ops->get_eeprom(ld->netdev, &e, data);
	if (err)
		NL_SET_ERR_MSG(extack, "the NVM can't be read now");
	return err;
}

u32 lunic_registers_size(struct lunic_dev *ld)
{
	return ld->netdev->ethtool_ops->get_regs_len(ld->netdev);
}

/* As ethtool -d: pairs of offset and value */
int lunic_registers_fill(struct lunic_dev *ld, u8 *data,
			 struct netlink_ext_ack *extack)
{
	struct ethtool_regs regs = {};

	if (!lunic_nvm_readable(ld)) {
		NL_SET_ERR_MSG(extack, "the device is frozen, or gone");
		return -EBUSY;
	}
	ld->netdev->ethtool_ops->get_regs(ld->netdev, &regs, data);
	return 0;
}

/* A root and the longest body that this driver writes */
u32 lunic_handover_size(void)
{
	return PAGE_SIZE + (PAGE_SIZE << LUNIC_BODY_ORDER);
}

/**
 * lunic_handover_copy() - the handover that goes out, or else the last in
 * @ld: the device
 * @data: lunic_handover_size() bytes, zeroed: the root's page, then the body
 * @extack: where the reason goes
 *
 * Context: instance lock held.
 * Return: 0, or -ENOENT where there is none.
 */
int lunic_handover_copy(struct lunic_dev *ld, u8 *data,
			struct netlink_ext_ack *extack)
{
	struct folio *body = ld->lu.in_body;
	const void *root = ld->lu.in;

	if (ld->lu.out_root) {
		root = folio_address(ld->lu.out_root);
		body = ld->lu.out_body;
	}
	if (!root) {
		NL_SET_ERR_MSG(extack, "nothing is handed over");
		return -ENOENT;
	}
	memcpy(data, root, ld->lu.out_root ? PAGE_SIZE :
					     sizeof(struct lunic_ho_root));
	if (body)
		memcpy(data + PAGE_SIZE, folio_address(body),
		       min_t(size_t, folio_size(body),
			     PAGE_SIZE << LUNIC_BODY_ORDER));
	return 0;
}

static int lunic_region_snapshot(struct devlink *devlink, u32 size,
				 lunic_region_fill fill,
				 struct netlink_ext_ack *extack, u8 **data)
{
	struct lunic_dev *ld =
		((struct lunic_devlink *)devlink_priv(devlink))->ld;
	u8 *copy;
	int err;

	copy = kvzalloc(size, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	err = lunic_devlink_lock(ld);
	if (!err) {
		err = fill(ld, copy, extack);
		lunic_devlink_unlock(ld);
	}
	if (err)
		kvfree(copy);
	else
		*data = copy;
	return err;
}

static int lunic_nvm_snapshot(struct devlink *devlink,
			      const struct devlink_region_ops *ops,
			      struct netlink_ext_ack *extack, u8 **data)
{
	struct lunic_devlink *dl = devlink_priv(devlink);

	return lunic_region_snapshot(devlink, lunic_nvm_size(dl->ld),
				     lunic_nvm_fill, extack, data);
}

static int lunic_registers_snapshot(struct devlink *devlink,
				    const struct devlink_region_ops *ops,
				    struct netlink_ext_ack *extack, u8 **data)
{
	struct lunic_devlink *dl = devlink_priv(devlink);

	return lunic_region_snapshot(devlink, lunic_registers_size(dl->ld),
				     lunic_registers_fill, extack, data);
}

static int lunic_handover_snapshot(struct devlink *devlink,
				   const struct devlink_region_ops *ops,
				   struct netlink_ext_ack *extack, u8 **data)
{
	return lunic_region_snapshot(devlink, lunic_handover_size(),
				     lunic_handover_copy, extack, data);
}

static const struct devlink_region_ops lunic_region_ops[] = {
	[LUNIC_REGION_NVM] = {
		.name		= "nvm",
		.destructor	= kvfree,
		.snapshot	= lunic_nvm_snapshot,
	},
	[LUNIC_REGION_REGISTERS] = {
		.name		= "registers",
		.destructor	= kvfree,
		.snapshot	= lunic_registers_snapshot,
	},
	[LUNIC_REGION_HANDOVER] = {
		.name		= "handover",
		.destructor	= kvfree,
		.snapshot	= lunic_handover_snapshot,
	},
};

/* Context: devlink's lock held; so are all below */
int lunic_regions_create(struct lunic_devlink *dl)
{
	const u32 sizes[] = {
		[LUNIC_REGION_NVM]	 = lunic_nvm_size(dl->ld),
		[LUNIC_REGION_REGISTERS] = lunic_registers_size(dl->ld),
		[LUNIC_REGION_HANDOVER]	 = lunic_handover_size(),
	};
	struct devlink_region *region;
	u16 i;

	for (i = 0; i < LUNIC_NR_REGIONS; i++) {
		region = devl_region_create(priv_to_devlink(dl),
					    &lunic_region_ops[i],
					    LUNIC_MAX_SNAPSHOTS, sizes[i]);
		if (IS_ERR(region)) {
			lunic_regions_destroy(dl);
			return PTR_ERR(region);
		}
		dl->regions[i] = region;
	}
	return 0;
}

void lunic_regions_destroy(struct lunic_devlink *dl)
{
	u16 i;

	for (i = 0; i < LUNIC_NR_REGIONS; i++) {
		if (dl->regions[i])
			devl_region_destroy(dl->regions[i]);
		dl->regions[i] = NULL;
	}
}
