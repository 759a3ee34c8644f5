// SPDX-License-Identifier: GPL-2.0
/* KUnit: each receive queue of a lunic interface that is up gets new memory.
 * Nothing in user space asks for that alone.
 */
#include <kunit/test.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>
#include <net/netdev_rx_queue.h>

static bool lunic_is_ours(const struct net_device *netdev)
{
	const struct device *parent = netdev->dev.parent;

	return parent && parent->driver && netif_running(netdev) &&
	       !strcmp(parent->driver->name, "lunic");
}

static void lunic_restart_queues(struct kunit *test, struct net_device *netdev)
{
	unsigned int q;

	netdev_lock(netdev);
	for (q = 0; q < netdev->real_num_rx_queues; q++)
		KUNIT_EXPECT_EQ_MSG(test, netdev_rx_queue_restart(netdev, q), 0,
				    "%s queue %u", netdev->name, q);
	netdev_unlock(netdev);
}

static void lunic_queue_restart(struct kunit *test)
{
	struct net_device *netdev;
	int n = 0;

	rtnl_lock();
	for_each_netdev(&init_net, netdev) {
		if (!lunic_is_ours(netdev))
			continue;
		lunic_restart_queues(test, netdev);
		n++;
	}
	rtnl_unlock();
	if (!n)
		kunit_skip(test, "no lunic interface is up");
}

static struct kunit_case lunic_queue_cases[] = {
	KUNIT_CASE(lunic_queue_restart),
	{}
};

static struct kunit_suite lunic_queue_suite = {
	.name = "lunic_queue",
	.test_cases = lunic_queue_cases,
};

kunit_test_suite(lunic_queue_suite);

MODULE_IMPORT_NS("NETDEV_INTERNAL");
