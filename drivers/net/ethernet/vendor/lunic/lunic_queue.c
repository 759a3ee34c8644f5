// SPDX-License-Identifier: GPL-2.0
/* One receive queue gets new memory while all others run on. */
#include <net/netdev_queues.h>
#include <net/page_pool/helpers.h>

#include "lunic.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

/* A queue's memory, for as long as the stack holds it */
struct lunic_queue_mem {
	struct lunic_rx_ring *rx;
};

static int lunic_queue_mem_alloc(struct net_device *netdev,
				 struct netdev_queue_config *qcfg, void *mem,
				 int idx)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_queue_mem *qmem = mem;
	int err;

	err = lunic_lu_config_locked(ld, NULL);
	if (err)
		return err;
	/* The interface is up, but the device could not be started */
	if (netif_running(netdev) && !ld->up)
		return -ENETDOWN;
	qmem->rx = lunic_rx_ring_alloc(ld, &ld->cfg, idx);
	return qmem->rx ? 0 : -ENOMEM;
}

static void lunic_queue_mem_free(struct net_device *netdev, void *mem)
{
	struct lunic_queue_mem *qmem = mem;

	lunic_rx_ring_free(qmem->rx);
}

/* NAPI, which serves the pair's transmit queue too, goes on */
static void lunic_queue_run(struct lunic_vec *vec)
{
	page_pool_enable_direct_recycling(vec->rx->pool, &vec->napi);
	napi_enable_locked(&vec->napi);
	/* The first poll unmasks the vector */
	local_bh_disable();
	napi_schedule(&vec->napi);
	local_bh_enable();
}

static int lunic_queue_start(struct net_device *netdev,
			     struct netdev_queue_config *qcfg, void *mem,
			     int idx)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_queue_mem *qmem = mem;
	struct lunic_vec *vec = ld->vec[idx];

	ld->rings.rx[idx] = qmem->rx;
	vec->rx = qmem->rx;
	ld->chip->rx_start(ld, qmem->rx);
	qmem->rx->armed = true;
	lunic_queue_run(vec);
	return 0;
}

/* What has come in and was not taken is lost with the memory. A queue that goes
 * on keeps its own until the device is reset, soon.
 */
static int lunic_queue_stop(struct net_device *netdev, void *mem, int idx)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_queue_mem *qmem = mem;
	struct lunic_vec *vec = ld->vec[idx];
	int err;

	napi_disable_locked(&vec->napi);
	page_pool_disable_direct_recycling(vec->rx->pool);
	err = lunic_hw_rx_stop(ld, idx);
	if (err) {
		netdev_warn(netdev, "RX queue %d does not stop: the device is reset\n",
			    idx);
		lunic_queue_run(vec);
		schedule_work(&ld->reset_work);
		return err;
	}
	vec->rx->armed = false;
	qmem->rx = vec->rx;
	return 0;
}

const struct netdev_queue_mgmt_ops lunic_queue_mgmt_ops = {
	.ndo_queue_mem_size	= sizeof(struct lunic_queue_mem),
	.ndo_queue_mem_alloc	= lunic_queue_mem_alloc,
	.ndo_queue_mem_free	= lunic_queue_mem_free,
	.ndo_queue_start	= lunic_queue_start,
	.ndo_queue_stop		= lunic_queue_stop,
};
