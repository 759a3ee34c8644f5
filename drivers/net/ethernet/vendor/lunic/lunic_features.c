// SPDX-License-Identifier: GPL-2.0
/* What the stack may leave to the device, and switching it on and off. */
#include "lunic.h"
#include "lunic_lu.h"

/* What protocols above may rely on, in a VLAN too */
#define LUNIC_F_STACK	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | \
			 NETIF_F_TSO6)
#define LUNIC_F_VLAN	(NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_CTAG_TX | \
			 NETIF_F_HW_VLAN_CTAG_FILTER)

/* Before the interface is registered */
void lunic_features_init(struct net_device *netdev)
{
	netdev->features = LUNIC_F_STACK | LUNIC_F_VLAN | NETIF_F_RXCSUM |
			   NETIF_F_RXHASH;
	netdev->hw_features = netdev->features | LUNIC_F_ODD;
	netdev->features |= NETIF_F_HIGHDMA;
	netdev->vlan_features = LUNIC_F_STACK | NETIF_F_HIGHDMA;
}

/* One bit of the device turns on insertion and stripping of VLAN tags; frames
 * that carry theirs already don't mind
 */
netdev_features_t lunic_fix_features(struct net_device *netdev,
				     netdev_features_t features)
{
	if (!(features & NETIF_F_HW_VLAN_CTAG_RX))
		features &= ~NETIF_F_HW_VLAN_CTAG_TX;
	return features;
}

/* Frames that the length limit doesn't hold off take other buffers */
static int lunic_set_rx_all(struct lunic_dev *ld, bool on)
{
	struct lunic_cfg cfg = ld->cfg;

	cfg.rx_all = on;
	if (lunic_rx_frag_size(ld, &cfg) != lunic_rx_frag_size(ld, &ld->cfg))
		return lunic_reconfigure(ld, &cfg);
	ld->cfg = cfg;
	return 0;
}

int lunic_set_features(struct net_device *netdev, netdev_features_t features)
{
	netdev_features_t changed = features ^ netdev->features;
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	int err;

	if (changed & LUNIC_F_ODD && lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "loopback, rx-fcs, rx-all not changed: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}
	if (changed & NETIF_F_RXALL) {
		err = lunic_set_rx_all(ld, features & NETIF_F_RXALL);
		if (err)
			return err;
	}

	if (features & NETIF_F_HW_VLAN_CTAG_FILTER &&
	    !(netdev->flags & IFF_PROMISC))
		ld->want.rctl |= LUNIC_RCTL_VFE;
	else
		ld->want.rctl &= ~LUNIC_RCTL_VFE;

	if (lunic_hw_live(ld)) {
		ld->chip->set_offloads(ld, features);
		lunic_filters_write(ld);
	}
	return 0;
}

netdev_features_t lunic_features_check(struct sk_buff *skb,
				       struct net_device *netdev,
				       netdev_features_t features)
{
	/* MACLEN has 7 bits, IPLEN 9: beyond that the stack does the work */
	if (skb_network_offset(skb) > 127 || skb_network_header_len(skb) > 511)
		features &= ~(NETIF_F_CSUM_MASK | NETIF_F_ALL_TSO);
	return vlan_features_check(skb, features);
}
