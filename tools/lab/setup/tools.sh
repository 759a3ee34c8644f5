#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the programs of the lab and lunicctl into build/tools.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$BUILD/tools
log=$out/build.log

build() {
	local dir

	for dir in tools/lab tools/lunicctl; do
		# Static: they run in the guest, which has no libraries for them
		make -s -C "$ROOT/$dir" -j "$JOBS" O="$out" STATIC=1 all
	done
}

lock "tools-$(hash_of <<<"$ROOT")"
mkdir -p "$out"
run_long "tools" "$log" "measure_lines $log" build
# Warnings of a build that passed are worth seeing
grep -i 'warning' "$log" >&2 || true
say "tools: $out"
