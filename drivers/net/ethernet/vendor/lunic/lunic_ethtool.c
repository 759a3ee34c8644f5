// SPDX-License-Identifier: GPL-2.0
/* ethtool: the table of operations, and the settings of link and queues. */
#include <linux/etherdevice.h>
#include <linux/mii.h>
#include <net/netdev_lock.h>

#include "lunic.h"
#include "lunic_eeprom.h"
#include "lunic_ethtool.h"
#include "lunic_lu.h"
#include "lunic_nvm.h"
#include "lunic_ring.h"

static const char lunic_priv_flags[][ETH_GSTRING_LEN] = {
	"live-update",
	"live-update-hold-rx",
};

static void lunic_get_drvinfo(struct net_device *netdev,
			      struct ethtool_drvinfo *info)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 nvm;

	strscpy(info->driver, LUNIC_DRV_NAME);
	strscpy(info->bus_info, pci_name(ld->pdev));
	if (ld->lu.state != LUNIC_LU_FROZEN &&
	    !lunic_nvm_read(ld, LUNIC_NVM_VERSION, 1, &nvm))
		snprintf(info->fw_version, sizeof(info->fw_version), "%x.%02x",
			 nvm >> 12, nvm & 0xff);
	info->n_priv_flags = ARRAY_SIZE(lunic_priv_flags);
}

static int lunic_get_regs_len(struct net_device *netdev)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	return 2 * sizeof(u32) * (ld->chip->nr_dump_regs +
	       ld->max_queues * ld->chip->nr_dump_queue_regs);
}

/* Pairs of offset and value, so that a reader needs no table */
static void lunic_get_regs(struct net_device *netdev, struct ethtool_regs *regs,
			   void *data)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const struct lunic_chip *chip = ld->chip;
	u32 *out = data, reg;
	u16 i, q;

	regs->version = 1;
	if (ld->dead || ld->lu.state == LUNIC_LU_FROZEN)
		return;
	for (i = 0; i < chip->nr_dump_regs; i++) {
		*out++ = chip->dump_regs[i];
		*out++ = lunic_rd(ld, chip->dump_regs[i]);
	}
	for (q = 0; q < ld->max_queues; q++) {
		for (i = 0; i < chip->nr_dump_queue_regs; i++) {
			reg = chip->dump_queue_regs[i] + q * chip->queue_stride;
			*out++ = reg;
			*out++ = lunic_rd(ld, reg);
		}
	}
}

static u32 lunic_get_msglevel(struct net_device *netdev)
{
	return lunic_from_netdev(netdev)->msg_enable;
}

static void lunic_set_msglevel(struct net_device *netdev, u32 level)
{
	lunic_from_netdev(netdev)->msg_enable = level;
}

static int lunic_nway_reset(struct net_device *netdev)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	if (!ld->cfg.autoneg || !ld->up)
		return -EINVAL;
	if (lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "not negotiated anew: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}
	return lunic_link_restart(ld);
}

static u32 lunic_get_link(struct net_device *netdev)
{
	return netif_carrier_ok(netdev);
}

static void lunic_lp_modes(struct lunic_dev *ld, unsigned long *modes)
{
	u16 lpa, stat1000;

	linkmode_zero(modes);
	if (lunic_phy_read(ld, MII_LPA, &lpa) ||
	    lunic_phy_read(ld, MII_STAT1000, &stat1000))
		return;
	mii_lpa_to_linkmode_lpa_t(modes, lpa);
	mii_stat1000_mod_linkmode_lpa_t(modes, stat1000);
}

static const int lunic_link_modes[] = {
	ETHTOOL_LINK_MODE_10baseT_Half_BIT,
	ETHTOOL_LINK_MODE_10baseT_Full_BIT,
	ETHTOOL_LINK_MODE_100baseT_Half_BIT,
	ETHTOOL_LINK_MODE_100baseT_Full_BIT,
	ETHTOOL_LINK_MODE_1000baseT_Full_BIT,
	ETHTOOL_LINK_MODE_Autoneg_BIT,
	ETHTOOL_LINK_MODE_TP_BIT,
	ETHTOOL_LINK_MODE_Pause_BIT,
	ETHTOOL_LINK_MODE_Asym_Pause_BIT,
};

static int lunic_get_link_ksettings(struct net_device *netdev,
				    struct ethtool_link_ksettings *ks)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const struct lunic_cfg *cfg = &ld->cfg;
	unsigned long *adv = ks->link_modes.advertising;

	ethtool_link_ksettings_zero_link_mode(ks, supported);
	linkmode_set_bit_array(lunic_link_modes, ARRAY_SIZE(lunic_link_modes),
			       ks->link_modes.supported);

	mii_adv_to_linkmode_adv_t(adv, cfg->adv);
	mii_ctrl1000_mod_linkmode_adv_t(adv, cfg->adv_1000);
	linkmode_set_bit(ETHTOOL_LINK_MODE_TP_BIT, adv);
	linkmode_mod_bit(ETHTOOL_LINK_MODE_Autoneg_BIT, adv, cfg->autoneg);

	ks->base.port = PORT_TP;
	ks->base.phy_address = 1;
	ks->base.autoneg = cfg->autoneg;
	ks->base.speed = SPEED_UNKNOWN;
	ks->base.duplex = DUPLEX_UNKNOWN;
	if (lunic_hw_live(ld)) {
		lunic_link_read(ld, &ks->base.speed, &ks->base.duplex);
		if (cfg->autoneg)
			lunic_lp_modes(ld, ks->link_modes.lp_advertising);
	}
	return 0;
}

/* A forced link, as the PHY takes it: NULL or why it doesn't */
static const char *lunic_cfg_force(struct lunic_cfg *cfg, u32 speed, u8 duplex)
{
	if (speed != SPEED_10 && speed != SPEED_100)
		return "without negotiation the speed is 10 or 100";
	if (duplex != DUPLEX_HALF && duplex != DUPLEX_FULL)
		return "duplex is half or full";
	cfg->autoneg = false;
	cfg->speed = speed;
	cfg->full_duplex = duplex == DUPLEX_FULL;
	return NULL;
}

static const char *lunic_cfg_negotiate(struct lunic_cfg *cfg,
				       const unsigned long *adv)
{
	cfg->autoneg = true;
	cfg->adv = linkmode_adv_to_mii_adv_t(adv);
	cfg->adv_1000 = linkmode_adv_to_mii_ctrl1000_t(adv);
	if (!(cfg->adv & ADVERTISE_ALL) && !cfg->adv_1000)
		return "no speed is left to advertise";
	return NULL;
}

static int lunic_set_link_ksettings(struct net_device *netdev,
				    const struct ethtool_link_ksettings *ks)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_cfg cfg = ld->cfg;
	const char *why;

	if (lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "link settings not changed: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}

	if (ks->base.port != PORT_TP)
		why = "the port is twisted pair";
	else if (ks->base.autoneg == AUTONEG_ENABLE)
		why = lunic_cfg_negotiate(&cfg, ks->link_modes.advertising);
	else
		why = lunic_cfg_force(&cfg, ks->base.speed, ks->base.duplex);
	if (why) {
		netdev_err(netdev, "link settings not changed: %s\n", why);
		return -EINVAL;
	}
	ld->cfg = cfg;
	return ld->up ? lunic_link_restart(ld) : 0;
}

static void lunic_get_ringparam(struct net_device *netdev,
				struct ethtool_ringparam *ring,
				struct kernel_ethtool_ringparam *kring,
				struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	ring->rx_max_pending = ld->chip->max_rx_desc;
	ring->tx_max_pending = ld->chip->max_tx_desc;
	ring->rx_pending = ld->cfg.rx_fill;
	ring->tx_pending = ld->cfg.tx_limit;
}

/* Only the fill of the rings changes: nothing is stopped, nothing is lost */
static int lunic_set_ringparam(struct net_device *netdev,
			       struct ethtool_ringparam *ring,
			       struct kernel_ethtool_ringparam *kring,
			       struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 q;

	if (ring->rx_pending < LUNIC_RX_FILL_MIN) {
		NL_SET_ERR_MSG_FMT(extack, "rx is at least %u",
				   LUNIC_RX_FILL_MIN);
		return -EINVAL;
	}
	if (ring->tx_pending < LUNIC_TX_LIMIT_MIN) {
		NL_SET_ERR_MSG_FMT(extack, "tx is at least %u",
				   LUNIC_TX_LIMIT_MIN);
		return -EINVAL;
	}
	if (lunic_lu_config_locked(ld, extack))
		return -EBUSY;

	ld->cfg.rx_fill = ring->rx_pending;
	ld->cfg.tx_limit = ring->tx_pending;
	for (q = 0; ld->up && q < ld->rings.n; q++) {
		struct lunic_rx_ring *rx = ld->rings.rx[q];
		struct lunic_tx_ring *tx = ld->rings.tx[q];

		WRITE_ONCE(rx->fill, min(ld->cfg.rx_fill, rx->count - 1));
		WRITE_ONCE(tx->limit, min(ld->cfg.tx_limit, tx->count - 1));
	}
	if (ld->up)
		lunic_kick(ld);
	return 0;
}

static void lunic_get_channels(struct net_device *netdev,
			       struct ethtool_channels *ch)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	ch->max_combined = ld->max_queues;
	ch->combined_count = ld->cfg.queues;
	ch->max_other = 1;
	ch->other_count = 1;
}

static int lunic_set_channels(struct net_device *netdev,
			      struct ethtool_channels *ch)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	struct lunic_cfg cfg = ld->cfg;
	u16 i;

	if (!ch->combined_count || ch->other_count != 1) {
		netdev_err(netdev, "channels not changed: there is one other and at least one combined\n");
		return -EINVAL;
	}
	if (lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "channels not changed: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}

	cfg.queues = ch->combined_count;
	for (i = 0; lunic_rss_user(ld) && i < LUNIC_RSS_TABLE_SIZE; i++)
		if (cfg.rss_table[i] >= cfg.queues) {
			netdev_err(netdev, "channels not changed: the receive hash names queue %u (ethtool -X default)\n",
				   cfg.rss_table[i]);
			return -EINVAL;
		}
	if (cfg.queues == ld->cfg.queues)
		return 0;
	return lunic_reconfigure(ld, &cfg);
}

static u32 lunic_get_priv_flags(struct net_device *netdev)
{
	return lunic_from_netdev(netdev)->cfg.priv_flags;
}

/**
 * lunic_priv_flags_set() - for ethtool's private flags and devlink's parameters
 * @ld: the device
 * @flags: LUNIC_PF_*
 * @extack: where the reason goes; NULL: to the log
 *
 * Context: instance lock held.
 * Return: 0, or -EBUSY with nothing changed.
 */
int lunic_priv_flags_set(struct lunic_dev *ld, u32 flags,
			 struct netlink_ext_ack *extack)
{
	if (ld->lu.state == LUNIC_LU_PRESERVED && !(flags &
						    LUNIC_PF_LIVE_UPDATE)) {
		lunic_say(ld, extack,
			  "the device is preserved: lunicctl cancel first");
		return -EBUSY;
	}
	ld->cfg.priv_flags = flags;
	return 0;
}

static int lunic_set_priv_flags(struct net_device *netdev, u32 flags)
{
	return lunic_priv_flags_set(lunic_from_netdev(netdev), flags, NULL);
}

static int lunic_get_sset_count(struct net_device *netdev, int sset)
{
	switch (sset) {
	case ETH_SS_STATS:
		return lunic_stats_count(lunic_from_netdev(netdev));
	case ETH_SS_TEST:
		return lunic_test_count();
	case ETH_SS_PRIV_FLAGS:
		return ARRAY_SIZE(lunic_priv_flags);
	default:
		return -EOPNOTSUPP;
	}
}

static void lunic_get_strings(struct net_device *netdev, u32 sset, u8 *data)
{
	switch (sset) {
	case ETH_SS_STATS:
		lunic_stats_strings(lunic_from_netdev(netdev), &data);
		break;
	case ETH_SS_TEST:
		lunic_test_strings(data);
		break;
	case ETH_SS_PRIV_FLAGS:
		memcpy(data, lunic_priv_flags, sizeof(lunic_priv_flags));
		break;
	}
}

static u32 lunic_get_rx_ring_count(struct net_device *netdev)
{
	return lunic_from_netdev(netdev)->cfg.queues;
}

static u32 lunic_get_rxfh_key_size(struct net_device *netdev)
{
	return LUNIC_RSS_KEY_SIZE;
}

static u32 lunic_get_rxfh_indir_size(struct net_device *netdev)
{
	return LUNIC_RSS_TABLE_SIZE;
}

static int lunic_get_rxfh(struct net_device *netdev,
			  struct ethtool_rxfh_param *rxfh)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 i;

	rxfh->hfunc = ETH_RSS_HASH_TOP;
	if (rxfh->key)
		memcpy(rxfh->key, ld->cfg.rss_key, LUNIC_RSS_KEY_SIZE);
	for (i = 0; rxfh->indir && i < LUNIC_RSS_TABLE_SIZE; i++)
		rxfh->indir[i] = ld->cfg.rss_table[i];
	return 0;
}

static int lunic_set_rxfh(struct net_device *netdev,
			  struct ethtool_rxfh_param *rxfh,
			  struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 i;

	if (rxfh->hfunc != ETH_RSS_HASH_NO_CHANGE &&
	    rxfh->hfunc != ETH_RSS_HASH_TOP) {
		NL_SET_ERR_MSG(extack, "the only hash function is toeplitz");
		return -EOPNOTSUPP;
	}
	if (lunic_lu_config_locked(ld, extack))
		return -EBUSY;

	if (rxfh->key)
		memcpy(ld->cfg.rss_key, rxfh->key, LUNIC_RSS_KEY_SIZE);
	for (i = 0; rxfh->indir && i < LUNIC_RSS_TABLE_SIZE; i++)
		ld->cfg.rss_table[i] = rxfh->indir[i];
	/* The stack notes whose table it is, once this has returned */
	if (rxfh->indir)
		ld->cfg.rss_user = false;
	if (lunic_hw_live(ld))
		ld->chip->set_rss(ld);
	return 0;
}

/* There is one reset for all that belongs to the port; firmware and NVM are not
 * part of it
 */
static int lunic_ethtool_reset(struct net_device *netdev, u32 *flags)
{
	const u32 can = ETH_RESET_IRQ | ETH_RESET_DMA | ETH_RESET_FILTER |
			ETH_RESET_OFFLOAD | ETH_RESET_MAC | ETH_RESET_PHY;
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	int err;

	if (!(*flags & can))
		return -EOPNOTSUPP;
	if (ld->dead)
		return -ENODEV;
	if (lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "not reset: a live update is under way (lunicctl cancel, or lunicctl resume after it)\n");
		return -EBUSY;
	}

	if (netif_running(netdev)) {
		lunic_down(ld);
		err = lunic_up(ld);
	} else {
		err = lunic_hw_reset(ld);
	}
	if (!err)
		*flags &= ~can;
	return err;
}

#define LUNIC_HASH_L3	(RXH_IP_SRC | RXH_IP_DST)
#define LUNIC_HASH_L4	(RXH_L4_B_0_1 | RXH_L4_B_2_3)

/* LUNIC_RSS_* of a flow type whose hash can take the ports, else 0 */
static u8 lunic_rss_switch(const struct lunic_dev *ld, u32 flow)
{
	switch (flow) {
	case TCP_V4_FLOW:
		return LUNIC_RSS_TCP4;
	case TCP_V6_FLOW:
		return LUNIC_RSS_TCP6;
	case UDP_V4_FLOW:
		return ld->chip->rss_udp ? LUNIC_RSS_UDP4 : 0;
	case UDP_V6_FLOW:
		return ld->chip->rss_udp ? LUNIC_RSS_UDP6 : 0;
	default:
		return 0;
	}
}

static bool lunic_rss_flow_known(u32 flow)
{
	switch (flow) {
	case TCP_V4_FLOW:
	case TCP_V6_FLOW:
	case UDP_V4_FLOW:
	case UDP_V6_FLOW:
	case SCTP_V4_FLOW:
	case SCTP_V6_FLOW:
	case AH_ESP_V4_FLOW:
	case AH_ESP_V6_FLOW:
	case AH_V4_FLOW:
	case AH_V6_FLOW:
	case ESP_V4_FLOW:
	case ESP_V6_FLOW:
	case IPV4_FLOW:
	case IPV6_FLOW:
		return true;
	default:
		return false;
	}
}

static int lunic_get_rxfh_fields(struct net_device *netdev,
				 struct ethtool_rxfh_fields *fields)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	if (!lunic_rss_flow_known(fields->flow_type))
		return -EINVAL;
	fields->data = LUNIC_HASH_L3;
	if (lunic_rss_switch(ld, fields->flow_type) & ~ld->cfg.rss_l3)
		fields->data |= LUNIC_HASH_L4;
	return 0;
}

static int lunic_set_rxfh_fields(struct net_device *netdev,
				 const struct ethtool_rxfh_fields *fields,
				 struct netlink_ext_ack *extack)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u8 flow = lunic_rss_switch(ld, fields->flow_type);
	u32 now = LUNIC_HASH_L3;

	if (!lunic_rss_flow_known(fields->flow_type)) {
		NL_SET_ERR_MSG(extack, "only IP flows are hashed");
		return -EINVAL;
	}
	if (flow & ~ld->cfg.rss_l3)
		now |= LUNIC_HASH_L4;
	if (fields->data == now)
		return 0;
	if (!flow) {
		NL_SET_ERR_MSG(extack, "this flow type's fields are fixed");
		return -EOPNOTSUPP;
	}
	if (fields->data != LUNIC_HASH_L3 &&
	    fields->data != (LUNIC_HASH_L3 | LUNIC_HASH_L4)) {
		NL_SET_ERR_MSG(extack,
			       "both addresses are hashed, and both ports or none");
		return -EINVAL;
	}
	if (lunic_lu_config_locked(ld, extack))
		return -EBUSY;

	ld->cfg.rss_l3 ^= flow;
	if (lunic_hw_live(ld))
		ld->chip->set_rss(ld);
	return 0;
}

static int lunic_get_tunable(struct net_device *netdev,
			     const struct ethtool_tunable *tuna, void *data)
{
	if (tuna->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	*(u32 *)data = lunic_from_netdev(netdev)->cfg.rx_copybreak;
	return 0;
}

static int lunic_set_tunable(struct net_device *netdev,
			     const struct ethtool_tunable *tuna,
			     const void *data)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u32 val = *(const u32 *)data;
	u16 q;

	if (tuna->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	if (val > LUNIC_COPYBREAK_MAX) {
		netdev_err(netdev, "rx-copybreak not changed: at most %u\n",
			   LUNIC_COPYBREAK_MAX);
		return -EINVAL;
	}
	ld->cfg.rx_copybreak = val;
	for (q = 0; q < ld->rings.n; q++)
		WRITE_ONCE(ld->rings.rx[q]->copybreak, val);
	return 0;
}

const struct ethtool_ops lunic_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS |
				     ETHTOOL_COALESCE_USE_ADAPTIVE,
	.op_needs_rtnl		= ETHTOOL_OP_NEEDS_RTNL_SCHANNELS |
				  ETHTOOL_OP_NEEDS_RTNL_TEST,
	.get_drvinfo		= lunic_get_drvinfo,
	.get_regs_len		= lunic_get_regs_len,
	.get_regs		= lunic_get_regs,
	.get_wol		= lunic_get_wol,
	.set_wol		= lunic_set_wol,
	.get_msglevel		= lunic_get_msglevel,
	.set_msglevel		= lunic_set_msglevel,
	.nway_reset		= lunic_nway_reset,
	.get_eeprom_len		= lunic_get_eeprom_len,
	.get_eeprom		= lunic_get_eeprom,
	.set_eeprom		= lunic_set_eeprom,
	.flash_device		= lunic_flash_device,
	.get_link		= lunic_get_link,
	.get_link_ext_stats	= lunic_get_link_ext_stats,
	.get_eth_mac_stats	= lunic_get_eth_mac_stats,
	.get_eth_phy_stats	= lunic_get_eth_phy_stats,
	.get_eth_ctrl_stats	= lunic_get_eth_ctrl_stats,
	.get_rmon_stats		= lunic_get_rmon_stats,
	.get_link_ksettings	= lunic_get_link_ksettings,
	.set_link_ksettings	= lunic_set_link_ksettings,
	.get_ringparam		= lunic_get_ringparam,
	.set_ringparam		= lunic_set_ringparam,
	.get_pause_stats	= lunic_get_pause_stats,
	.get_pauseparam		= lunic_get_pauseparam,
	.set_pauseparam		= lunic_set_pauseparam,
	.get_channels		= lunic_get_channels,
	.set_channels		= lunic_set_channels,
	.get_coalesce		= lunic_get_coalesce,
	.set_coalesce		= lunic_set_coalesce,
	.set_phys_id		= lunic_set_phys_id,
	.get_per_queue_coalesce	= lunic_get_queue_coalesce,
	.set_per_queue_coalesce	= lunic_set_queue_coalesce,
	.get_tunable		= lunic_get_tunable,
	.set_tunable		= lunic_set_tunable,
	.get_priv_flags		= lunic_get_priv_flags,
	.set_priv_flags		= lunic_set_priv_flags,
	.get_sset_count		= lunic_get_sset_count,
	.self_test		= lunic_self_test,
	.reset			= lunic_ethtool_reset,
	.get_strings		= lunic_get_strings,
	.get_ethtool_stats	= lunic_get_ethtool_stats,
	.get_rx_ring_count	= lunic_get_rx_ring_count,
	.get_rxfh_key_size	= lunic_get_rxfh_key_size,
	.get_rxfh_indir_size	= lunic_get_rxfh_indir_size,
	.get_rxfh		= lunic_get_rxfh,
	.set_rxfh		= lunic_set_rxfh,
	.get_ts_info		= lunic_get_ts_info,
	.get_ts_stats		= lunic_get_ts_stats,
	.get_rxfh_fields	= lunic_get_rxfh_fields,
	.set_rxfh_fields	= lunic_set_rxfh_fields,
};
