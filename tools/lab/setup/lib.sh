# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the set-up scripts share: where things are, how steps and errors are
# told, locks, and long commands with progress.

set -eEuo pipefail
# Whatever fails without a word of its own is still told
trap 'echo "error: ${0##*/}, line $LINENO: $BASH_COMMAND" >&2' ERR
export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Whatever make or the caller's shell set for other builds stays out of these.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES O M MO V W C ARCH CROSS_COMPILE
unset KCFLAGS KCPPFLAGS KAFLAGS KCONFIG_CONFIG KBUILD_OUTPUT KBUILD_EXTMOD
unset INSTALL_MOD_PATH LOCALVERSION LLVM CDPATH

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
SETUP=$ROOT/tools/lab/setup
BUILD=$ROOT/build
LOCK_FDS=()
if [ -z "${HOME-}" ]; then
	unset HOME
	HOME=~
fi
: "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/lunic}"
: "${JOBS:=$(nproc)}"
: "${LUNIC_T0:=$EPOCHREALTIME}"
case $CACHE in
/*) ;;
*) CACHE=$PWD/$CACHE ;;
esac
case $CACHE$ROOT in
*[[:space:]:]*)
	echo "error: the kernel's build takes no blank or colon in a path," \
		"and '$CACHE' or '$ROOT' has one" >&2
	exit 1
	;;
esac
export ROOT SETUP BUILD CACHE JOBS LUNIC_T0

# Oldest kernel that has what lunic builds on, as VERSION * 1000 + PATCHLEVEL.
OLDEST_KERNEL=7003

# say TEXT...: one line with the seconds since the set-up began
say() {
	local us=$((${EPOCHREALTIME/./} - ${LUNIC_T0/./}))

	printf '[%4d.%ds] %s\n' $((us / 1000000)) $((us / 100000 % 10)) "$*"
}

die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# seconds_since START: whole seconds since START, which is an EPOCHREALTIME
seconds_since() {
	echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000000))
}

# lock NAME: held until this script and all that it started are gone, so a
# killed script's compiler can't meet the next run.
lock() {
	local fd

	mkdir -p "$CACHE/locks"
	exec {fd}>"$CACHE/locks/$1"
	LOCK_FDS+=("$fd")
	if ! flock -n "$fd"; then
		say "$1: in use by another run, waiting for it" >&2
		flock "$fd"
	fi
}

# Prints what MEASURE says while the process PID lives: in place on a
# terminal, else a line every 30 seconds.
_progress() {
	local pid=$1 label=$2 begin=$EPOCHREALTIME last=0 now fd
	shift 2

	# Its last sleep may outlive the run, and must not keep locks
	for fd in "${LOCK_FDS[@]}"; do
		exec {fd}>&-
	done
	while sleep 1 && kill -0 "$pid" 2>/dev/null; do
		now=$(seconds_since "$begin")
		if [ -t 1 ]; then
			printf '\r\033[K'
			printf '%s' "$(say "$label: $("$@"), $now s")"
		elif ((now - last >= 30)); then
			last=$now
			say "$label: $("$@"), $now s"
		fi
	done
}

# run_long LABEL LOG MEASURE CMD...: runs CMD with its output in LOG; MEASURE is
# a command (words without blanks) that prints how far it is
run_long() {
	local label=$1 log=$2 measure=$3 printer rc=0
	shift 3

	mkdir -p "$(dirname "$log")"
	: >"$log"
	# shellcheck disable=SC2086 # MEASURE is words
	_progress $$ "$label" $measure &
	printer=$!
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	kill "$printer" 2>/dev/null || true
	wait "$printer" 2>/dev/null || true
	if [ -t 1 ]; then
		printf '\r\033[K'
	fi
	if ((rc)); then
		{ grep -nE -i '(^|[^a-z_])(error|fatal|undefined)|\*\*\*|^E:' \
			"$log" || true; tail -n 15 "$log"; } |
			head -n 40 | sed 's/^/  /' >&2
		die "$label failed; the whole output is in $log"
	fi
}

# measure_lines FILE [TOTAL] [UNIT]: how many lines FILE has so far
measure_lines() {
	local n

	n=$(wc -l <"$1")
	echo "$n${2:+ of about $2} ${3:-lines}"
}

# measure_size DIR: how much lies in DIR so far
measure_size() {
	du -sh "$1" 2>/dev/null | cut -f1
}

# kernel_version TREE: prints e.g. 7.3.4, or fails if TREE is no kernel source
kernel_version() {
	[ -f "$1/Makefile" ] && [ -f "$1/Kconfig" ] && [ -d "$1/kernel" ] &&
		awk -F' *= *' '
		$1 == "VERSION" { v = $2 }
		$1 == "PATCHLEVEL" { p = $2 }
		$1 == "SUBLEVEL" { s = $2 }
		$1 == "EXTRAVERSION" { e = $2; exit }
		END {
			if (v == "" || p == "")
				exit 1
			print v "." p "." s e
		}' "$1/Makefile"
}

# require_kernel TREE: dies unless TREE is a kernel source that is new enough
require_kernel() {
	local version major minor

	version=$(kernel_version "$1") ||
		die "$1 is no kernel source tree (KSRC must name its top)"
	IFS=. read -r major minor _ <<<"$version"
	if ((major * 1000 + minor < OLDEST_KERNEL)); then
		die "$1 is Linux $version; lunic needs" \
			"$((OLDEST_KERNEL / 1000)).$((OLDEST_KERNEL % 1000))" \
			"or later"
	fi
}

# replace FILE: stdin becomes FILE in one step
replace() {
	cat >"$1.new.$$"
	mv "$1.new.$$" "$1"
}

# hash_of: one short hash of what stdin holds
hash_of() {
	sha256sum | cut -c1-16
}

# require_variant NAME: dies unless there is such a kernel variant
require_variant() {
	case $1 in
	lab | debug | kcsan | v9) ;;
	*) die "no such kernel variant: '$1' (lab, debug, kcsan, v9)" ;;
	esac
}

# codename: of the Debian release that runs here
codename() {
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}
