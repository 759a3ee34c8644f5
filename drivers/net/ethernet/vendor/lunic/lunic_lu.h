/* SPDX-License-Identifier: GPL-2.0 */
/* The driver's live update, or nothing on a kernel that has none. */
#ifndef _LUNIC_LU_H
#define _LUNIC_LU_H

#include "lunic.h"

struct lunic_ho_root;
struct lunic_ho_view;
struct lunic_ho_writer;
struct seq_file;

/**
 * struct lunic_basin_need - what a blackout budget takes
 * @slots: descriptors of each queue
 * @buffers: those that are missing, all queues together
 * @bytes: their memory
 * @free: memory that they may take
 * @room: descriptors that each ring has
 * @max_ms: the longest budget that rings, or memory where it is short, allow
 */
struct lunic_basin_need {
	u64 slots;
	u64 buffers;
	u64 bytes;
	u64 free;
	u32 room;
	u32 max_ms;
};

/* The body of a handover that goes out */
#define LUNIC_BODY_ORDER	2

#ifdef CONFIG_PCI_LIVEUPDATE

/* lunic_liveupdate.c */
int lunic_lu_init(void);
void lunic_lu_exit(void);
bool lunic_dma_is_translated(const struct lunic_dev *ld);
u32 lunic_lu_blocker(struct lunic_dev *ld, struct lunic_basin_need *need);
const char *lunic_lu_why_not(struct lunic_dev *ld);
void lunic_lu_park(struct lunic_dev *ld);
void lunic_lu_remove(struct lunic_dev *ld);
void lunic_lu_lose(struct lunic_dev *ld, const char *why);
void lunic_lu_end_hold(struct lunic_dev *ld, const char *why);
void lunic_lu_pin(struct lunic_dev *ld);
bool lunic_lu_pinned(const struct lunic_dev *ld);
u64 lunic_lu_id(const struct lunic_dev *ld);
void lunic_lu_setup(struct lunic_dev *ld);
void lunic_lu_set_state(struct lunic_dev *ld, u32 state);

/* lunic_arm.c */
struct folio *lunic_keep_new(struct lunic_dev *ld, u32 order);
void lunic_unkeep_free(struct lunic_dev *ld, struct folio **folio);
int lunic_arm_rings(struct lunic_dev *ld);
void lunic_disarm_rings(struct lunic_dev *ld);
void lunic_open_basin(struct lunic_dev *ld);

/* lunic_seal.c */
int lunic_preserve(struct lunic_dev *ld);
void lunic_unpreserve(struct lunic_dev *ld);
int lunic_freeze(struct lunic_dev *ld);
void lunic_unfreeze(struct lunic_dev *ld);
void lunic_subtree_name(u64 id, char *name, size_t len);

/* lunic_carry.c */
u64 lunic_features_to_ho(netdev_features_t features);
bool lunic_carry_put(struct lunic_dev *ld, struct lunic_ho_writer *w);
void lunic_carry_take_config(struct lunic_dev *ld,
			     const struct lunic_ho_view *v);
void lunic_carry_take(struct lunic_dev *ld, const struct lunic_ho_view *v);
void lunic_carry_registered(struct lunic_dev *ld);
void lunic_carry_link(struct lunic_dev *ld);

/* lunic_basin.c */
u32 lunic_basin_check(struct lunic_dev *ld, struct lunic_basin_need *n);
const char *lunic_basin_shortage(struct lunic_dev *ld, u32 blocker,
				 const struct lunic_basin_need *n);

/* lunic_adopt.c */
bool lunic_is_incoming(struct lunic_dev *ld);
bool lunic_is_untouched(struct lunic_dev *ld);
int lunic_adopt(struct lunic_dev *ld);
int lunic_adopt_later(struct pci_dev *pdev, int err);
void lunic_adopt_release(struct lunic_dev *ld);
void lunic_adopt_give_up(struct lunic_dev *ld);
void lunic_adopt_abandon(u64 id);

/* lunic_report.c */
void lunic_report_begin(struct lunic_dev *ld, u32 phase);
void lunic_report_stamp(struct lunic_dev *ld, u32 phase);
bool lunic_report_put(struct lunic_dev *ld, struct lunic_ho_writer *w);
void lunic_report_arrive(struct lunic_dev *ld);
void lunic_report_take(struct lunic_dev *ld, const struct lunic_ho_view *v,
		       const char *why);
void lunic_report_up(struct lunic_dev *ld);
void lunic_report_deliver(struct lunic_dev *ld);

/* lunic_show.c */
void lunic_lu_show(struct lunic_dev *ld, struct seq_file *s);

/* lunic_cdev.c */
int lunic_cdev_add(struct lunic_dev *ld);
void lunic_cdev_del(struct lunic_dev *ld);
void lunic_cdev_event(struct lunic_dev *ld);
bool lunic_cdev_is(const struct file *file);
struct file *lunic_cdev_get_file(struct lunic_dev *ld);

#else /* !CONFIG_PCI_LIVEUPDATE */

static inline int lunic_lu_init(void)
{
	return 0;
}

static inline void lunic_lu_exit(void)
{
}

static inline const char *lunic_lu_why_not(struct lunic_dev *ld)
{
	return "the kernel was built without live update";
}

static inline void lunic_lu_setup(struct lunic_dev *ld)
{
}

static inline void lunic_lu_park(struct lunic_dev *ld)
{
}

static inline void lunic_lu_remove(struct lunic_dev *ld)
{
}

static inline void lunic_lu_lose(struct lunic_dev *ld, const char *why)
{
}

static inline void lunic_lu_show(struct lunic_dev *ld, struct seq_file *s)
{
}

static inline bool lunic_is_incoming(struct lunic_dev *ld)
{
	return false;
}

static inline bool lunic_is_untouched(struct lunic_dev *ld)
{
	return false;
}

static inline int lunic_adopt(struct lunic_dev *ld)
{
	return -EOPNOTSUPP;
}

static inline int lunic_adopt_later(struct pci_dev *pdev, int err)
{
	return err;
}

static inline void lunic_report_up(struct lunic_dev *ld)
{
}

static inline void lunic_report_deliver(struct lunic_dev *ld)
{
}

static inline void lunic_carry_registered(struct lunic_dev *ld)
{
}

static inline void lunic_carry_link(struct lunic_dev *ld)
{
}

static inline int lunic_cdev_add(struct lunic_dev *ld)
{
	return 0;
}

static inline void lunic_cdev_del(struct lunic_dev *ld)
{
}

#endif /* CONFIG_PCI_LIVEUPDATE */

/**
 * lunic_lu_config_locked() - whether what is handed over must not change now
 * @ld: the device
 * @extack: where the reason goes, or NULL
 *
 * Context: instance lock held.
 * Return: -EBUSY while a live update is prepared, not finished, or has left
 * frames that nobody has taken yet, else 0.
 */
static inline int lunic_lu_config_locked(const struct lunic_dev *ld,
					 struct netlink_ext_ack *extack)
{
	if (ld->lu.state == LUNIC_LU_PRESERVED ||
	    ld->lu.state == LUNIC_LU_FROZEN) {
		NL_SET_ERR_MSG(extack,
			       "preserved for a live update; lunicctl cancel first");
		return -EBUSY;
	}
	if (ld->lu.state == LUNIC_LU_ADOPTED) {
		NL_SET_ERR_MSG(extack,
			       "live update not finished; lunicctl resume first");
		return -EBUSY;
	}
	if (!ld->up && lunic_rings_armed(ld)) {
		NL_SET_ERR_MSG(extack,
			       "frames caught by a live update wait; set the interface up first");
		return -EBUSY;
	}
	return 0;
}

#endif /* _LUNIC_LU_H */
