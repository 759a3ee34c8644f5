#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that are missing; with --check only says whether
# that can be done. FUZZ=y: libFuzzer too.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Where clang has libFuzzer; without a directory where it has none
fuzzer() {
	clang -print-file-name=libclang_rt.fuzzer-x86_64.a 2>/dev/null ||
		echo none
}

# package, and the command or file that shows it is there
needed() {
	cat <<-END
	apt-utils     apt-ftparchive
	bc            bc
	binutils      ld
	bison         bison
	busybox-static /bin/busybox
	ccache        ccache
	clang         clang
	codespell     codespell
	cpio          cpio
	debhelper     dh
	dh-dkms       dh_dkms
	dpkg-dev      dpkg-buildpackage
	e2fsprogs     mke2fs
	ethtool       ethtool
	flex          flex
	gcc           gcc
	iperf3        iperf3
	iproute2      tc
	kexec-tools   kexec
	libc6-dev     /usr/include/stdio.h
	libelf-dev    /usr/include/libelf.h
	libjson-c-dev /usr/include/json-c/json.h
	kmod          depmod
	lintian       lintian
	lz4           lz4
	make          make
	mmdebstrap    mmdebstrap
	patch         patch
	pciutils      setpci
	perl          perl
	python3       python3
	python3-jsonschema jsonschema
	python3-sphinx sphinx-build
	rsync         rsync
	shellcheck    shellcheck
	sparse        sparse
	squashfs-tools sqfstar
	xz-utils      xz
	END
	[ -z "${FUZZ-}" ] || echo "libclang-rt-dev $(fuzzer)"
}

missing=()
while read -r package sign; do
	case $sign in
	/*) [ -e "$sign" ] || missing+=("$package") ;;
	*) type -P "$sign" >/dev/null || missing+=("$package") ;;
	esac
done < <(needed)

if [ ${#missing[@]} -eq 0 ]; then
	[ "${1-}" = --check ] || say "packages: all there"
	exit 0
fi
type -P apt-get >/dev/null ||
	die "missing: ${missing[*]} (Debian's names); install them, this" \
		"set-up can do it by itself on Debian only"
[ "$(id -u)" = 0 ] ||
	die "missing packages; as root: apt-get install ${missing[*]}"
[ "${1-}" != --check ] || exit 0

say "packages: installing ${missing[*]}"
exec "$SETUP/apt.sh" install "${missing[@]}"
