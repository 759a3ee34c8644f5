#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packs what belongs to one kernel and the guest's userland needs: its modules,
# and its own selftests of network drivers with their C helpers, unmodified.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

variant=$1
require_variant "$variant"
out=$BUILD/$variant
work=$out/kselftests.work
log=$out/kselftests.log
kernel=$(cat "$out/kernel.key" 2>/dev/null) ||
	die "no kernel in $out; run make setup"

# Seen from the kernel's top: where the tests look for their libraries, and what
# their helpers are built from
parts=(
	Documentation/netlink
	tools/net/ynl
	tools/testing/selftests/drivers/net
	tools/testing/selftests/kselftest
	tools/testing/selftests/net
)
sources=(
	arch/x86/include
	include/uapi
	scripts/bpf_doc.py
	tools/arch
	tools/build
	tools/include
	tools/lib
	tools/scripts
	tools/testing/selftests/lib.mk
)
# Not those that need liburing or a C library made of the netlink specs
helpers=(drivers/net/napi_id_helper drivers/net/so_txtime net/lib/csum
	net/lib/gro net/lib/xdp_dummy.bpf.o net/lib/xdp_helper
	net/lib/xdp_metadata.bpf.o net/lib/xdp_native.bpf.o)

lock "kselftests-$variant-$(hash_of <<<"$ROOT")"
key=$({ echo "$kernel"; cat "$0"; } | hash_of)
if [ "$(cat "$out/kselftests.key" 2>/dev/null)" = "$key" ] &&
	[ -e "$out/kselftests.sqfs" ]; then
	say "kselftests ($variant): as before"
	exit 0
fi

# make_helpers: in place, which leaves much that the tests don't need
make_helpers() {
	local dir helper tests=$work/build/tools/testing/selftests

	for helper in "${helpers[@]}"; do
		dir=$tests/${helper%/*}
		make -C "$dir" OUTPUT="$dir" -j "$JOBS" \
			KHDR_INCLUDES="-isystem $work/headers/usr/include" \
			"$tests/$helper" || return
		cp "$tests/$helper" \
			"$work/root/kernel/tools/testing/selftests/$helper"
	done
}

build() {
	local src

	src=$(cd "$out/kdir/source" && pwd) || return
	mkdir -p "$work/root/kernel" "$work/build" "$work/headers"
	make -s -C "$out/kdir" INSTALL_MOD_PATH="$work/root/usr" \
		INSTALL_MOD_STRIP=1 modules_install || return
	rm -f "$work"/root/usr/lib/modules/*/{build,source}
	cd "$src" || return
	cp -a --parents "${parts[@]}" "$work/root/kernel" || return
	cp -a --parents "${parts[@]}" "${sources[@]}" \
		tools/testing/selftests/*.h "$work/build" || return
	make -s -C "$src" O="$work/headers" -j "$JOBS" headers || return
	make_helpers || return
	mksquashfs "$work/root" "$work/kselftests.sqfs" -quiet -no-progress \
		-all-root -comp zstd
}

rm -rf "$work"
rm -f "$out/kselftests.key"
run_long "kselftests ($variant)" "$log" "measure_lines $log" build
mv "$work/kselftests.sqfs" "$out/kselftests.sqfs"
rm -rf "$work"
echo "$key" | replace "$out/kselftests.key"
say "kselftests ($variant): $out/kselftests.sqfs"
