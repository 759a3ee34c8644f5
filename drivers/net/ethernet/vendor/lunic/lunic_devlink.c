// SPDX-License-Identifier: GPL-2.0
/* The devlink instance: what it tells, its parameters, flash and reload. */
#include <linux/kho/abi/lunic.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "lunic_blackout.h"
#include "lunic_devlink.h"
#include "lunic_lu.h"
#include "lunic_nvm.h"

#define LUNIC_FW_NVM	"fw.nvm"
#define LUNIC_LU_ABI	"lunic.liveupdate-abi"

enum {
	LUNIC_PARAM_BASE = DEVLINK_PARAM_GENERIC_ID_MAX,
	LUNIC_PARAM_LIVE_UPDATE,
	LUNIC_PARAM_HOLD_RX,
	LUNIC_PARAM_BLACKOUT_MS,
	LUNIC_PARAM_BLACKOUT_RATE,
};

static struct lunic_dev *lunic_from_devlink(struct devlink *devlink)
{
	return ((struct lunic_devlink *)devlink_priv(devlink))->ld;
}

/**
 * lunic_devlink_lock() - what a devlink operation needs to ask the device
 * @ld: the device
 *
 * Context: devlink's lock held; takes the instance lock.
 * Return: 0, or a negative error where the device can't be powered.
 */
int lunic_devlink_lock(struct lunic_dev *ld)
{
	int err;

	err = lunic_pm_get(ld);
	if (err)
		return err;
	netdev_lock(ld->netdev);
	return 0;
}

void lunic_devlink_unlock(struct lunic_dev *ld)
{
	netdev_unlock(ld->netdev);
	lunic_pm_put(ld);
}

/* What a device serial number is made of where there is none */
static u64 lunic_mac_eui64(const u8 *mac)
{
	return (u64)get_unaligned_be24(mac) << 40 | 0xffffULL << 24 |
	       get_unaligned_be24(mac + 3);
}

static int lunic_info_serial(struct lunic_dev *ld, struct devlink_info_req *req)
{
	u64 dsn = pci_get_dsn(ld->pdev);
	char text[24];
	u8 bytes[8];

	put_unaligned_be64(dsn ?: lunic_mac_eui64(ld->netdev->perm_addr),
			   bytes);
	snprintf(text, sizeof(text), "%8phD", bytes);
	return devlink_info_serial_number_put(req, text);
}

static int lunic_info_ids(struct devlink_info_req *req, const char *name,
			  u16 vendor, u16 device)
{
	char text[12];

	snprintf(text, sizeof(text), "%04x:%04x", vendor, device);
	return devlink_info_version_fixed_put(req, name, text);
}

static int lunic_info_fixed(struct lunic_dev *ld, struct devlink_info_req *req)
{
	const char *board = DEVLINK_INFO_VERSION_GENERIC_BOARD_ID;
	const char *asic = DEVLINK_INFO_VERSION_GENERIC_ASIC_ID;
	const char *rev = DEVLINK_INFO_VERSION_GENERIC_ASIC_REV;
	struct pci_dev *pdev = ld->pdev;
	char text[4];

	snprintf(text, sizeof(text), "%02x", pdev->revision);
	return lunic_info_ids(req, board, pdev->subsystem_vendor,
			      pdev->subsystem_device) ?:
	       lunic_info_ids(req, asic, pdev->vendor, pdev->device) ?:
	       devlink_info_version_fixed_put(req, rev, text);
}

/* What a frozen or lost device has is not asked for; its name still is told:
 * a flash may be asked for by it
 */
static int lunic_info_nvm(struct lunic_dev *ld, struct devlink_info_req *req)
{
	const u32 type = DEVLINK_INFO_VERSION_TYPE_COMPONENT;
	char text[8] = "unknown";
	u16 nvm;
	int err;

	err = lunic_devlink_lock(ld);
	if (err)
		return err;
	if (lunic_nvm_readable(ld) &&
	    !lunic_nvm_read(ld, LUNIC_NVM_VERSION, 1, &nvm))
		snprintf(text, sizeof(text), "%x.%02x", nvm >> 12, nvm & 0xff);
	lunic_devlink_unlock(ld);
	return devlink_info_version_running_put_ext(req, LUNIC_FW_NVM, text,
						    type);
}

static int lunic_info_get(struct devlink *devlink, struct devlink_info_req *req,
			  struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);
	char abi[8];

	snprintf(abi, sizeof(abi), "%u.%u", LUNIC_HO_MAJOR, LUNIC_HO_MINOR);
	return lunic_info_serial(ld, req) ?: lunic_info_fixed(ld, req) ?:
	       lunic_info_nvm(ld, req) ?:
	       devlink_info_version_running_put(req, LUNIC_LU_ABI, abi);
}

static int lunic_flash_update(struct devlink *devlink,
			      struct devlink_flash_update_params *params,
			      struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);
	int err;

	err = lunic_devlink_lock(ld);
	if (err)
		return err;
	devlink_flash_update_status_notify(devlink, "Writing", LUNIC_FW_NVM, 0,
					   0);
	err = lunic_nvm_flash(ld, params->fw, extack);
	lunic_devlink_unlock(ld);
	if (!err)
		devlink_flash_update_status_notify(devlink, "Written and read back",
						   LUNIC_FW_NVM, 0, 0);
	return err;
}

/* Until reload_up the interface is detached: nothing can start it. The device
 * stays powered from here to there.
 */
static int lunic_reload_down(struct devlink *devlink, bool netns_change,
			     enum devlink_reload_action action,
			     enum devlink_reload_limit limit,
			     struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);
	int err;

	if (netns_change) {
		NL_SET_ERR_MSG(extack,
			       "the interface moves by itself: ip link set DEV netns");
		return -EOPNOTSUPP;
	}
	err = lunic_pm_get(ld);
	if (err)
		return err;
	rtnl_lock();
	netdev_lock(ld->netdev);
	err = ld->dead ? -ENODEV : lunic_lu_config_locked(ld, extack);
	if (!err) {
		netif_device_detach(ld->netdev);
		lunic_down(ld);
	}
	netdev_unlock(ld->netdev);
	rtnl_unlock();
	if (err)
		lunic_pm_put(ld);
	return err;
}

static int lunic_reload_up(struct devlink *devlink,
			   enum devlink_reload_action action,
			   enum devlink_reload_limit limit, u32 *performed,
			   struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);
	struct net_device *netdev = ld->netdev;
	int err;

	rtnl_lock();
	netdev_lock(netdev);
	err = lunic_restart(ld);
	netdev_unlock(netdev);
	rtnl_unlock();
	lunic_pm_put(ld);
	*performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);
	return err;
}

static const struct devlink_ops lunic_devlink_ops = {
	.info_get	= lunic_info_get,
	.flash_update	= lunic_flash_update,
	.reload_actions	= BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down	= lunic_reload_down,
	.reload_up	= lunic_reload_up,
};

static u32 lunic_param_flag(u32 id)
{
	return id == LUNIC_PARAM_LIVE_UPDATE ? LUNIC_PF_LIVE_UPDATE :
					       LUNIC_PF_HOLD_RX;
}

/* The parameters are ethtool's private flags, and nothing beside them */
static int lunic_param_get(struct devlink *devlink, u32 id,
			   struct devlink_param_gset_ctx *ctx,
			   struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);

	netdev_lock(ld->netdev);
	ctx->val.vbool = ld->cfg.priv_flags & lunic_param_flag(id);
	netdev_unlock(ld->netdev);
	return 0;
}

static int lunic_param_set(struct devlink *devlink, u32 id,
			   struct devlink_param_gset_ctx *ctx,
			   struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);
	u32 flags;
	int err;

	netdev_lock(ld->netdev);
	flags = ld->cfg.priv_flags & ~lunic_param_flag(id);
	if (ctx->val.vbool)
		flags |= lunic_param_flag(id);
	err = lunic_priv_flags_set(ld, flags, extack);
	netdev_unlock(ld->netdev);
	return err;
}

static int lunic_blackout_param_get(struct devlink *devlink, u32 id,
				    struct devlink_param_gset_ctx *ctx,
				    struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);

	netdev_lock(ld->netdev);
	ctx->val.vu32 = id == LUNIC_PARAM_BLACKOUT_MS ? ld->cfg.blackout_ms :
							ld->cfg.blackout_rate;
	netdev_unlock(ld->netdev);
	return 0;
}

static int lunic_blackout_param_set(struct devlink *devlink, u32 id,
				    struct devlink_param_gset_ctx *ctx,
				    struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_devlink(devlink);
	u32 val = ctx->val.vu32;
	int err;

	err = lunic_devlink_lock(ld);
	if (err)
		return err;
	if (id == LUNIC_PARAM_BLACKOUT_MS)
		err = lunic_blackout_set(ld, val, ld->cfg.blackout_rate,
					 extack);
	else
		err = lunic_blackout_set(ld, ld->cfg.blackout_ms, val, extack);
	lunic_devlink_unlock(ld);
	return err;
}

static const struct devlink_param lunic_params[] = {
	DEVLINK_PARAM_DRIVER(LUNIC_PARAM_LIVE_UPDATE, "live_update",
			     DEVLINK_PARAM_TYPE_BOOL,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     lunic_param_get, lunic_param_set, NULL),
	DEVLINK_PARAM_DRIVER(LUNIC_PARAM_HOLD_RX, "live_update_hold_rx",
			     DEVLINK_PARAM_TYPE_BOOL,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     lunic_param_get, lunic_param_set, NULL),
	DEVLINK_PARAM_DRIVER(LUNIC_PARAM_BLACKOUT_MS, "blackout_budget_ms",
			     DEVLINK_PARAM_TYPE_U32,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     lunic_blackout_param_get,
			     lunic_blackout_param_set, NULL),
	DEVLINK_PARAM_DRIVER(LUNIC_PARAM_BLACKOUT_RATE, "blackout_rate",
			     DEVLINK_PARAM_TYPE_U32,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     lunic_blackout_param_get,
			     lunic_blackout_param_set, NULL),
};

/**
 * lunic_devlink_create() - the devlink instance, not registered
 * @ld: the device
 *
 * It has no port: a port could not outlive a reload, and the interface it
 * belongs to would go with it.
 *
 * Return: 0 or a negative error.
 */
int lunic_devlink_create(struct lunic_dev *ld)
{
	struct devlink *devlink;

	devlink = devlink_alloc(&lunic_devlink_ops,
				sizeof(struct lunic_devlink), &ld->pdev->dev);
	if (!devlink)
		return -ENOMEM;
	ld->dl = devlink_priv(devlink);
	ld->dl->ld = ld;
	return 0;
}

/* The reverse; the interface is not registered any more */
void lunic_devlink_destroy(struct lunic_dev *ld)
{
	struct devlink *devlink = priv_to_devlink(ld->dl);

	ld->dl = NULL;
	devlink_free(devlink);
}

static int lunic_devlink_fill(struct lunic_devlink *dl)
{
	struct devlink *devlink = priv_to_devlink(dl);
	int err;

	err = devl_params_register(devlink, lunic_params,
				   ARRAY_SIZE(lunic_params));
	if (err)
		return err;
	err = lunic_regions_create(dl);
	if (err)
		goto params;
	err = lunic_health_create(dl);
	if (err)
		goto regions;
	err = devl_register(devlink);
	if (err)
		goto health;
	return 0;

health:
	lunic_health_destroy(dl);
regions:
	lunic_regions_destroy(dl);
params:
	devl_params_unregister(devlink, lunic_params, ARRAY_SIZE(lunic_params));
	return err;
}

/**
 * lunic_devlink_publish() - let user space see the devlink instance
 * @ld: the device, complete; the last thing of its probe
 *
 * Return: 0 or a negative error.
 */
int lunic_devlink_publish(struct lunic_dev *ld)
{
	struct devlink *devlink = priv_to_devlink(ld->dl);
	int err;

	devl_lock(devlink);
	err = lunic_devlink_fill(ld->dl);
	devl_unlock(devlink);
	if (!err)
		lunic_health_start(ld->dl);
	return err;
}

/* The reverse, the first thing when the driver is unbound */
void lunic_devlink_withdraw(struct lunic_dev *ld)
{
	struct devlink *devlink = priv_to_devlink(ld->dl);

	lunic_health_stop(ld->dl);
	devl_lock(devlink);
	devl_unregister(devlink);
	lunic_health_destroy(ld->dl);
	lunic_regions_destroy(ld->dl);
	devl_params_unregister(devlink, lunic_params, ARRAY_SIZE(lunic_params));
	devl_unlock(devlink);
}
