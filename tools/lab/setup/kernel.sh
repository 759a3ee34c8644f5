#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the kernel of one variant in the cache, keyed by all that goes into it,
# and puts what the lab takes from it into build/VARIANT.
#
# kernel.sh VARIANT          does it
# kernel.sh --check VARIANT  says whether that can be done
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

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

space_for_build() {
	local free dir=$CACHE

	while [ ! -d "$dir" ]; do
		dir=$(dirname "$dir")
	done
	free=$(df --output=avail -B1M "$dir" | tail -n 1 | tr -d " ")
	((free >= 8000)) ||
		die "$dir has $free MB free, a kernel build takes up to 8000;" \
			"make room or name another place with CACHE="
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

# A hard-linked copy of the cached source costs nothing; a user's tree is
# copied, and cleaned of what was built in it.
copy_source() {
	if [ -n "${KSRC-}" ]; then
		mkdir "$src"
		tar -C "$stock" --exclude=./.git -c . | tar -C "$src" -x
		if [ -e "$src/.config" ] || [ -e "$src/include/config" ]; then
			make -s -C "$src" mrproper >"$log" 2>&1
		fi
	else
		cp -al "$stock" "$src"
	fi
}

kmake() {
	make -C "$src" O="$obj" -j "$JOBS" "$@"
}

configure() {
	mkdir -p "$obj"
	kmake -s tinyconfig
	(cd "$src" && scripts/kconfig/merge_config.sh -m -O "$obj" \
		"$obj/.config" "${fragments[@]}")
	kmake -s olddefconfig
}

# Kconfig drops what it can't satisfy without a word.
verify_config() {
	local line lost=()

	while read -r line; do
		grep -qxF -- "$line" "$obj/.config" || lost+=("$line")
	done < <(cat "${fragments[@]}" | awk -F= '
		/^CONFIG_/ { value[$1] = $0 }
		END { for (name in value) print value[name] }')
	[ ${#lost[@]} -eq 0 ] ||
		die "the kernel's configuration did not take ${lost[*]}" \
			"(Linux $(kernel_version "$src"), $obj/.config)"
}

# ccache makes the next build short when a patch changes; the paths are the
# same below each kernel's own directory, and names relative to it.
use_ccache() {
	type -P ccache >/dev/null || return 0
	cc+=("CC=ccache gcc")
	export CCACHE_DIR=$CACHE/ccache CCACHE_BASEDIR=$dir CCACHE_NOHASHDIR=1
	export CCACHE_MAXSIZE=2G
}

build() {
	local cc=()

	use_ccache
	kmake "${cc[@]}" bzImage modules
}

# Leaves the two kernels of this variant that were used last. One that is being
# built is locked; one without its stamp was given up.
prune() {
	local old kept=0

	while read -r old; do
		if [ -e "$CACHE/$old/complete" ] && ((++kept <= 2)); then
			continue
		fi
		flock -n "$CACHE/locks/$old" rm -rf "${CACHE:?}/$old" || true
	done < <(find "$CACHE" -maxdepth 1 -name "kernel-$variant-*" -type d \
		-printf '%T@ %f\n' | sort -rn | cut -d' ' -f2)
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
		"measure_lines $log" configure
	verify_config
	# The banner's date is the source's, so equal input gives equal images
	KBUILD_BUILD_TIMESTAMP=$(date -u -r "$src/Makefile")
	export KBUILD_BUILD_TIMESTAMP
	export KBUILD_BUILD_USER=lunic KBUILD_BUILD_HOST=lunic
	say "kernel ($variant): building with $JOBS jobs"
	run_long "kernel ($variant): building" "$log" \
		"measure_lines $log $objects steps" build
	date | replace "$dir/complete"
	say "kernel ($variant): built in $(seconds_since "$begin") s"
fi
touch "$dir"
prune
if [ "$(cat "$out/kernel.key" 2>/dev/null)" != "$key" ] ||
	! (cd "$out" && ls "${products[@]}" kdir/Module.symvers) \
		>/dev/null 2>&1; then
	install_products
fi
say "kernel ($variant): $out/bzImage, $(cat \
	"$obj/include/config/kernel.release"), key $key"
