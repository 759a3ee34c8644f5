#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs apt-get on the system's own Debian mirror plus backports, with lists kept
# in the cache, so that the system's apt configuration stays as it is.
#
# apt.sh install PACKAGE...          installs from the system's release
# apt.sh install-backport PACKAGE... the same from its backports
# apt.sh newest REGEX                prints the packages of that name, sorted
# apt.sh download PACKAGE            fetches a .deb into the current directory
# apt.sh site                        prints the address of the Debian mirror
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

lists=$CACHE/apt/lists
sources=$CACHE/apt/sources.list
log=$CACHE/log/apt.log
release=$(codename)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
export DEBIAN_FRONTEND=noninteractive

lock apt
mkdir -p "$lists/partial" "$(dirname "$log")"

# The archive's addresses come from the system's own sources; --print-uris
# names them even if no list was ever fetched.
write_sources() {
	local base suite site=

	[ -f "$keyring" ] ||
		die "no Debian archive keys here ($keyring); this set-up" \
			"installs packages on Debian only. Give your own parts" \
			"with KSRC= and QEMU="
	while read -r base suite; do
		case $suite in
		"$release")
			site=$base
			echo "deb [signed-by=$keyring] $base $suite main"
			;;
		"$release-updates" | "$release-security")
			echo "deb [signed-by=$keyring] $base $suite main"
			;;
		esac
	done < <(apt-get -o Dir::State::Lists="$CACHE/apt/none" update \
			--print-uris 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/\([^']*\)/InRelease'.*|\1 \2|p" |
		sort -u) >"$sources.new"
	site=$(awk -v r="$release" '$4 == r { print $3 }' "$sources.new" |
		head -n 1)
	[ -n "$site" ] ||
		die "apt's sources name no mirror for Debian ${release:-?};" \
			"add one to /etc/apt/sources.list"
	# The kernel's source is in trixie's; a release that is older takes its
	# QEMU from its own
	{
		echo trixie-backports
		[ "$release" != bookworm ] || echo bookworm-backports
	} | while read -r suite; do
		echo "deb [signed-by=$keyring] $site $suite main"
	done >>"$sources.new"
	mv "$sources.new" "$sources"
}

apt() {
	local tool=$1
	shift

	"$tool" -o Dir::Etc::sourcelist="$sources" -o Dir::Etc::sourceparts=- \
		-o Dir::State::Lists="$lists" -o Dir::Cache::pkgcache= \
		-o Dir::Cache::srcpkgcache= -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Options::=--force-confold "$@"
}

if [ -z "$(find "$CACHE/apt/updated" -mmin -360 2>/dev/null)" ]; then
	mkdir -p "$CACHE/apt/none/partial"
	write_sources
	say "apt: fetching package lists"
	run_long "apt: package lists" "$log" "measure_size $lists" \
		apt apt-get update --error-on=any
	touch "$CACHE/apt/updated"
fi >&2

action=$1
shift
case $action in
install)
	run_long "apt: install" "$log" "measure_lines $log" \
		apt apt-get install -y --no-install-recommends "$@"
	;;
install-backport)
	run_long "apt: install" "$log" "measure_lines $log" \
		apt apt-get install -y --no-install-recommends \
		-t "$release-backports" "$@"
	;;
newest)
	apt apt-cache search --names-only "$1" | cut -d' ' -f1 | sort -V
	;;
site)
	awk -v r="$release" '$4 == r { print $3; exit }' "$sources"
	;;
download)
	# root's home is closed to apt's own user; it fetches as root then
	run_long "apt: download" "$log" "measure_size ." \
		apt apt-get -o APT::Sandbox::User=root download "$@"
	;;
*)
	die "apt.sh: what is '$action'?"
	;;
esac
