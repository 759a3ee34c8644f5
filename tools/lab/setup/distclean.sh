#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Removes from the cache what the set-up put there, and nothing else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

for lock in "$CACHE"/locks/*; do
	[ ! -e "$lock" ] || flock -n "$lock" true ||
		die "${lock##*/} is in use; wait for that run, then try again"
done
rm -rf "$CACHE"/{kernel-*,chroot-*,host-*,stock-*,stock.part,dl,dl.part,apt,log,ccache,locks}
rmdir "$CACHE" 2>/dev/null || true
say "cache: $CACHE is empty of lunic's parts"
