#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Does the set-up of one kernel variant: each step that can't be done is said
# before the first that takes long.
#
# setup.sh VARIANT [STEP...]   STEP: packages qemu source kernel modules tools
#                              image (these if none is named), userland,
#                              kselftests, chroot, host
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

variant=${1-}
require_variant "$variant"
shift
steps=("$@")
[ $# -gt 0 ] || steps=(packages qemu source kernel modules tools image)

[ "$(uname -m)" = x86_64 ] ||
	die "this machine is $(uname -m); the lab builds and runs x86_64 only"
mkdir -p "$CACHE" 2>/dev/null || true
[ -w "$CACHE" ] ||
	die "$CACHE can't be written; name another place with CACHE="

for step in "${steps[@]}"; do
	case $step in
	packages | qemu | source) "$SETUP/$step.sh" --check || exit ;;
	kernel) "$SETUP/kernel.sh" --check "$variant" || exit ;;
	modules | tools | image | userland | kselftests | chroot | host) ;;
	*) die "no such step: $step" ;;
	esac
done
for step in "${steps[@]}"; do
	"$SETUP/$step.sh" "$variant" || exit
done
say "set-up ($variant): done"
