// SPDX-License-Identifier: GPL-2.0
/* The PCI function: probe and remove. */
#include <linux/error-injection.h>
#include <linux/etherdevice.h>
#include <linux/kho/abi/lunic.h>
#include <linux/mii.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/stringify.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

#define LUNIC_BAR_REGS		0
#define LUNIC_MSG_DEFAULT	(NETIF_MSG_DRV | NETIF_MSG_PROBE | \
				 NETIF_MSG_LINK)

static LIST_HEAD(lunic_devs);
static DEFINE_MUTEX(lunic_devs_lock);

static void lunic_dev_release(struct kref *ref)
{
	struct lunic_dev *ld = container_of(ref, struct lunic_dev, ref);

	lunic_devlink_destroy(ld);
	pci_dev_put(ld->pdev);
	kfree(ld);
}

void lunic_dev_put(struct lunic_dev *ld)
{
	kref_put(&ld->ref, lunic_dev_release);
}

/**
 * lunic_dev_find() - a bound device by its address
 * @domain: PCI domain
 * @bdf: bus, device and function
 *
 * Return: the device with a reference held, or NULL.
 */
struct lunic_dev *lunic_dev_find(u32 domain, u16 bdf)
{
	struct lunic_dev *ld, *found = NULL;

	mutex_lock(&lunic_devs_lock);
	list_for_each_entry(ld, &lunic_devs, list) {
		if (pci_domain_nr(ld->pdev->bus) != domain ||
		    pci_dev_id(ld->pdev) != bdf)
			continue;
		kref_get(&ld->ref);
		found = ld;
		break;
	}
	mutex_unlock(&lunic_devs_lock);
	return found;
}

static void lunic_cfg_default(struct lunic_dev *ld)
{
	struct lunic_cfg *cfg = &ld->cfg;

	memset(cfg, 0, sizeof(*cfg));
	cfg->rx_fill = LUNIC_RX_FILL_DEFAULT;
	cfg->tx_limit = LUNIC_TX_LIMIT_DEFAULT;
	cfg->usecs = LUNIC_USECS_DEFAULT;
	cfg->mtu = ETH_DATA_LEN;
	cfg->queues = min(num_online_cpus(), ld->max_queues);
	cfg->autoneg = true;
	cfg->adv = ADVERTISE_ALL;
	cfg->adv_1000 = ADVERTISE_1000FULL;
	cfg->priv_flags = LUNIC_PF_LIVE_UPDATE;
	netdev_rss_key_fill(cfg->rss_key, sizeof(cfg->rss_key));
	lunic_rss_spread(cfg);
}

static struct lunic_dev *lunic_dev_alloc(struct pci_dev *pdev,
					 const struct lunic_chip *chip)
{
	struct lunic_dev *ld;
	u16 q;

	ld = kzalloc_obj(*ld);
	if (!ld)
		return NULL;

	ld->pdev = pdev;
	if (lunic_devlink_create(ld)) {
		kfree(ld);
		return NULL;
	}
	pci_dev_get(pdev);
	ld->chip = chip;
	ld->msg_enable = LUNIC_MSG_DEFAULT;
	kref_init(&ld->ref);
	mutex_init(&ld->life);
	mutex_init(&ld->hw_stats_lock);
	mutex_init(&ld->reg_lock);
	INIT_DELAYED_WORK(&ld->stats_work, lunic_stats_work);
	INIT_WORK(&ld->link_work, lunic_link_work);
	INIT_WORK(&ld->reset_work, lunic_reset_work);
	for (q = 0; q < LUNIC_MAX_QUEUES; q++) {
		u64_stats_init(&ld->stats[q].rx_sync);
		u64_stats_init(&ld->stats[q].tx_sync);
		u64_stats_init(&ld->stats[q].xmit_sync);
	}
	lunic_tstamp_init(ld);
	lunic_lu_setup(ld);
	return ld;
}

/* One that came in may be enabled still, by a probe that failed */
static int lunic_pci_on(struct lunic_dev *ld)
{
	if (lunic_is_untouched(ld) && pci_is_enabled(ld->pdev))
		return 0;
	return pci_enable_device_mem(ld->pdev);
}

/* Disabling takes bus mastering away, and what nobody has tried to take over
 * goes on receiving for the next probe
 */
static void lunic_pci_off(struct lunic_dev *ld)
{
	if (!lunic_is_untouched(ld))
		pci_disable_device(ld->pdev);
}

/* Config space writes only what differs, so that a device that was handed over
 * is not disturbed by being enabled again
 */
static noinline int lunic_pci_enable(struct lunic_dev *ld)
{
	struct pci_dev *pdev = ld->pdev;
	int err;

	err = lunic_pci_on(ld);
	if (err)
		return dev_err_probe(&pdev->dev, err, "can't be enabled\n");

	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err) {
		dev_err_probe(&pdev->dev, err, "no usable DMA mask\n");
		goto disable;
	}
	err = pci_request_mem_regions(pdev, LUNIC_DRV_NAME);
	if (err) {
		dev_err_probe(&pdev->dev, err, "BARs are in use\n");
		goto disable;
	}
	ld->regs = pci_iomap(pdev, LUNIC_BAR_REGS, 0);
	if (!ld->regs) {
		err = -ENOMEM;
		goto release;
	}
	if (lunic_rd(ld, LUNIC_STATUS) == U32_MAX) {
		err = dev_err_probe(&pdev->dev, -ENODEV, "does not answer\n");
		goto unmap;
	}
	return 0;

unmap:
	pci_iounmap(pdev, ld->regs);
release:
	pci_release_mem_regions(pdev);
disable:
	lunic_pci_off(ld);
	return err;
}
ALLOW_ERROR_INJECTION(lunic_pci_enable, ERRNO);

static void lunic_pci_disable(struct lunic_dev *ld)
{
	pci_iounmap(ld->pdev, ld->regs);
	pci_release_mem_regions(ld->pdev);
	lunic_pci_off(ld);
}

/* A device that comes from nowhere: reset, defaults, the address of its NVM */
static int lunic_start_fresh(struct lunic_dev *ld)
{
	u8 mac[ETH_ALEN];
	int err;

	err = lunic_hw_reset(ld);
	if (err)
		return dev_err_probe(&ld->pdev->dev, err, "can't be reset\n");

	lunic_cfg_default(ld);
	if (lunic_hw_read_mac(ld, mac)) {
		eth_hw_addr_random(ld->netdev);
		dev_warn(&ld->pdev->dev, "no valid MAC address in the NVM: took %pM\n",
			 ld->netdev->dev_addr);
		return 0;
	}
	eth_hw_addr_set(ld->netdev, mac);
	return 0;
}

/* Takes over what the previous kernel left running, or starts afresh */
static int lunic_start(struct lunic_dev *ld)
{
	int err = -ENOENT;

	if (lunic_is_incoming(ld))
		err = lunic_adopt(ld);
	if (err)
		err = lunic_start_fresh(ld);
	if (err)
		return err;

	/* Not before: who has taken it away from a device that runs may have
	 * given the memory back that it writes to
	 */
	pci_set_master(ld->pdev);
	/* What is restored after an error that resets the slot */
	pci_save_state(ld->pdev);
	return 0;
}

/* A name and an index that came in are asked for; taken ones give way */
static noinline int lunic_register(struct lunic_dev *ld)
{
	struct net_device *netdev = ld->netdev;
	int err;

	rtnl_lock();
	if (netdev->ifindex &&
	    __dev_get_by_index(&init_net, netdev->ifindex)) {
		dev_warn(&ld->pdev->dev, "interface index %d is taken, another is used\n",
			 netdev->ifindex);
		netdev->ifindex = 0;
	}
	if (netdev_name_in_use(&init_net, netdev->name)) {
		dev_warn(&ld->pdev->dev, "interface name %s is taken, another is used\n",
			 netdev->name);
		strscpy(netdev->name, "eth%d");
		netdev->name_assign_type = NET_NAME_ENUM;
	}
	netdev_lock(netdev);
	err = netif_set_real_num_queues(netdev, ld->cfg.queues,
					ld->cfg.queues);
	netdev_unlock(netdev);
	if (!err)
		err = register_netdevice(netdev);
	if (!err)
		lunic_carry_registered(ld);
	rtnl_unlock();
	return err;
}
ALLOW_ERROR_INJECTION(lunic_register, ERRNO);

static void lunic_list_add(struct lunic_dev *ld)
{
	mutex_lock(&lunic_devs_lock);
	list_add_tail(&ld->list, &lunic_devs);
	mutex_unlock(&lunic_devs_lock);
}

static void lunic_list_del(struct lunic_dev *ld)
{
	mutex_lock(&lunic_devs_lock);
	list_del(&ld->list);
	mutex_unlock(&lunic_devs_lock);
}

/* To all who may ask for a device; devlink as the last and until the first */
static noinline int lunic_expose(struct lunic_dev *ld)
{
	int err;

	lunic_list_add(ld);
	err = lunic_cdev_add(ld);
	if (err)
		goto list_del;
	err = lunic_devlink_publish(ld);
	if (err)
		goto cdev_del;
	return 0;

cdev_del:
	lunic_cdev_del(ld);
list_del:
	lunic_list_del(ld);
	return err;
}
ALLOW_ERROR_INJECTION(lunic_expose, ERRNO);

static void lunic_hide(struct lunic_dev *ld)
{
	lunic_devlink_withdraw(ld);
	lunic_cdev_del(ld);
	lunic_list_del(ld);
}

/* What receives without an interface is stopped before its memory goes */
static void lunic_quiet(struct lunic_dev *ld)
{
	if (!ld->dead)
		lunic_hw_silence(ld);
	lunic_rings_free(ld, &ld->rings);
}

static int lunic_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct lunic_dev *ld;
	bool untouched;
	int err;

	ld = lunic_dev_alloc(pdev, (void *)id->driver_data);
	if (!ld)
		return lunic_adopt_later(pdev, -ENOMEM);

	err = lunic_pci_enable(ld);
	if (err)
		goto put;
	err = lunic_irq_alloc(ld);
	if (err) {
		dev_err_probe(&pdev->dev, err, "no interrupt\n");
		goto disable;
	}
	ld->netdev = lunic_netdev_create(ld);
	if (!ld->netdev) {
		err = -ENOMEM;
		goto free_irqs;
	}
	err = lunic_start(ld);
	if (err)
		goto free_netdev;

	ether_addr_copy(ld->want.ra[0], ld->netdev->dev_addr);
	ld->want.nr_ra = 1;
	pci_set_drvdata(pdev, ld);
	err = lunic_ptp_init(ld);
	if (err)
		goto quiet;
	err = lunic_register(ld);
	if (err)
		goto ptp_exit;
	err = lunic_expose(ld);
	if (err)
		goto unregister;

	if (lunic_rings_armed(ld)) {
		lunic_link_update(ld);
		lunic_carry_link(ld);
	}
	netdev_info(ld->netdev, "%s, %u of %u queue pairs, %pM\n",
		    ld->chip->name, ld->cfg.queues, ld->max_queues,
		    ld->netdev->dev_addr);
	lunic_debugfs_add(ld);
	lunic_pm_start(ld);
	return 0;

unregister:
	unregister_netdev(ld->netdev);
ptp_exit:
	lunic_ptp_exit(ld);
quiet:
	lunic_lu_remove(ld);
	lunic_quiet(ld);
free_netdev:
	free_netdev(ld->netdev);
free_irqs:
	lunic_irq_free(ld);
disable:
	lunic_pci_disable(ld);
put:
	untouched = lunic_is_untouched(ld);
	lunic_dev_put(ld);
	return untouched ? lunic_adopt_later(pdev, err) : err;
}

/* The device lock is held: nothing here waits for LUO. A file that is open
 * keeps @ld, not the hardware.
 */
static void lunic_remove(struct pci_dev *pdev)
{
	struct lunic_dev *ld = pci_get_drvdata(pdev);

	netdev_lock(ld->netdev);
	lunic_err_check_present(ld);
	netdev_unlock(ld->netdev);

	lunic_pm_stop(ld);
	lunic_debugfs_del(ld);
	lunic_hide(ld);
	lunic_lu_remove(ld);
	unregister_netdev(ld->netdev);
	lunic_ptp_exit(ld);
	cancel_work_sync(&ld->reset_work);
	cancel_work_sync(&ld->link_work);
	lunic_quiet(ld);

	netdev_lock(ld->netdev);
	ld->dead = true;
	netdev_unlock(ld->netdev);
	lunic_irq_free(ld);
	free_netdev(ld->netdev);
	lunic_pci_disable(ld);
	lunic_dev_put(ld);
}

#define PCI_DEVICE_ID_INTEL_82574L	0x10d3
#define PCI_DEVICE_ID_INTEL_82576	0x10c9

static const struct pci_device_id lunic_ids[] = {
	{ PCI_DEVICE_DATA(INTEL, 82574L, &lunic_chip_82574) },
	{ PCI_DEVICE_DATA(INTEL, 82576, &lunic_chip_82576) },
	{ }
};
MODULE_DEVICE_TABLE(pci, lunic_ids);

static struct pci_driver lunic_driver = {
	.name		= LUNIC_DRV_NAME,
	.id_table	= lunic_ids,
	.probe		= lunic_probe,
	.remove		= lunic_remove,
	.shutdown	= lunic_shutdown,
	.err_handler	= &lunic_err_handlers,
	.driver.pm	= pm_ptr(&lunic_pm_ops),
};

static int __init lunic_init(void)
{
	int err;

	err = lunic_notifier_init();
	if (err)
		return err;
	lunic_debugfs_init();
	err = pci_register_driver(&lunic_driver);
	if (err)
		goto notifier_exit;
	err = lunic_lu_init();
	if (err)
		goto unregister;
	return 0;

unregister:
	pci_unregister_driver(&lunic_driver);
notifier_exit:
	lunic_debugfs_exit();
	lunic_notifier_exit();
	return err;
}
module_init(lunic_init);

static void __exit lunic_exit(void)
{
	lunic_lu_exit();
	pci_unregister_driver(&lunic_driver);
	lunic_debugfs_exit();
	lunic_notifier_exit();
}
module_exit(lunic_exit);

MODULE_DESCRIPTION("Intel 82576 and 82574L network driver with live update");
MODULE_LICENSE("GPL");
/* So that an update can be refused before a driver of another ABI is booted */
MODULE_INFO(lunic_handover, __stringify(LUNIC_HO_MAJOR) "."
			    __stringify(LUNIC_HO_MINOR));
