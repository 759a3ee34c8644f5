/* SPDX-License-Identifier: GPL-2.0 */
/* ethtool operations, by the file that they stand in. */
#ifndef _LUNIC_ETHTOOL_H
#define _LUNIC_ETHTOOL_H

#include <linux/ethtool.h>

/* lunic_coalesce.c */
int lunic_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *ec,
		       struct kernel_ethtool_coalesce *kec,
		       struct netlink_ext_ack *extack);
int lunic_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *ec,
		       struct kernel_ethtool_coalesce *kec,
		       struct netlink_ext_ack *extack);
int lunic_get_queue_coalesce(struct net_device *netdev, u32 queue,
			     struct ethtool_coalesce *ec);
int lunic_set_queue_coalesce(struct net_device *netdev, u32 queue,
			     struct ethtool_coalesce *ec);

/* lunic_ethtool_stats.c */
void lunic_get_ethtool_stats(struct net_device *netdev,
			     struct ethtool_stats *stats, u64 *data);
void lunic_get_link_ext_stats(struct net_device *netdev,
			      struct ethtool_link_ext_stats *stats);
void lunic_get_eth_mac_stats(struct net_device *netdev,
			     struct ethtool_eth_mac_stats *s);
void lunic_get_eth_phy_stats(struct net_device *netdev,
			     struct ethtool_eth_phy_stats *s);
void lunic_get_eth_ctrl_stats(struct net_device *netdev,
			      struct ethtool_eth_ctrl_stats *s);
void lunic_get_rmon_stats(struct net_device *netdev,
			  struct ethtool_rmon_stats *s,
			  const struct ethtool_rmon_hist_range **ranges);

/* lunic_ethtool_port.c */
void lunic_get_pause_stats(struct net_device *netdev,
			   struct ethtool_pause_stats *s);
void lunic_get_pauseparam(struct net_device *netdev,
			  struct ethtool_pauseparam *p);
int lunic_set_pauseparam(struct net_device *netdev,
			 struct ethtool_pauseparam *p);
int lunic_set_phys_id(struct net_device *netdev,
		      enum ethtool_phys_id_state state);
void lunic_get_wol(struct net_device *netdev, struct ethtool_wolinfo *wol);
int lunic_set_wol(struct net_device *netdev, struct ethtool_wolinfo *wol);

/* lunic_selftest.c */
int lunic_test_count(void);
void lunic_test_strings(u8 *data);
void lunic_self_test(struct net_device *netdev, struct ethtool_test *test,
		     u64 *data);

#endif /* _LUNIC_ETHTOOL_H */
