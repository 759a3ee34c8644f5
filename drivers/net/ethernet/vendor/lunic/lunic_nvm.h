/* SPDX-License-Identifier: GPL-2.0 */
/* The NVM: what a chip's table and the driver's other files use of it. */
#ifndef _LUNIC_NVM_H
#define _LUNIC_NVM_H

#include "lunic.h"
#include "lunic_nvm_image.h"

struct firmware;

/* lunic_nvm.c */
bool lunic_nvm_readable(const struct lunic_dev *ld);
int lunic_nvm_read(struct lunic_dev *ld, u16 first, u16 n, u16 *words);
int lunic_nvm_write(struct lunic_dev *ld, u16 first, u16 n, const u16 *words,
		    struct netlink_ext_ack *extack);
int lunic_nvm_flash(struct lunic_dev *ld, const struct firmware *fw,
		    struct netlink_ext_ack *extack);

/* For the ops tables: a register that writes words, what makes them last */
int lunic_nvm_eewr(struct lunic_dev *ld, u16 word, u16 n, const u16 *vals);
int lunic_nvm_flush(struct lunic_dev *ld);

/* lunic_nvm_lock.c */
int lunic_nvm_get(struct lunic_dev *ld, struct netlink_ext_ack *extack);
void lunic_nvm_put(struct lunic_dev *ld);

/* lunic_nvm_spi.c, for the ops tables as well */
u32 lunic_nvm_spi_room(struct lunic_dev *ld);
int lunic_nvm_spi_write(struct lunic_dev *ld, u16 word, u16 n,
			const u16 *vals);

#endif /* _LUNIC_NVM_H */
