// SPDX-License-Identifier: GPL-2.0
/* The character device /dev/lunic/<BDF>, whose file a session preserves. */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/kho/abi/lunic.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_course.h"
#include "lunic_lu.h"

/* The structures' first versions end here */
#define LUNIC_STATE_MIN		offsetofend(struct lunic_ioctl_state, ifname)
#define LUNIC_RESUME_MIN	offsetofend(struct lunic_ioctl_resume, flags)
#define LUNIC_REPORT_MIN	offsetofend(struct lunic_ioctl_report, reason)

static int lunic_cdev_open(struct inode *inode, struct file *file)
{
	struct lunic_dev *ld = container_of(file->private_data,
					    struct lunic_dev, cdev);

	kref_get(&ld->ref);
	file->private_data = ld;
	return 0;
}

static int lunic_cdev_release(struct inode *inode, struct file *file)
{
	lunic_dev_put(file->private_data);
	return 0;
}

static void lunic_state_fill(struct lunic_dev *ld, struct lunic_ioctl_state *s)
{
	struct net_device *netdev = ld->netdev;
	struct lunic_basin_need need;
	u32 speed;
	u8 duplex;

	s->state = ld->lu.state;
	s->blocker = lunic_lu_blocker(ld, &need);
	if (lunic_link_read(ld, &speed, &duplex))
		s->flags |= LUNIC_STATE_F_LINK;
	if (netif_running(netdev))
		s->flags |= LUNIC_STATE_F_UP;
	if (ld->rx_hold & LUNIC_HOLD_USER)
		s->flags |= LUNIC_STATE_F_HELD;
	s->ifindex = netdev->ifindex;
	s->abi_major = LUNIC_HO_MAJOR;
	s->abi_minor = LUNIC_HO_MINOR;
	s->updates = ld->lu.updates;
	s->caught = ld->lu.caught;
	s->preserved_bytes = ld->lu.preserved_bytes;
	s->preserved_blocks = ld->lu.preserved_blocks;
	strscpy(s->ifname, netdev->name);
	s->basin_ms = ld->cfg.blackout_ms;
	s->basin_max_ms = need.max_ms;
	s->basin_buffers = need.buffers;
	s->basin_bytes = need.bytes;
	s->basin_free = need.free;
}

static long lunic_get_state(struct lunic_dev *ld, void __user *arg, u32 size)
{
	struct lunic_ioctl_state state;
	int err;

	if (size < LUNIC_STATE_MIN)
		return -EINVAL;
	err = copy_struct_from_user(&state, sizeof(state), arg, size);
	if (err)
		return err;

	memset(&state, 0, sizeof(state));
	state.size = min_t(u32, size, sizeof(state));
	netdev_lock(ld->netdev);
	lunic_state_fill(ld, &state);
	netdev_unlock(ld->netdev);
	return copy_to_user(arg, &state, state.size) ? -EFAULT : 0;
}

static long lunic_get_report(struct lunic_dev *ld, void __user *arg, u32 size)
{
	struct lunic_ioctl_report report;
	int err;

	if (size < LUNIC_REPORT_MIN)
		return -EINVAL;
	err = copy_struct_from_user(&report, sizeof(report), arg, size);
	if (err)
		return err;

	memset(&report, 0, sizeof(report));
	report.size = min_t(u32, size, sizeof(report));
	netdev_lock(ld->netdev);
	lunic_course_fill(&ld->lu.last, &report);
	netdev_unlock(ld->netdev);
	return copy_to_user(arg, &report, report.size) ? -EFAULT : 0;
}

static long lunic_resume(struct lunic_dev *ld, void __user *arg, u32 size)
{
	struct lunic_ioctl_resume resume;
	int err;

	if (size < LUNIC_RESUME_MIN)
		return -EINVAL;
	err = copy_struct_from_user(&resume, sizeof(resume), arg, size);
	if (err)
		return err;
	if (resume.flags)
		return -EOPNOTSUPP;
	if (!ns_capable(dev_net(ld->netdev)->user_ns, CAP_NET_ADMIN))
		return -EPERM;

	netdev_lock(ld->netdev);
	lunic_lu_end_hold(ld, "resumed");
	netdev_unlock(ld->netdev);
	return 0;
}

static long lunic_ioctl_live(struct lunic_dev *ld, unsigned int cmd,
			     void __user *arg, u32 size)
{
	switch (cmd) {
	case LUNIC_IOCTL_GET_STATE:
		return lunic_get_state(ld, arg, size);
	case LUNIC_IOCTL_RESUME:
		return lunic_resume(ld, arg, size);
	case LUNIC_IOCTL_GET_REPORT:
		return lunic_get_report(ld, arg, size);
	default:
		return -ENOTTY;
	}
}

static long lunic_cdev_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	struct lunic_dev *ld = file->private_data;
	long ret = -ENODEV;
	u32 size;

	if (_IOC_TYPE(cmd) != LUNIC_IOCTL_TYPE)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)arg))
		return -EFAULT;

	mutex_lock(&ld->life);
	if (!ld->removed && !lunic_pm_get(ld)) {
		ret = lunic_ioctl_live(ld, cmd, (void __user *)arg, size);
		lunic_pm_put(ld);
	}
	mutex_unlock(&ld->life);
	return ret;
}

static const struct file_operations lunic_cdev_fops = {
	.owner		= THIS_MODULE,
	.open		= lunic_cdev_open,
	.release	= lunic_cdev_release,
	.unlocked_ioctl	= lunic_cdev_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

bool lunic_cdev_is(const struct file *file)
{
	return file->f_op == &lunic_cdev_fops;
}

/**
 * lunic_cdev_get_file() - a file of a device, as if it had been opened
 * @ld: the device, with a reference that the file takes over
 *
 * Return: the file or an error pointer, with the reference dropped.
 */
struct file *lunic_cdev_get_file(struct lunic_dev *ld)
{
	struct file *file;

	file = anon_inode_getfile("[lunic]", &lunic_cdev_fops, ld, O_RDWR);
	if (IS_ERR(file))
		lunic_dev_put(ld);
	return file;
}

/**
 * lunic_cdev_event() - tell who listens of the state
 * @ld: the device; nothing happens where it has no node
 *
 * Context: instance lock held.
 */
void lunic_cdev_event(struct lunic_dev *ld)
{
	char state[32], held[16], updates[48];
	char *envp[4] = { state, held, updates };

	if (!ld->lu.node)
		return;
	snprintf(state, sizeof(state), "LUNIC_STATE=%s",
		 lunic_lu_states[ld->lu.state]);
	snprintf(held, sizeof(held), "LUNIC_HELD=%u",
		 !!(ld->rx_hold & LUNIC_HOLD_USER));
	snprintf(updates, sizeof(updates), "LUNIC_UPDATES=%llu",
		 ld->lu.updates);
	kobject_uevent_env(&ld->lu.node->kobj, KOBJ_CHANGE, envp);
}

static void lunic_cdev_set_node(struct lunic_dev *ld, struct device *node)
{
	netdev_lock(ld->netdev);
	ld->lu.node = node;
	netdev_unlock(ld->netdev);
}

int lunic_cdev_add(struct lunic_dev *ld)
{
	int err;

	snprintf(ld->cdev_name, sizeof(ld->cdev_name), "lunic/%s",
		 pci_name(ld->pdev));
	ld->cdev.minor = MISC_DYNAMIC_MINOR;
	ld->cdev.name = ld->cdev_name;
	ld->cdev.nodename = ld->cdev_name;
	ld->cdev.mode = 0644;
	ld->cdev.fops = &lunic_cdev_fops;
	ld->cdev.parent = &ld->pdev->dev;
	err = misc_register(&ld->cdev);
	if (!err)
		lunic_cdev_set_node(ld, ld->cdev.this_device);
	return err;
}

void lunic_cdev_del(struct lunic_dev *ld)
{
	lunic_cdev_set_node(ld, NULL);
	misc_deregister(&ld->cdev);
}
