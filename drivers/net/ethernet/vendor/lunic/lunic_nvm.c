// SPDX-License-Identifier: GPL-2.0
/* Reads and writes the NVM, whole configurations at a time. */
#include <linux/firmware.h>
#include <linux/slab.h>

#include "lunic_lu.h"
#include "lunic_nvm.h"

#define LUNIC_EERD_TIMEOUT_US	10000
#define LUNIC_EEWR_TIMEOUT_US	100000
#define LUNIC_FLUSH_TIMEOUT_US	1000000

/* A device that runs on into the next kernel is not ours to ask any more */
bool lunic_nvm_readable(const struct lunic_dev *ld)
{
	return !ld->dead && ld->lu.state != LUNIC_LU_FROZEN;
}

static int lunic_nvm_read_word(struct lunic_dev *ld, u16 word, u16 *val)
{
	int err;

	lunic_wr(ld, LUNIC_EERD,
		 FIELD_PREP(LUNIC_EERD_ADDR, word) | LUNIC_EERD_START);
	err = lunic_hw_poll(ld, LUNIC_EERD, LUNIC_EERD_DONE, LUNIC_EERD_DONE,
			    LUNIC_EERD_TIMEOUT_US);
	if (!err)
		*val = FIELD_GET(LUNIC_EERD_DATA, lunic_rd(ld, LUNIC_EERD));
	return err;
}

/**
 * lunic_nvm_read() - read words of the NVM
 * @ld: the device
 * @first: the first word
 * @n: how many; must not go beyond the chip's NVM
 * @words: where to
 *
 * Context: instance lock held, device not frozen.
 * Return: 0 or a negative error.
 */
int lunic_nvm_read(struct lunic_dev *ld, u16 first, u16 n, u16 *words)
{
	int err = 0;
	u16 i;

	for (i = 0; !err && i < n; i++)
		err = lunic_nvm_read_word(ld, first + i, &words[i]);
	return err;
}

/* The register takes one word at a time; 82574 data sheet, 10.2.1.27 */
int lunic_nvm_eewr(struct lunic_dev *ld, u16 word, u16 n, const u16 *vals)
{
	int err;

	lunic_wr(ld, LUNIC_EEWR, FIELD_PREP(LUNIC_EERD_ADDR, word) |
				 FIELD_PREP(LUNIC_EERD_DATA, vals[0]) |
				 LUNIC_EERD_START);
	err = lunic_hw_poll(ld, LUNIC_EEWR, LUNIC_EERD_DONE, LUNIC_EERD_DONE,
			    LUNIC_EEWR_TIMEOUT_US);
	return err ?: 1;
}

/* Where the NVM is a flash, words go to its shadow first */
int lunic_nvm_flush(struct lunic_dev *ld)
{
	u32 eecd = lunic_rd(ld, LUNIC_EECD);

	if (FIELD_GET(LUNIC_EECD_NVM_TYPE, eecd) != LUNIC_EECD_NVM_FLASH)
		return 0;
	lunic_wr(ld, LUNIC_EECD, eecd | LUNIC_EECD_FLUPD);
	return lunic_hw_poll(ld, LUNIC_EECD, LUNIC_EECD_FLUPD, 0,
			     LUNIC_FLUSH_TIMEOUT_US);
}

static const char *lunic_nvm_why(int err)
{
	switch (err) {
	case -EBUSY:
		return "EEPROM bus not granted";
	case -ETIMEDOUT:
		return "the NVM stays busy";
	default:
		return "the hardware is gone";
	}
}

/* Words from @first on that differ */
static u16 lunic_nvm_run(struct lunic_dev *ld, const u16 *old,
			 const u16 *words, u16 first)
{
	u16 i = first;

	while (i < ld->chip->nvm_words && words[i] != old[i])
		i++;
	return i - first;
}

/* Only words that differ: each write wears the part */
static int lunic_nvm_write_words(struct lunic_dev *ld, const u16 *old,
				 const u16 *words,
				 struct netlink_ext_ack *extack)
{
	u16 i = 0, n;
	int done;

	while (i < ld->chip->nvm_words) {
		n = lunic_nvm_run(ld, old, words, i);
		if (!n) {
			i++;
			continue;
		}
		done = ld->chip->nvm_write(ld, i, n, words + i);
		if (done < 0) {
			lunic_say(ld, extack,
				  "NVM write broke off at word 0x%x: %s; repeat it",
				  i, lunic_nvm_why(done));
			return done;
		}
		i += done;
	}
	return 0;
}

static int lunic_nvm_commit(struct lunic_dev *ld,
			    struct netlink_ext_ack *extack)
{
	int err = ld->chip->nvm_commit ? ld->chip->nvm_commit(ld) : 0;

	if (err)
		lunic_say(ld, extack,
			  "NVM was not committed to the flash: %s; repeat it",
			  lunic_nvm_why(err));
	return err;
}

static int lunic_nvm_verify(struct lunic_dev *ld, const u16 *words,
			    struct netlink_ext_ack *extack)
{
	u16 i, val;
	int err;

	for (i = 0; i < ld->chip->nvm_words; i++) {
		err = lunic_nvm_read(ld, i, 1, &val);
		if (!err && val == words[i])
			continue;
		lunic_say(ld, extack,
			  "NVM word 0x%x does not read back as written; repeat it",
			  i);
		return err ?: -EIO;
	}
	return 0;
}

static int lunic_nvm_may_write(struct lunic_dev *ld,
			       struct netlink_ext_ack *extack)
{
	if (ld->dead) {
		lunic_say(ld, extack, "the hardware is gone");
		return -ENODEV;
	}
	if (lunic_lu_config_locked(ld, extack)) {
		if (!extack)
			lunic_say(ld, extack,
				  "NVM not written: a live update is under way");
		return -EBUSY;
	}
	return 0;
}

/* The part on the board may be smaller than the largest for the chip */
static int lunic_nvm_has_room(struct lunic_dev *ld, const u16 *old,
			      const u16 *words, struct netlink_ext_ack *extack)
{
	u32 i, room = ld->chip->nvm_room ? ld->chip->nvm_room(ld) :
					   ld->chip->nvm_words;

	for (i = room; i < ld->chip->nvm_words; i++) {
		if (words[i] == old[i])
			continue;
		lunic_say(ld, extack,
			  "NVM not written: it has %u words here, no word 0x%x",
			  room, i);
		return -EFBIG;
	}
	return 0;
}

/* The whole NVM, from what the device has to what it is to have */
static int lunic_nvm_update(struct lunic_dev *ld, const u16 *old,
			    const u16 *words, struct netlink_ext_ack *extack)
{
	int err;

	err = lunic_nvm_has_room(ld, old, words, extack) ?:
	      lunic_nvm_get(ld, extack);
	if (err)
		return err;
	err = lunic_nvm_write_words(ld, old, words, extack) ?:
	      lunic_nvm_commit(ld, extack);
	if (!err)
		err = lunic_nvm_verify(ld, words, extack);
	lunic_nvm_put(ld);
	return err;
}

/* Two copies of what the device has: one to keep, one to change */
static u16 *lunic_nvm_load(struct lunic_dev *ld, struct netlink_ext_ack *extack)
{
	u16 n = ld->chip->nvm_words, *words;
	int err;

	words = kcalloc(2 * n, sizeof(*words), GFP_KERNEL);
	if (!words)
		return ERR_PTR(-ENOMEM);
	err = lunic_nvm_read(ld, 0, n, words);
	if (err) {
		kfree(words);
		lunic_say(ld, extack, "the NVM can't be read (%d)", err);
		return ERR_PTR(err);
	}
	memcpy(words + n, words, n * sizeof(*words));
	return words;
}

/**
 * lunic_nvm_write() - change words of the NVM
 * @ld: the device
 * @first: the first word
 * @n: how many; must not go beyond the chip's NVM
 * @words: the words
 * @extack: where the reason goes; NULL: to the log
 *
 * The checksum word is computed; where @words has it, it has to be right. All
 * is read back. After an error the NVM may be partly written: repeat it.
 *
 * Context: instance lock held.
 * Return: 0 or a negative error.
 */
int lunic_nvm_write(struct lunic_dev *ld, u16 first, u16 n, const u16 *words,
		    struct netlink_ext_ack *extack)
{
	u16 *old, *new, sum;
	int err;

	err = lunic_nvm_may_write(ld, extack);
	if (err)
		return err;
	old = lunic_nvm_load(ld, extack);
	if (IS_ERR(old))
		return PTR_ERR(old);

	new = old + ld->chip->nvm_words;
	memcpy(new + first, words, n * sizeof(*words));
	sum = lunic_nvm_checksum(new);
	if (first <= LUNIC_NVM_CHECKSUM && first + n > LUNIC_NVM_CHECKSUM &&
	    new[LUNIC_NVM_CHECKSUM] != sum) {
		lunic_say(ld, extack,
			  "NVM not written: its checksum, word 0x3f, has to be 0x%04x",
			  sum);
		err = -EINVAL;
	} else {
		new[LUNIC_NVM_CHECKSUM] = sum;
		err = lunic_nvm_update(ld, old, new, extack);
	}
	kfree(old);
	return err;
}

static int lunic_nvm_image_fits(struct lunic_dev *ld,
				const struct lunic_nvm_image *img,
				struct netlink_ext_ack *extack)
{
	if (img->vendor != ld->pdev->vendor ||
	    img->device != ld->pdev->device) {
		lunic_say(ld, extack,
			  "image refused: it is for %04x:%04x, this is %04x:%04x",
			  img->vendor, img->device, ld->pdev->vendor,
			  ld->pdev->device);
		return -EINVAL;
	}
	if (img->words > ld->chip->nvm_words) {
		lunic_say(ld, extack,
			  "image refused: it has %u words, the NVM has %u",
			  img->words, ld->chip->nvm_words);
		return -EFBIG;
	}
	return 0;
}

static int lunic_nvm_write_image(struct lunic_dev *ld,
				 const struct lunic_nvm_image *img,
				 struct netlink_ext_ack *extack)
{
	u16 *old, *new;
	int err;

	old = lunic_nvm_load(ld, extack);
	if (IS_ERR(old))
		return PTR_ERR(old);
	new = old + ld->chip->nvm_words;
	lunic_nvm_image_apply(img, new);
	err = lunic_nvm_update(ld, old, new, extack);
	kfree(old);
	return err;
}

/**
 * lunic_nvm_flash() - write an image to the NVM
 * @ld: the device
 * @fw: the file
 * @extack: where the reason goes; NULL: to the log
 *
 * Everything is checked before a word is written. The device goes on with
 * what it has loaded until its next reset.
 *
 * Context: instance lock held.
 * Return: 0 or a negative error.
 */
int lunic_nvm_flash(struct lunic_dev *ld, const struct firmware *fw,
		    struct netlink_ext_ack *extack)
{
	struct lunic_nvm_image img;
	const char *why;
	int err;

	why = lunic_nvm_image_parse(fw->data, fw->size, &img);
	if (why) {
		lunic_say(ld, extack, "image refused: %s", why);
		return -EINVAL;
	}
	err = lunic_nvm_image_fits(ld, &img, extack) ?:
	      lunic_nvm_may_write(ld, extack);
	return err ?: lunic_nvm_write_image(ld, &img, extack);
}
