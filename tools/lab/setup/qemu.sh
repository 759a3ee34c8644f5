#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sees to a QEMU that has the igb device: the one that QEMU= names, else the
# system's, else Debian's; with --check only says whether that can be done.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

has_igb() {
	"$1" -device help 2>/dev/null </dev/null | grep -q '"igb"'
}

binary=${QEMU:-qemu-system-x86_64}
if [ -n "${QEMU-}" ]; then
	type -P "$QEMU" >/dev/null ||
		die "QEMU=$QEMU: no such program; leave QEMU unset to use the" \
			"system's"
	has_igb "$QEMU" ||
		die "QEMU=$QEMU has no igb device; take QEMU 8.0 or later, or" \
			"leave QEMU unset to use the system's"
fi
if [ "${1-}" = --check ]; then
	type -P "$binary" >/dev/null || [ "$(id -u)" = 0 ] ||
		die "no QEMU here; as root install qemu-system-x86 (8.0 or" \
			"later), or name one with QEMU="
	exit 0
fi

if ! type -P "$binary" >/dev/null || ! has_igb "$binary"; then
	[ "$(id -u)" = 0 ] ||
		die "$binary has no igb device; as root install" \
			"qemu-system-x86 8.0 or later, or name one with QEMU="
	say "qemu: installing one with the igb device"
	case $(codename) in
	bookworm) "$SETUP/apt.sh" install-backport qemu-system-x86 || exit ;;
	*) "$SETUP/apt.sh" install qemu-system-x86 || exit ;;
	esac
	has_igb "$binary" ||
		die "Debian's qemu-system-x86 has no igb device either; name" \
			"one that has with QEMU="
fi
say "qemu: $("$binary" --version | head -n 1)"
