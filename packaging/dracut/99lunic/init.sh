#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The first process of a dracut initramfs: systemd would open /dev/liveupdate
# before it loads a driver, so the resume comes first, then what was here before.
/usr/lib/lunic/early-resume
exec /usr/lib/lunic/init "$@"
