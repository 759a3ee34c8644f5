// SPDX-License-Identifier: GPL-2.0
/* The NVM as ethtool sees it: bytes. */
#include <linux/firmware.h>
#include <linux/slab.h>

#include "lunic_eeprom.h"
#include "lunic_nvm.h"

int lunic_get_eeprom_len(struct net_device *netdev)
{
	return lunic_from_netdev(netdev)->chip->nvm_words * sizeof(u16);
}

/* The words that a range of bytes touches; the caller frees them */
static __le16 *lunic_eeprom_words(struct lunic_dev *ld, u16 first, u16 n)
{
	__le16 *le;
	u16 *words;
	int err;
	u16 i;

	words = kcalloc(n, sizeof(*words), GFP_KERNEL);
	if (!words)
		return ERR_PTR(-ENOMEM);
	err = lunic_nvm_read(ld, first, n, words);
	if (err) {
		kfree(words);
		return ERR_PTR(err);
	}
	le = (__force __le16 *)words;
	for (i = 0; i < n; i++)
		le[i] = cpu_to_le16(words[i]);
	return le;
}

static bool lunic_eeprom_inside(struct net_device *netdev,
				const struct ethtool_eeprom *e)
{
	u32 size = lunic_get_eeprom_len(netdev);

	return e->len && e->offset < size && e->len <= size - e->offset;
}

static u32 lunic_eeprom_magic(const struct lunic_dev *ld)
{
	return ld->pdev->vendor | ld->pdev->device << 16;
}

int lunic_get_eeprom(struct net_device *netdev, struct ethtool_eeprom *e,
		     u8 *bytes)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 first = e->offset / 2;
	__le16 *words;
	u16 n;

	if (!lunic_eeprom_inside(netdev, e))
		return -EINVAL;
	if (!lunic_nvm_readable(ld))
		return -EBUSY;

	n = (e->offset + e->len + 1) / 2 - first;
	words = lunic_eeprom_words(ld, first, n);
	if (IS_ERR(words))
		return PTR_ERR(words);
	memcpy(bytes, (u8 *)words + e->offset % 2, e->len);
	kfree(words);
	e->magic = lunic_eeprom_magic(ld);
	return 0;
}

/* A byte more at either end is written back as it was */
static int lunic_eeprom_write(struct lunic_dev *ld,
			      const struct ethtool_eeprom *e, const u8 *bytes)
{
	u16 first = e->offset / 2, n, i, *words;
	__le16 *le;
	int err;

	n = (e->offset + e->len + 1) / 2 - first;
	le = lunic_eeprom_words(ld, first, n);
	if (IS_ERR(le))
		return PTR_ERR(le);

	memcpy((u8 *)le + e->offset % 2, bytes, e->len);
	words = (__force u16 *)le;
	for (i = 0; i < n; i++)
		words[i] = le16_to_cpu(le[i]);
	err = lunic_nvm_write(ld, first, n, words, NULL);
	kfree(le);
	return err;
}

int lunic_set_eeprom(struct net_device *netdev, struct ethtool_eeprom *e,
		     u8 *bytes)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);

	if (e->magic != lunic_eeprom_magic(ld)) {
		netdev_err(netdev, "NVM not written: magic is 0x%08x for this device\n",
			   lunic_eeprom_magic(ld));
		return -EINVAL;
	}
	if (!lunic_eeprom_inside(netdev, e)) {
		netdev_err(netdev, "NVM not written: it has %d bytes\n",
			   lunic_get_eeprom_len(netdev));
		return -EINVAL;
	}
	if (!lunic_nvm_readable(ld))
		return -EBUSY;
	return lunic_eeprom_write(ld, e, bytes);
}

/* The same as devlink's flash, for ethtool -f */
int lunic_flash_device(struct net_device *netdev, struct ethtool_flash *f)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	const struct firmware *fw;
	int err;

	if (f->region != ETHTOOL_FLASH_ALL_REGIONS && f->region) {
		netdev_err(netdev, "NVM not written: there is no region but 0\n");
		return -EOPNOTSUPP;
	}
	f->data[ETHTOOL_FLASH_MAX_FILENAME - 1] = 0;
	err = request_firmware(&fw, f->data, &ld->pdev->dev);
	if (err)
		return err;
	err = lunic_nvm_flash(ld, fw, NULL);
	release_firmware(fw);
	return err;
}
