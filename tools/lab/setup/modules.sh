#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the driver as an external module against one variant's kernel.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

variant=$1
require_variant "$variant"
out=$BUILD/$variant
mo=$out/lunic-mod
log=$out/lunic-mod.log
kernel=$(cat "$out/kernel.key" 2>/dev/null) ||
	die "no kernel in $out; run make setup"

cd "$ROOT"
lock "modules-$variant-$(hash_of <<<"$ROOT")"
key=$({
	echo "$kernel"
	find drivers/net/ethernet/vendor include -type f -print0 | sort -z |
		xargs -0 sha256sum
} | hash_of)
if [ "$(cat "$out/modules.key" 2>/dev/null)" = "$key" ] &&
	[ -e "$out/lunic.ko" ] && [ -e "$out/lunic_kunit.ko" ]; then
	say "modules ($variant): as before"
	exit 0
fi
rm -f "$out/modules.key"
# Objects of another kernel, or of a build that was killed, are not trusted
if [ "$(cat "$mo/kernel.key" 2>/dev/null)" != "$kernel" ] ||
	[ -e "$mo/unfinished" ]; then
	rm -rf "$mo"
fi
mkdir -p "$mo"
touch "$mo/unfinished"
echo "$kernel" | replace "$mo/kernel.key"
begin=$EPOCHREALTIME
say "modules ($variant): building"
run_long "modules ($variant): building" "$log" "measure_lines $log" \
	make -C "$out/kdir" -j "$JOBS" \
	M="$ROOT/drivers/net/ethernet/vendor/lunic" MO="$mo" \
	CONFIG_LUNIC=m CONFIG_LUNIC_KUNIT_TEST=m W=1 modules
grep -i 'warning' "$log" | grep -v 'pahole version' >&2 || true
for ko in lunic lunic_kunit; do
	replace "$out/$ko.ko" <"$mo/$ko.ko"
done
rm -f "$mo/unfinished"
echo "$key" | replace "$out/modules.key"
say "modules ($variant): built in $(seconds_since "$begin") s"
