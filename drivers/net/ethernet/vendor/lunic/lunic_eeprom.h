/* SPDX-License-Identifier: GPL-2.0 */
/* ethtool's operations on the NVM. */
#ifndef _LUNIC_EEPROM_H
#define _LUNIC_EEPROM_H

#include <linux/ethtool.h>

int lunic_get_eeprom_len(struct net_device *netdev);
int lunic_get_eeprom(struct net_device *netdev, struct ethtool_eeprom *e,
		     u8 *bytes);
int lunic_set_eeprom(struct net_device *netdev, struct ethtool_eeprom *e,
		     u8 *bytes);
int lunic_flash_device(struct net_device *netdev, struct ethtool_flash *f);

#endif /* _LUNIC_EEPROM_H */
