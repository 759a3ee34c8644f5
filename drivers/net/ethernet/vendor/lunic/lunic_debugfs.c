// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/lunic/<BDF>/: what the driver knows, to be read only.
 *
 * No register is read: a device that sleeps, is frozen or gone isn't touched.
 * The files are removed, and their readers waited for, before the device is.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_lu.h"
#include "lunic_ring.h"

static struct dentry *lunic_debugfs_root;

/* Frames that the device has written and nobody has taken yet */
static u32 lunic_rx_waiting(const struct lunic_rx_ring *rx)
{
	u32 slot, end = READ_ONCE(rx->use), n = 0;

	for (slot = READ_ONCE(rx->clean); slot != end;
	     slot = lunic_ring_next(slot, rx->count)) {
		u64 upper = le64_to_cpu(READ_ONCE(rx->desc[slot].wb.upper));

		if (!(upper & LUNIC_RXD_DD))
			break;
		n += !!(upper & LUNIC_RXD_EOP);
	}
	return n;
}

static void lunic_rx_show(struct seq_file *s, const struct lunic_rx_ring *rx)
{
	u32 clean = READ_ONCE(rx->clean), use = READ_ONCE(rx->use);

	seq_printf(s, "rx %u: count %u fill %u clean %u use %u posted %u waiting %u buffer %u of %u armed %u copy %u chunks %u\n",
		   rx->queue, rx->count, READ_ONCE(rx->fill), clean, use,
		   lunic_ring_used(clean, use, rx->count), lunic_rx_waiting(rx),
		   rx->buf_size, rx->frag_size, rx->armed, rx->copy,
		   rx->nr_chunks);
}

static void lunic_tx_show(struct seq_file *s, const struct lunic_tx_ring *tx)
{
	u32 clean = READ_ONCE(tx->clean), use = READ_ONCE(tx->use);

	seq_printf(s, "tx %u: count %u limit %u clean %u use %u in-flight %u stopped %u\n",
		   tx->queue, tx->count, READ_ONCE(tx->limit), clean, use,
		   lunic_ring_used(clean, use, tx->count),
		   netif_tx_queue_stopped(lunic_txq(tx)));
}

static int lunic_rings_show(struct seq_file *s, void *unused)
{
	struct lunic_dev *ld = s->private;
	u16 q;

	netdev_lock(ld->netdev);
	for (q = 0; q < ld->rings.n; q++) {
		lunic_rx_show(s, ld->rings.rx[q]);
		/* Adopted or parked, there may be no TX ring yet */
		if (ld->rings.tx[q])
			lunic_tx_show(s, ld->rings.tx[q]);
	}
	netdev_unlock(ld->netdev);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lunic_rings);

static int lunic_state_show(struct seq_file *s, void *unused)
{
	struct lunic_dev *ld = s->private;

	netdev_lock(ld->netdev);
	seq_printf(s, "interface: %s\nchip: %s\nup: %u\nlink: %u\ndead: %u\n",
		   ld->netdev->name, ld->chip->name, ld->up, ld->link_up,
		   ld->dead);
	seq_printf(s, "live update: state %u incoming %u parked %u hung %u hold 0x%x\n",
		   ld->lu.state, ld->lu.incoming, ld->lu.parked, ld->lu.hung,
		   READ_ONCE(ld->rx_hold));
	seq_printf(s, "preserved: %u blocks, %llu bytes\nupdates: %llu\ncaught: %llu\n",
		   ld->lu.preserved_blocks, ld->lu.preserved_bytes,
		   ld->lu.updates, ld->lu.caught);
	netdev_unlock(ld->netdev);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lunic_state);

static int lunic_handover_show(struct seq_file *s, void *unused)
{
	struct lunic_dev *ld = s->private;

	netdev_lock(ld->netdev);
	lunic_lu_show(ld, s);
	netdev_unlock(ld->netdev);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lunic_handover);

void lunic_debugfs_add(struct lunic_dev *ld)
{
	struct dentry *dir;

	dir = debugfs_create_dir(pci_name(ld->pdev), lunic_debugfs_root);
	debugfs_create_file("rings", 0400, dir, ld, &lunic_rings_fops);
	debugfs_create_file("state", 0400, dir, ld, &lunic_state_fops);
	debugfs_create_file("handover", 0400, dir, ld, &lunic_handover_fops);
	ld->debugfs = dir;
}

/* Waits for readers, which take the instance lock */
void lunic_debugfs_del(struct lunic_dev *ld)
{
	debugfs_remove_recursive(ld->debugfs);
}

void lunic_debugfs_init(void)
{
	lunic_debugfs_root = debugfs_create_dir(LUNIC_DRV_NAME, NULL);
}

void lunic_debugfs_exit(void)
{
	debugfs_remove_recursive(lunic_debugfs_root);
}
