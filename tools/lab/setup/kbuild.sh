# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# How a kernel is built in the cache; the script that takes it in has set stock
# (source), dir and below it src, obj and log.

space_for_build() {
	local free at=$CACHE

	while [ ! -d "$at" ]; do
		at=$(dirname "$at")
	done
	free=$(df --output=avail -B1M "$at" | tail -n 1 | tr -d " ")
	((free >= 8000)) ||
		die "$at has $free MB free, a kernel build takes up to 8000;" \
			"make room or name another place with CACHE="
}

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

# configure BASE FRAGMENT...: BASE is a file, or empty for the smallest kernel
configure() {
	local base=$1
	shift

	mkdir -p "$obj"
	if [ -n "$base" ]; then
		cp "$base" "$obj/.config"
	else
		kmake -s tinyconfig
	fi
	(cd "$src" && scripts/kconfig/merge_config.sh -m -O "$obj" \
		"$obj/.config" "$@")
	kmake -s olddefconfig
}

# verify_config FRAGMENT...: Kconfig drops what it can't satisfy without a word
verify_config() {
	local line lost=()

	while read -r line; do
		grep -qxF -- "$line" "$obj/.config" || lost+=("$line")
	done < <(cat "$@" | awk -F'[= ]' '
		/^CONFIG_/ { value[$1] = $0 }
		/^# CONFIG_.* is not set$/ { delete value[$2] }
		END { for (name in value) print value[name] }')
	[ ${#lost[@]} -eq 0 ] ||
		die "the kernel's configuration did not take ${lost[*]}" \
			"(Linux $(kernel_version "$src"), $obj/.config)"
}

# ccache makes the next build short when a patch changes; the paths are the
# same below each kernel's own directory, and names relative to it. Sets cc.
use_ccache() {
	cc=()
	type -P ccache >/dev/null || return 0
	cc=("CC=ccache gcc")
	export CCACHE_DIR=$CACHE/ccache CCACHE_BASEDIR=$dir CCACHE_NOHASHDIR=1
	export CCACHE_MAXSIZE=2G
}

# The banner's date is the source's, so equal input gives equal images
reproducible() {
	KBUILD_BUILD_TIMESTAMP=$(date -u -r "$src/Makefile")
	export KBUILD_BUILD_TIMESTAMP
	export KBUILD_BUILD_USER=lunic KBUILD_BUILD_HOST=lunic
}

# prune_kernels PREFIX: leaves the two of this name that were used last. One
# that is being built is locked; one without its stamp was given up.
prune_kernels() {
	local old kept=0

	while read -r old; do
		if [ -e "$CACHE/$old/complete" ] && ((++kept <= 2)); then
			continue
		fi
		flock -n "$CACHE/locks/$old" rm -rf "${CACHE:?}/$old" || true
	done < <(find "$CACHE" -maxdepth 1 -name "$1-*" -type d \
		-printf '%T@ %f\n' | sort -rn | cut -d' ' -f2)
}
