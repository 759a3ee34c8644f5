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

# Where the tests look for their libraries, seen from the kernel's top
parts=(
	Documentation/netlink
	tools/net/ynl
	tools/testing/selftests/drivers/net
	tools/testing/selftests/kselftest
	tools/testing/selftests/lib.mk
	tools/testing/selftests/net
)
# Those that need neither clang nor liburing
helpers=(net/lib/csum net/lib/gro net/lib/xdp_helper
	drivers/net/napi_id_helper drivers/net/so_txtime)

lock "kselftests-$variant-$(hash_of <<<"$ROOT")"
key=$({ echo "$kernel"; cat "$0"; } | hash_of)
if [ "$(cat "$out/kselftests.key" 2>/dev/null)" = "$key" ] &&
	[ -e "$out/kselftests.sqfs" ]; then
	say "kselftests ($variant): as before"
	exit 0
fi

build() {
	local src helper tests=$work/root/kernel/tools/testing/selftests

	src=$(cd "$out/kdir/source" && pwd) || return
	mkdir -p "$work/root/kernel" "$work/headers"
	make -s -C "$out/kdir" INSTALL_MOD_PATH="$work/root/usr" \
		INSTALL_MOD_STRIP=1 modules_install || return
	rm -f "$work"/root/usr/lib/modules/*/{build,source}
	(cd "$src" && cp -a --parents "${parts[@]}" \
		tools/testing/selftests/*.h "$work/root/kernel") || return
	make -s -C "$src" O="$work/headers" -j "$JOBS" headers || return
	for helper in "${helpers[@]}"; do
		make -C "$tests/${helper%/*}" OUTPUT="$tests/${helper%/*}" \
			KHDR_INCLUDES="-isystem $work/headers/usr/include" \
			"$tests/$helper" || return
	done
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
