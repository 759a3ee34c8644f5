#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the host of `make check-host`: a Debian sid with systemd on a disk, in
# which apt has installed our packages. The plain Debian is kept in the cache.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

suite=sid
packages=(
	dbus ethtool ifupdown initramfs-tools iproute2 kexec-tools kmod
	openssh-server procps systemd systemd-sysv udev zstd
	# What lunic-tools depends on: later apt has our repository alone
	libjson-c5
)
# What a test installs in the VM; they wait, with what they need, in later/
later=(dracut network-manager)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
log=$CACHE/log/host.log
out=$BUILD/host
# Raised when fetch does something else with the same packages
recipe=1
key=$(printf '%s\n' "$recipe" "$suite" "${packages[@]}" later "${later[@]}" |
	hash_of)
base=$CACHE/host-$key.tar

# Nothing reads these in the VM
excluded() {
	local path

	for path in /usr/share/{doc,info,locale,man}; do
		echo "--dpkgopt=path-exclude=$path/*"
	done
}

# sid's Release file may be past its date on a mirror that is not fresh
fetch() {
	local include options site

	site=$("$SETUP/apt.sh" site) || return
	include=$(IFS=,; echo "${packages[*]}")
	mapfile -t options < <(excluded)
	options+=("--customize-hook=$ROOT/tools/lab/host/later \"\$1\" ${later[*]}")
	mmdebstrap --variant=minbase --format=tar --include="$include" "${options[@]}" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		"$suite" "$base.part" \
		"deb [signed-by=$keyring] $site $suite main"
}

# Two kernels of one source are all that the host's updates need; the other
# packages of ours, and what waits in later/
repository() {
	rm -rf "$out/repo"
	mkdir -p "$out/repo"
	ln "${debs[@]}" "$out/repo/"
	tar -C "$out/repo" --strip-components=2 -xf "$base" ./later
	(cd "$out/repo" && dpkg-scanpackages -m . >Packages)
	rm -f "$out/repo.sqfs"
	mksquashfs "$out/repo" "$out/repo.sqfs" -quiet -no-progress -comp zstd
}

# SUITE and output are mmdebstrap's; the hook makes the disk
disk() {
	mmdebstrap --variant=custom --skip=chroot/mount/proc,chroot/mount/sys \
		--setup-hook="tar -C \"\$1\" -xf $base" \
		--customize-hook="$ROOT/tools/lab/host/fill \"\$1\" $out/repo $kernel $out" \
		"" /dev/null
}

make_disk() {
	local begin=$EPOCHREALTIME

	rm -f "$out/host.key"
	run_long "host: repository" "$out/host.log" \
		"measure_lines $out/host.log" repository
	say "host: installing ${#debs[@]} packages, making the disk"
	run_long "host: disk" "$out/host.log" "measure_lines $out/host.log" disk
	echo "$want" | replace "$out/host.key"
	say "host: disk made in $(seconds_since "$begin") s"
}

lock "host-base-$key"
if [ ! -e "$base" ]; then
	begin=$EPOCHREALTIME
	say "host: fetching Debian $suite"
	run_long "host: Debian $suite" "$log" "measure_lines $log" fetch
	mv "$base.part" "$base"
	say "host: Debian $suite fetched in $(seconds_since "$begin") s"
	find "$CACHE" -maxdepth 1 -name 'host-*.tar' -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- | xargs -r rm -f
fi

[ ! -x "$ROOT/packaging/build" ] || "$ROOT/packaging/build" --no-kernel || exit
"$ROOT/packaging/kernel/build" 1 2 || exit
lock "host-$(hash_of <<<"$ROOT")"
mkdir -p "$out"
mapfile -t debs < <(find "$BUILD/packages" -maxdepth 1 \
	\( -name 'linux-image-*-lunic[12]_*.deb' -o -name 'lunic-tools_*.deb' \) |
	sort)
kernel=$(printf '%s\n' "${debs[@]}" |
	sed -n 's|.*/linux-image-\(.*-lunic1\)_.*|\1|p')
want=$({
	echo "$key"
	find "$ROOT/tools/lab/host" -type f -print0 | sort -z |
		xargs -0 sha256sum
	sha256sum "${debs[@]}"
} | hash_of)
if [ "$(cat "$out/host.key" 2>/dev/null)" != "$want" ]; then
	make_disk
fi
say "host: $out/root.ext4, Debian $suite with Linux $kernel," \
	"$(du -m "$out/root.ext4" | cut -f1) MiB on disk"
