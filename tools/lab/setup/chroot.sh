#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the Debian sid system that packages are tried out in: a folder in the
# cache, keyed by the list of packages and this script; build/chroot is a link.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

packages=(
	cpio dkms dracut-core gcc initramfs-tools kmod libjson-c5 make systemd
	udev zstd
)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
log=$CACHE/log/chroot.log

key=$(cat "$0" <(printf '%s\n' "${packages[@]}") | hash_of)
root=$CACHE/chroot-$key

# The stock kernel's, of the version that the lab's kernel is made of
headers() {
	"$SETUP/apt.sh" newest '^linux-headers-7\.3\.[0-9.]+\+deb13-amd64$' |
		head -n 1
}

# A mirror may stand still; what it has was signed all the same
build() {
	local include site suite

	site=$("$SETUP/apt.sh" site) || return
	include=$(IFS=,; echo "${packages[*]}"),$(headers) || return
	for suite in sid trixie-backports; do
		echo "deb [signed-by=$keyring] $site $suite main"
	done >"$root.list"
	# shellcheck disable=SC2016 # mmdebstrap expands $1
	mmdebstrap --variant=apt --include="$include" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='rm -f "$1"/etc/apt/sources.list.d/*' \
		--customize-hook='rm -f "$1"/etc/resolv.conf' \
		sid "$root.part" "$root.list" || return
	rm "$root.list"
}

lock chroot
if [ ! -e "$root" ]; then
	rm -rf "$root.part"
	begin=$EPOCHREALTIME
	say "chroot: fetching Debian sid"
	run_long "chroot" "$log" "measure_lines $log" build
	mv "$root.part" "$root"
	say "chroot: made in $(seconds_since "$begin") s"
	# Another tree of lunic may still use the one before
	find "$CACHE" -maxdepth 1 -name 'chroot-*' -type d -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- | xargs -r rm -rf
fi
mkdir -p "$BUILD"
ln -sfn "$root" "$BUILD/chroot"
say "chroot: Debian sid, key $key"
