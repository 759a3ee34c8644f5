/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the fake kernel that loads, jumps and answers ethtool. */
#ifndef LUNICCTL_FAKE_KEXEC_H
#define LUNICCTL_FAKE_KEXEC_H

int fake_ethtool(void *ifreq);

#endif
