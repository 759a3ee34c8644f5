#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the guest's Debian userland, for what busybox can't run: one squashfs in
# the cache, keyed by the list of packages and this script.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

suite=trixie
packages=(
	# What the kernel's selftests call
	bash bc bpftool ethtool iperf3 iproute2 iputils-arping iputils-ping jq kmod
	netsniff-ng procps python3 python3-yaml socat
	# What people run on a NIC
	ibverbs-providers ibverbs-utils linuxptp lksctp-tools ncat pciutils
	perftest rdma-core rdmacm-utils tcpdump
)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
log=$CACHE/log/userland.log

key=$(cat "$0" <(printf '%s\n' "$suite" "${packages[@]}") | hash_of)
image=$CACHE/userland-$key.sqfs

# Nothing reads these in the guest
excluded() {
	local path

	for path in /usr/share/{doc,info,locale,man}; do
		echo "--dpkgopt=path-exclude=$path/*"
	done
}

# The mirror's address stays out of what is made
build() {
	local include options site

	site=$("$SETUP/apt.sh" site) || return
	include=$(IFS=,; echo "${packages[*]}")
	mapfile -t options < <(excluded)
	# shellcheck disable=SC2016 # mmdebstrap expands $1
	mmdebstrap --variant=essential --include="$include" "${options[@]}" \
		--customize-hook='rm -f "$1"/etc/apt/sources.list' \
		--customize-hook='rm -f "$1"/etc/resolv.conf' \
		"$suite" - "deb [signed-by=$keyring] $site $suite main" |
		sqfstar -quiet -no-progress -comp zstd "$image.part"
}

lock userland
if [ ! -e "$image" ]; then
	rm -f "$image.part"
	begin=$EPOCHREALTIME
	say "userland: fetching ${#packages[@]} packages of Debian $suite"
	run_long "userland" "$log" "measure_lines $log" build
	mv "$image.part" "$image"
	say "userland: made in $(seconds_since "$begin") s"
	# Another tree of lunic may still use the one before
	find "$CACHE" -maxdepth 1 -name 'userland-*.sqfs' -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- | xargs -r rm -f
fi
mkdir -p "$BUILD"
ln -sfn "$image" "$BUILD/userland.sqfs"
say "userland: Debian $suite," \
	"$(($(stat -L -c %s "$image") / 1048576)) MiB, key $key"
