// SPDX-License-Identifier: GPL-2.0
/* ethtool: the MAC's counters, by the driver's names and the standards'. */
#include "lunic.h"
#include "lunic_ethtool.h"

void lunic_get_ethtool_stats(struct net_device *netdev,
			     struct ethtool_stats *stats, u64 *data)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	/* Frozen: what the MAC counts now belongs to the next kernel */
	if (lunic_hw_live(ld))
		lunic_stats_read(ld);
	lunic_stats_values(ld, data);
}

void lunic_get_link_ext_stats(struct net_device *netdev,
			      struct ethtool_link_ext_stats *stats)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	mutex_lock(&ld->hw_stats_lock);
	stats->link_down_events = ld->hw_stats[LUNIC_STAT_LINK_DOWN];
	mutex_unlock(&ld->hw_stats_lock);
}

/* The MAC's counters as of now, locked until lunic_mac_stats_put() */
static const u64 *lunic_mac_stats_get(struct lunic_dev *ld)
{
	if (lunic_hw_live(ld))
		lunic_stats_read(ld);
	mutex_lock(&ld->hw_stats_lock);
	return ld->hw_stats;
}

static void lunic_mac_stats_put(struct lunic_dev *ld)
{
	mutex_unlock(&ld->hw_stats_lock);
}

void lunic_get_eth_mac_stats(struct net_device *netdev,
			     struct ethtool_eth_mac_stats *s)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const u64 *hw = lunic_mac_stats_get(ld);

	s->FramesTransmittedOK = hw[LUNIC_STAT_TX_PACKETS];
	s->OctetsTransmittedOK = hw[LUNIC_STAT_TX_BYTES];
	s->MulticastFramesXmittedOK = hw[LUNIC_STAT_TX_MULTICAST];
	s->BroadcastFramesXmittedOK = hw[LUNIC_STAT_TX_BROADCAST];
	s->SingleCollisionFrames = hw[LUNIC_STAT_SINGLE_COLLISIONS];
	s->MultipleCollisionFrames = hw[LUNIC_STAT_MULTIPLE_COLLISIONS];
	s->FramesWithDeferredXmissions = hw[LUNIC_STAT_TX_DEFERRED];
	s->LateCollisions = hw[LUNIC_STAT_LATE_COLLISIONS];
	s->FramesAbortedDueToXSColls = hw[LUNIC_STAT_EXCESS_COLLISIONS];
	s->CarrierSenseErrors = hw[LUNIC_STAT_TX_NO_CARRIER];

	s->FramesReceivedOK = hw[LUNIC_STAT_RX_PACKETS];
	s->OctetsReceivedOK = hw[LUNIC_STAT_RX_BYTES];
	s->MulticastFramesReceivedOK = hw[LUNIC_STAT_RX_MULTICAST];
	s->BroadcastFramesReceivedOK = hw[LUNIC_STAT_RX_BROADCAST];
	s->FrameCheckSequenceErrors = hw[LUNIC_STAT_RX_CRC_ERRORS];
	s->AlignmentErrors = hw[LUNIC_STAT_RX_ALIGN_ERRORS];
	s->FramesLostDueToIntMACRcvError = hw[LUNIC_STAT_RX_MISSED];
	s->InRangeLengthErrors = hw[LUNIC_STAT_RX_LENGTH_ERRORS];
	s->FrameTooLongErrors = hw[LUNIC_STAT_RX_OVERSIZE];
	lunic_mac_stats_put(ld);
}

void lunic_get_eth_phy_stats(struct net_device *netdev,
			     struct ethtool_eth_phy_stats *s)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const u64 *hw = lunic_mac_stats_get(ld);

	s->SymbolErrorDuringCarrier = hw[LUNIC_STAT_RX_SYMBOL_ERRORS];
	lunic_mac_stats_put(ld);
}

/* The MAC counts no control frames beside PAUSE, and no frames of software's
 * making: the totals that the standard asks for are not known
 */
void lunic_get_eth_ctrl_stats(struct net_device *netdev,
			      struct ethtool_eth_ctrl_stats *s)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const u64 *hw = lunic_mac_stats_get(ld);

	s->UnsupportedOpcodesReceived = hw[LUNIC_STAT_RX_BAD_CONTROL];
	lunic_mac_stats_put(ld);
}

static const struct ethtool_rmon_hist_range lunic_rmon_ranges[] = {
	{    64,   64 },
	{    65,  127 },
	{   128,  255 },
	{   256,  511 },
	{   512, 1023 },
	{  1024, 9238 },	/* no chip takes longer ones */
	{}
};

/* The ranges' counters stand side by side in either direction */
static_assert(LUNIC_STAT_RX_1522 - LUNIC_STAT_RX_64 + 2 ==
	      ARRAY_SIZE(lunic_rmon_ranges));
static_assert(LUNIC_STAT_TX_1522 - LUNIC_STAT_TX_64 + 2 ==
	      ARRAY_SIZE(lunic_rmon_ranges));

void lunic_get_rmon_stats(struct net_device *netdev,
			  struct ethtool_rmon_stats *s,
			  const struct ethtool_rmon_hist_range **ranges)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const u64 *hw = lunic_mac_stats_get(ld);
	u16 i;

	*ranges = lunic_rmon_ranges;
	s->undersize_pkts = hw[LUNIC_STAT_RX_UNDERSIZE];
	s->oversize_pkts = hw[LUNIC_STAT_RX_OVERSIZE];
	s->fragments = hw[LUNIC_STAT_RX_FRAGMENTS];
	s->jabbers = hw[LUNIC_STAT_RX_JABBER];
	for (i = 0; i < ARRAY_SIZE(lunic_rmon_ranges) - 1; i++) {
		s->hist[i] = hw[LUNIC_STAT_RX_64 + i];
		s->hist_tx[i] = hw[LUNIC_STAT_TX_64 + i];
	}
	lunic_mac_stats_put(ld);
}
