// SPDX-License-Identifier: GPL-2.0
/* Interrupt coalescing: fixed intervals, adaptive ones, and ethtool's view. */
#include <linux/dim.h>

#include "lunic.h"
#include "lunic_ethtool.h"
#include "lunic_ring.h"

static struct lunic_coal lunic_coalesce_all(const struct lunic_cfg *cfg)
{
	return (struct lunic_coal) {
		.usecs		= cfg->usecs,
		.adaptive	= cfg->adaptive,
	};
}

static struct lunic_coal lunic_coalesce_of(const struct lunic_cfg *cfg, u16 q)
{
	return cfg->queue_coal[q].own ? cfg->queue_coal[q] :
					lunic_coalesce_all(cfg);
}

static void lunic_dim_work(struct work_struct *work)
{
	struct dim *dim = container_of(work, struct dim, work);
	struct lunic_vec *vec = container_of(dim, struct lunic_vec, dim);
	u32 usecs = net_dim_get_rx_moderation(dim->mode, dim->profile_ix).usec;

	if (READ_ONCE(vec->adaptive) && usecs != vec->usecs) {
		WRITE_ONCE(vec->usecs, usecs);
		vec->ld->chip->irq_interval(vec->ld, vec->idx, usecs);
	}
	dim->state = DIM_START_MEASURE;
}

void lunic_coalesce_init(struct lunic_vec *vec)
{
	INIT_WORK(&vec->dim.work, lunic_dim_work);
	vec->dim.mode = DIM_CQ_PERIOD_MODE_START_FROM_EQE;
}

/**
 * lunic_coalesce_sample() - what a vector did since its last interrupt
 * @vec: the vector, adaptive
 *
 * Context: the vector's NAPI, at the end of its last poll.
 */
void lunic_coalesce_sample(struct lunic_vec *vec)
{
	const struct lunic_queue_stats *qs = &vec->ld->stats[vec->idx];
	struct dim_sample sample = {};

	dim_update_sample(++vec->dim_events,
			  qs->rx.packets + qs->tx.packets,
			  qs->rx.bytes + qs->tx.bytes, &sample);
	net_dim(&vec->dim, &sample);
}

/**
 * lunic_coalesce_start() - give a vector the interval that is set
 * @vec: the vector
 *
 * An adaptive one goes on from where it was.
 *
 * Context: instance lock held; the device may be written to.
 */
void lunic_coalesce_start(struct lunic_vec *vec)
{
	struct lunic_coal coal = lunic_coalesce_of(&vec->ld->cfg, vec->idx);
	u8 i = vec->dim.profile_ix;

	lunic_coalesce_stop(vec);
	if (coal.adaptive && i)
		coal.usecs = net_dim_get_rx_moderation(vec->dim.mode, i).usec;
	vec->usecs = coal.usecs;
	vec->ld->chip->irq_interval(vec->ld, vec->idx, coal.usecs);
	vec->dim.state = DIM_START_MEASURE;
	WRITE_ONCE(vec->adaptive, coal.adaptive);
}

/* From here on nobody changes the interval: a work that NAPI schedules after
 * this finds that it is not wanted
 */
void lunic_coalesce_stop(struct lunic_vec *vec)
{
	WRITE_ONCE(vec->adaptive, false);
	cancel_work_sync(&vec->dim.work);
}

/* The longest interval that may be running, in microseconds */
u32 lunic_coalesce_longest(const struct lunic_dev *ld)
{
	u32 usecs = 0;
	u16 q;

	for (q = 0; q < ld->rings.n; q++)
		usecs = max(usecs, READ_ONCE(ld->vec[q]->usecs));
	return usecs;
}

static void lunic_coalesce_show(const struct lunic_coal *coal,
				struct ethtool_coalesce *ec)
{
	ec->rx_coalesce_usecs = coal->usecs;
	ec->tx_coalesce_usecs = coal->usecs;
	ec->use_adaptive_rx_coalesce = coal->adaptive;
	ec->use_adaptive_tx_coalesce = coal->adaptive;
}

/* A queue pair has one interrupt: of RX's and TX's values that one counts
 * which is not what it was
 */
static int lunic_coalesce_parse(struct lunic_dev *ld, struct lunic_coal *coal,
				const struct ethtool_coalesce *ec,
				struct netlink_ext_ack *extack)
{
	u32 rx = ec->rx_coalesce_usecs, tx = ec->tx_coalesce_usecs;
	u32 old = coal->usecs, usecs = rx != old ? rx : tx;

	if (rx != old && tx != old && rx != tx) {
		NL_SET_ERR_MSG(extack,
			       "RX and TX share an interrupt: rx-usecs and tx-usecs can't differ");
		return -EINVAL;
	}
	if (usecs > ld->chip->max_usecs) {
		NL_SET_ERR_MSG_FMT(extack, "an interval is at most %u us",
				   ld->chip->max_usecs);
		return -EINVAL;
	}
	if (!!ec->use_adaptive_rx_coalesce != coal->adaptive)
		coal->adaptive = ec->use_adaptive_rx_coalesce;
	else
		coal->adaptive = ec->use_adaptive_tx_coalesce;
	if (coal->adaptive && usecs != old) {
		NL_SET_ERR_MSG(extack,
			       "adaptive coalescing sets the interval: switch it off for a fixed one");
		return -EINVAL;
	}
	coal->usecs = usecs;
	return 0;
}

int lunic_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *ec,
		       struct kernel_ethtool_coalesce *kec,
		       struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_coal all = lunic_coalesce_all(&ld->cfg);

	lunic_coalesce_show(&all, ec);
	return 0;
}

int lunic_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *ec,
		       struct kernel_ethtool_coalesce *kec,
		       struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_coal all = lunic_coalesce_all(&ld->cfg);
	int err;

	err = lunic_coalesce_parse(ld, &all, ec, extack);
	if (err)
		return err;

	ld->cfg.usecs = all.usecs;
	ld->cfg.adaptive = all.adaptive;
	memset(ld->cfg.queue_coal, 0, sizeof(ld->cfg.queue_coal));
	if (ld->up && lunic_hw_live(ld))
		lunic_irq_set_interval(ld);
	return 0;
}

int lunic_get_queue_coalesce(struct net_device *netdev, u32 queue,
			     struct ethtool_coalesce *ec)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_coal coal;

	if (queue >= ld->cfg.queues)
		return -EINVAL;
	coal = lunic_coalesce_of(&ld->cfg, queue);
	lunic_coalesce_show(&coal, ec);
	return 0;
}

int lunic_set_queue_coalesce(struct net_device *netdev, u32 queue,
			     struct ethtool_coalesce *ec)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_coal coal;
	int err;

	if (queue >= ld->cfg.queues)
		return -EINVAL;
	coal = lunic_coalesce_of(&ld->cfg, queue);
	err = lunic_coalesce_parse(ld, &coal, ec, NULL);
	if (err) {
		netdev_err(netdev, "coalescing of queue %u not changed: one interval of at most %u us for RX and TX, or adaptive\n",
			   queue, ld->chip->max_usecs);
		return err;
	}

	coal.own = true;
	ld->cfg.queue_coal[queue] = coal;
	if (ld->up && lunic_hw_live(ld))
		lunic_coalesce_start(ld->vec[queue]);
	return 0;
}
