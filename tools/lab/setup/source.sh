#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sees to a stock kernel source: KSRC's, else the newest in the cache, else
# Debian's.
#
# source.sh --check   says whether that can be done
# source.sh           does it
# source.sh --print   prints "TREE IDENTITY" of what the last two would take
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

newest_cached() {
	find "$CACHE" -maxdepth 1 -type d -name 'stock-*' ! -name '*.part' |
		sort -V | tail -n 1
}

# What a user's tree holds, told by names, sizes and times: reading it all
# would take longer than a second.
tree_identity() {
	find "$1" -name .git -prune -o \
		\( -type f -o -type l \) ! -name '*.o' ! -name '.*.cmd' \
		-printf '%P %s %T@\n' | sort | hash_of
}

if [ -n "${KSRC-}" ]; then
	require_kernel "$KSRC"
	case ${1-} in
	--check) ;;
	--print) echo "$(cd "$KSRC" && pwd) ksrc-$(tree_identity "$KSRC")" ;;
	*) say "source: $KSRC, Linux $(kernel_version "$KSRC")" ;;
	esac
	exit 0
fi

tree=$(newest_cached)
case ${1-} in
--check)
	[ -n "$tree" ] || type -P apt-get dpkg-deb >/dev/null ||
		die "no kernel source and no apt-get to fetch it with; name a" \
			"tree of Linux 7.3 or later with KSRC="
	exit 0
	;;
--print)
	echo "$tree ${tree##*/stock-}"
	exit 0
	;;
esac

fetch() {
	local name deb part

	mkdir -p "$CACHE/dl"
	deb=$(find "$CACHE/dl" -name 'linux-source-7.*.deb' |
		sort -V | tail -n 1)
	if [ -z "$deb" ]; then
		# The lowest that will do: it is the nearest to the patches
		name=$("$SETUP/apt.sh" newest '^linux-source-[0-9.]+$' |
			awk -F'[-.]' -v oldest=$OLDEST_KERNEL \
				'$3 * 1000 + $4 >= oldest' | head -n 1)
		[ -n "$name" ] ||
			die "Debian's archive has no source of Linux 7.3 or" \
				"later any more; name a tree with KSRC="
		say "source: downloading $name"
		part=$CACHE/dl.part
		rm -rf "$part"
		mkdir -p "$part"
		(cd "$part" && "$SETUP/apt.sh" download "$name") || exit
		mv "$part"/*.deb "$CACHE/dl/"
		rmdir "$part"
		deb=$(find "$CACHE/dl" -name "${name}_*.deb" | sort -V |
			tail -n 1)
	fi
	unpack "$deb"
}

# unpack_tar DEB DIR: the source's tar in DEB is unpacked into DIR
unpack_tar() {
	local inner

	inner=./usr/src/$(dpkg-deb -f "$1" Package).tar.xz
	dpkg-deb --fsys-tarfile "$1" | tar -xO "$inner" |
		tar -xJv --strip-components=1 --no-same-owner -C "$2"
}

unpack() {
	local deb=$1 version part=$CACHE/stock.part log=$CACHE/log/unpack.log

	version=$(dpkg-deb -f "$deb" Version) || {
		rm -f "$deb"
		die "the downloaded $deb was damaged and is removed; run again"
	}
	say "source: unpacking ${deb##*/}"
	rm -rf "$part"
	mkdir -p "$part"
	run_long "source: unpacking" "$log" "measure_lines $log 102000 files" \
		unpack_tar "$deb" "$part"
	tree=$CACHE/stock-${version//[^A-Za-z0-9.+-]/-}
	mv "$part" "$tree"
}

if [ -z "$tree" ]; then
	lock source
	tree=$(newest_cached)
	[ -n "$tree" ] || fetch
fi
require_kernel "$tree"
say "source: Linux $(kernel_version "$tree") (Debian ${tree##*/stock-})"
