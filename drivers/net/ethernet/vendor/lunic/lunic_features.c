// SPDX-License-Identifier: GPL-2.0
/* What the stack may leave to the device, and switching it on and off. */
#include <net/mpls.h>

#include "lunic.h"
#include "lunic_lu.h"

/* What protocols above may rely on, in a VLAN too */
#define LUNIC_F_STACK	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | \
			 NETIF_F_TSO6)
#define LUNIC_F_VLAN	(NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_CTAG_TX | \
			 NETIF_F_HW_VLAN_CTAG_FILTER)

/* Before the interface is registered. Tunnels are off: emulated devices know
 * nothing of headers inside of headers.
 */
void lunic_features_init(struct net_device *netdev,
			 const struct lunic_chip *chip)
{
	netdev_features_t stack = LUNIC_F_STACK | chip->features;
	netdev_features_t tunnel = chip->partial_features;

	if (tunnel)
		tunnel |= NETIF_F_GSO_PARTIAL;
	netdev->features = stack | LUNIC_F_VLAN | NETIF_F_RXCSUM |
			   NETIF_F_RXHASH;
	netdev->hw_features = netdev->features | LUNIC_F_ODD |
			      chip->off_features | tunnel;
	netdev->features |= NETIF_F_HIGHDMA;
	netdev->gso_partial_features = chip->partial_features;
	netdev->vlan_features = stack | chip->off_features | tunnel |
				NETIF_F_TSO_MANGLEID | NETIF_F_HIGHDMA;
	if (tunnel) {
		netdev->hw_enc_features = netdev->vlan_features;
		netdev->mpls_features = NETIF_F_HW_CSUM;
	}
	netdev->priv_flags |= IFF_SUPP_NOFCS;
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

#define LUNIC_F_OFFLOADS	(NETIF_F_CSUM_MASK | NETIF_F_SCTP_CRC | \
				 NETIF_F_GSO_MASK)

/* Whether a context descriptor can say where the headers are */
static bool lunic_headers_fit(const struct lunic_dev *ld,
			      const struct sk_buff *skb)
{
	int maclen = skb_network_offset(skb);
	int iplen = skb_checksum_start_offset(skb) - maclen;

	return maclen <= LUNIC_TX_MAX_MACLEN && iplen >= 0 &&
	       iplen <= ld->chip->tx_format.max_iplen;
}

netdev_features_t lunic_features_check(struct sk_buff *skb,
				       struct net_device *netdev,
				       netdev_features_t features)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	bool nested = skb->encapsulation || eth_p_mpls(skb->protocol);

	if (skb->ip_summed == CHECKSUM_PARTIAL && !lunic_headers_fit(ld, skb))
		features &= ~LUNIC_F_OFFLOADS;
	if (nested && !(netdev->features & NETIF_F_GSO_PARTIAL))
		features &= ~LUNIC_F_OFFLOADS;
	/* The inner IPv4 header is repeated as it is, its ID too */
	if (nested && !(features & NETIF_F_TSO_MANGLEID))
		features &= ~NETIF_F_TSO;
	return vlan_features_check(skb, features);
}
