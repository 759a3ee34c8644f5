#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Lays lunic over a kernel source tree, in place: the new files of the PCI core
# and the patches that hook them in, with --driver the driver and documents too.
#
# overlay.sh [--driver] TREE
# overlay.sh --list          prints what goes in without --driver
# overlay.sh --list-all      prints what goes in with it
# overlay.sh --v9 ...        the first two with a PCI core that knows v9 alone, for
#                            tests
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
shopt -s nullglob

# The tree's note of what was laid over it
note=.lunic-overlay

# What v9 does without, and what stands in for it
v9_patch=selftests/drivers/net/lunic/fixtures/v9-alone.patch
v9=
if [ "${1-}" = --v9 ]; then
	v9=y
	shift
fi

core_files() {
	local f core="drivers/pci/liveupdate*.[ch]"

	cd "$ROOT" || exit
	[ -z "$v9" ] || core="drivers/pci/liveupdate.[ch]"
	for f in $core include/linux/pci_liveupdate.h \
		include/linux/kho/abi/*.h; do
		# the driver's handover is no business of the core
		[ "$f" = include/linux/kho/abi/lunic.h ] || echo "$f"
	done
}

# The core's patches before the first that knows of more than v9
v9_patches() {
	local patch beyond=

	while read -r patch; do
		if grep -q liveupdate_extras "$ROOT/$patch"; then
			beyond=y
		fi
		[ -n "$beyond" ] || echo "$patch"
	done
	echo "$v9_patch"
}

# What the kernel in the lab's cache does without: the driver, which is built
# apart, and the documents.
other_files() {
	local f

	cd "$ROOT" || exit
	find drivers/net/ethernet/vendor -type f ! -name '*.o' ! -name '.*'
	for f in include/uapi/linux/lunic.h include/linux/kho/abi/lunic.h \
		Documentation/PCI/*.rst Documentation/admin-guide/*.rst \
		Documentation/networking/device_drivers/ethernet/vendor/*; do
		[ ! -e "$f" ] || echo "$f"
	done
}

# touched PATCH: the files that it changes
touched() {
	sed -n 's|^+++ b/\([^[:space:]]*\).*|\1|p' "$ROOT/$1"
}

# patches KIND: the series' patches to the core, the driver's place, documents
patches() {
	local patch kind

	sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' \
		-e 's|^|patches/|' "$ROOT/patches/series" |
		while read -r patch; do
			case $(touched "$patch" | cut -d/ -f1-2 | sort -u) in
			drivers/net) kind=driver ;;
			Documentation/*) kind=document ;;
			*) kind=core ;;
			esac
			[ "$kind" != "$1" ] || echo "$patch"
		done
}

core_patches() {
	if [ -n "$v9" ]; then
		patches core | v9_patches
	else
		patches core
	fi
}

if [ "${1-}" = --list ]; then
	core_files
	core_patches
	exit 0
fi
if [ "${1-}" = --list-all ]; then
	core_files
	other_files
	patches core
	patches driver
	patches document
	exit 0
fi

driver=
if [ "${1-}" = --driver ]; then
	driver=y
	shift
fi
[ -n "${1-}" ] ||
	die "overlay.sh: name a kernel tree (make overlay KSRC=/path/to/linux)"
tree=$1
require_kernel "$tree"
version=$(kernel_version "$tree")

# apply PATCH...: to copies in work/, so that one that fails leaves the tree as
# it was
apply() {
	local patch file

	for patch; do
		while read -r file; do
			if [ -e "$tree/$file" ] && [ ! -e "$work/$file" ]; then
				mkdir -p "$work/$(dirname "$file")"
				cp -p "$tree/$file" "$work/$file"
			fi
		done < <(touched "$patch")
		patch -d "$work" -p1 -s -f --no-backup-if-mismatch \
			<"$ROOT/$patch" >"$work.log" 2>&1 || {
			sed 's/^/  /' "$work.log" >&2
			die "$patch does not apply to $tree (Linux $version);" \
				"the tree is unchanged"
		}
	done
}

# lay FILES...: copies them, unless the tree has a file of that name
lay() {
	local f

	for f; do
		[ ! -e "$tree/$f" ] || die "$tree already has $f, and this" \
			"script replaces no file; the tree is unchanged"
	done
	for f; do
		mkdir -p "$work/$(dirname "$f")"
		cp "$ROOT/$f" "$work/$f"
	done
}

# due PART: is it still to be laid over the tree? Dies on an older one.
due() {
	local have want

	want=$(cd "$ROOT" && sha256sum "${files[@]}" "${series[@]}" | hash_of)
	have=$(sed -n "s/^$1 //p" "$tree/$note" 2>/dev/null || true)
	[ "$have" != "$want" ] || return 1
	[ -z "$have" ] ||
		die "$tree carries another version of lunic's $1 ($note);" \
			"start from a tree without it"
	echo "$1 $want" >>"$work.note"
}

work=$(mktemp -d)
trap 'rm -rf "$work" "$work.log" "$work.note"' EXIT
all=()
cp "$tree/$note" "$work.note" 2>/dev/null || true

mapfile -t files < <(core_files)
mapfile -t series < <(core_patches)
if [ -e "$tree/drivers/pci/liveupdate.c" ] &&
	! grep -qs '^core ' "$tree/$note"; then
	say "overlay: Linux $version brings its own PCI live update; left out:" \
		"${files[*]} ${series[*]}"
elif due core; then
	apply "${series[@]}"
	lay "${files[@]}"
	all+=("${series[@]}" "${files[@]}")
fi
if [ -n "$driver" ]; then
	mapfile -t files < <(other_files)
	mapfile -t series < <(patches driver; patches document)
	if due driver; then
		apply "${series[@]}"
		lay "${files[@]}"
		all+=("${series[@]}" "${files[@]}")
	fi
fi
if [ ${#all[@]} -eq 0 ]; then
	say "overlay: nothing to lay over Linux $version"
	exit 0
fi
# Renaming over, never writing into: the tree's files may be hard links
cp -r --preserve=mode,timestamps --remove-destination "$work/." "$tree/"
mv "$work.note" "$tree/$note"
say "overlay: ${#all[@]} patches and new files laid over Linux $version"
