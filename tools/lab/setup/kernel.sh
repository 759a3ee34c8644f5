#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the kernel of one variant in the cache, keyed by all that goes into it,
# and puts what the lab takes from it into build/VARIANT.
#
# kernel.sh VARIANT          does it
# kernel.sh --check VARIANT  says whether that can be done
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=kbuild.sh
. "$SETUP/kbuild.sh"

check=
if [ "$1" = --check ]; then
	check=y
	shift
fi
variant=$1
require_variant "$variant"
out=$BUILD/$variant

# Raised when this script builds differently from the same input
recipe=1
fragments=("$ROOT/tools/lab/config/lab.config")
objects=2700
overlay=("$SETUP/overlay.sh")
case $variant in
lab) ;;
v9) overlay+=(--v9) ;;
*) fragments+=("$ROOT/tools/lab/config/$variant.config") ;;
esac
products=(bzImage config modules/igb.ko modules/e1000e.ko modules/kunit.ko)

read -r stock identity < <("$SETUP/source.sh" --print) || true

key_of() {
	{
		echo "$recipe $variant $identity"
		gcc --version | head -n 1
		ld --version | head -n 1
		(cd "$ROOT" && "${overlay[@]}" --list |
			xargs -r sha256sum patches/series)
		sha256sum <<<"$(cat "${fragments[@]}")"
	} 2>/dev/null | hash_of
}

if [ -n "$check" ]; then
	key=$(key_of)
	[ -e "$CACHE/kernel-$variant-$key/complete" ] || space_for_build
	exit 0
fi
[ -n "$stock" ] || die "no kernel source yet; run make setup"

key=$(key_of)
dir=$CACHE/kernel-$variant-$key
src=$dir/src
obj=$dir/obj
log=$dir/build.log

build() {
	local cc

	use_ccache
	kmake "${cc[@]}" bzImage modules
}

install_products() {
	local ko

	mkdir -p "$out/modules"
	rm -f "$out/kernel.key"
	replace "$out/bzImage" <"$obj/arch/x86/boot/bzImage"
	replace "$out/config" <"$obj/.config"
	for ko in drivers/net/ethernet/intel/igb/igb.ko \
		drivers/net/ethernet/intel/e1000e/e1000e.ko \
		lib/kunit/kunit.ko; do
		replace "$out/modules/${ko##*/}" <"$obj/$ko"
	done
	ln -sfn "$obj" "$out/kdir"
	echo "$key" | replace "$out/kernel.key"
}

lock "kernel-$variant-$key"
mkdir -p "$CACHE"
if [ ! -e "$dir/complete" ]; then
	if [ -d "$dir" ]; then
		say "kernel ($variant): an earlier build did not finish," \
			"starting over"
		rm -rf "$dir"
	fi
	space_for_build
	mkdir -p "$dir"
	begin=$EPOCHREALTIME
	say "kernel ($variant): copying the source"
	copy_source
	"${overlay[@]}" "$src" || exit
	say "kernel ($variant): configuring"
	run_long "kernel ($variant): configuring" "$log" \
		"measure_lines $log" configure "" "${fragments[@]}"
	verify_config "${fragments[@]}"
	reproducible
	say "kernel ($variant): building with $JOBS jobs"
	run_long "kernel ($variant): building" "$log" \
		"measure_lines $log $objects steps" build
	date | replace "$dir/complete"
	say "kernel ($variant): built in $(seconds_since "$begin") s"
fi
touch "$dir"
prune_kernels "kernel-$variant"
if [ "$(cat "$out/kernel.key" 2>/dev/null)" != "$key" ] ||
	! (cd "$out" && ls "${products[@]}" kdir/Module.symvers) \
		>/dev/null 2>&1; then
	install_products
fi
say "kernel ($variant): $out/bzImage, $(cat \
	"$obj/include/config/kernel.release"), key $key"
