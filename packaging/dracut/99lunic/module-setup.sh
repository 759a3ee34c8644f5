#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dracut: puts the driver, lunicctl and what it restores into the image, and the
# resume before its first process.

check() {
	require_binaries lunicctl modprobe mount
}

depends() {
	echo base
}

installkernel() {
	# The card may be another driver's while the image is made
	hostonly='' instmods lunic 8021q bonding bridge ipvlan macvlan \
		macvtap vrf '=net/sched'
}

# shellcheck disable=SC2154 # dracut's variables
install() {
	local first=$initdir/init next=/usr/lib/lunic/init

	inst_multiple lunicctl modprobe mount
	inst_script /usr/lib/lunic/early-resume
	# systemd by a link, or dracut's own script
	if [ -L "$first" ]; then
		ln_r "$(readlink -f "$first" | sed "s|^$initdir||")" $next
		rm "$first"
	else
		mv "$first" "$initdir$next"
	fi
	inst_script "$moddir/init.sh" /init
}
