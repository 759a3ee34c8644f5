#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks how the project is written, against the lab kernel's own rules; one
# KTAP line a check, and exit status 1 if one of them fails.
#
# check.sh          all checks
# check.sh NAME...  those alone (see checks below)
# shellcheck source-path=SCRIPTDIR source=../lab/setup/lib.sh
. "$(dirname "$0")/../lab/setup/lib.sh"

checks=(checkpatch checkpatch-patches patches-no-new-files warnings sparse
	without-options kernel-doc documentation doc-names tools-warnings
	shellcheck python spdx module-param inline)

kdir=$BUILD/lab/kdir
lunic=drivers/net/ethernet/vendor/lunic
[ -e "$kdir/Module.symvers" ] || die "no kernel in build/lab; run make setup"
src=$(cd "$kdir/source" && pwd)

cd "$ROOT"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONPYCACHEPREFIX=$work/pycache

# The clone's own files: what git ignores is not ours
files() {
	if [ -e .git ]; then
		git ls-files --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -printf '%P\n'
	fi | sort | while read -r f; do
		case $ROOT/$f in
		"$CACHE"/*) ;;
		*) [ ! -f "$f" ] || echo "$f" ;;
		esac
	done
}

# scripts INTERPRETER SUFFIX: files that end so or begin with #!...INTERPRETER
scripts() {
	files | while read -r f; do
		case $f in
		*."$2") echo "$f" ;;
		*)
			if head -n 1 "$f" | tr -d '\0' |
				grep -qE "^#!.*[/ ]$1\$"; then
				echo "$f"
			fi
			;;
		esac
	done
}

kernel_files() {
	files | grep -E '^(drivers|include)/.*\.[ch]$'
}

# quiet CMD...: fails if CMD says anything
quiet() {
	"$@" >"$work/said" 2>&1
	local rc=$?

	cat "$work/said"
	[ $rc -eq 0 ] && [ ! -s "$work/said" ]
}

# checkpatch ARGUMENTS: what the network tree's own CI leaves out is left out
# here, and strings are not split to fit a line
checkpatch() {
	local ignore=COMMIT_LOG_LONG_LINE,MACRO_ARG_REUSE,ALLOC_SIZEOF_STRUCT
	local interpreter words

	ignore+=,NO_AUTHOR_SIGN_OFF,GIT_COMMIT_ID,CAMELCASE,FILE_PATH_CHANGES
	ignore+=,BAD_REPORTED_BY_LINK,LONG_LINE_STRING
	# checkpatch looks for the words with the first python3 it meets
	interpreter=$(sed -n '1s/^#! *//p' "$(type -P codespell)")
	words=$($interpreter -c 'import codespell_lib, os
print(os.path.dirname(codespell_lib.__file__))')/data/dictionary.txt
	"$src/scripts/checkpatch.pl" --no-tree --strict --codespell \
		--codespellfile "$words" --max-line-length=80 --quiet \
		--no-summary --show-types --ignore "$ignore" "$@"
}

check_checkpatch() {
	mapfile -t sources < <(kernel_files)
	quiet checkpatch -f "${sources[@]}"
}

check_checkpatch-patches() {
	local patch bad=

	# From stdin: a patch that git tracks would be read as a source file
	for patch in patches/*.patch; do
		quiet checkpatch - <"$patch" || bad+=" $patch"
	done
	[ -z "$bad" ] || echo "in$bad"
	[ -z "$bad" ]
}

check_patches-no-new-files() {
	! grep -n -A1 '^--- /dev/null' patches/*.patch
}

# The PCI core's file is part of the kernel's image; built as a module of its
# own it can be checked without touching that.
pci_module() {
	mkdir -p "$work/pci"
	cp drivers/pci/liveupdate.[ch] "$work/pci/"
	{
		echo 'obj-m := liveupdate.o'
		echo "ccflags-y := -I$src/drivers/pci"
	} >"$work/pci/Kbuild"
}

# The two builds; extra arguments go to both
build_all() {
	make -C "$kdir" -s -j "$JOBS" M="$ROOT/$lunic" MO="$work/mo" \
		CONFIG_LUNIC=m CONFIG_LUNIC_KUNIT_TEST=m "$@" modules
	pci_module
	make -C "$kdir" -s M="$work/pci" "$@" liveupdate.o
}

# noise: drops from stdin what a build says in any case. pahole's version is of
# no account without BTF; Debian's sparse takes the length check in MODULE_xxx()
# for an error.
noise() {
	local line file number

	while IFS= read -r line; do
		case $line in
		make*': Entering directory '* | make*': Leaving directory '* | \
			'warning: pahole version differs from'* | \
			'  The kernel was built with: '[0-9]* | \
			'  You are using:             '[0-9]*)
			continue
			;;
		*': error: bad constant expression')
			IFS=: read -r file number _ <<<"$line"
			if sed -n "${number}p" "$file" | grep -q ^MODULE_; then
				continue
			fi
			;;
		esac
		printf '%s\n' "$line"
	done
}

build_is_quiet() {
	mkdir -p "$work/mo"
	build_all "$@" >"$work/said" 2>&1
	local rc=$?

	noise <"$work/said" >"$work/left"
	cat "$work/left"
	[ $rc -eq 0 ] && [ ! -s "$work/left" ]
}

check_warnings() {
	build_is_quiet W=1
}

# What the driver can do without; each is off in one build of its own
check_without-options() {
	local option

	for option in PCI_LIVEUPDATE PTP_1588_CLOCK; do
		printf '#undef CONFIG_%s\n' $option ${option}_MODULE >"$work/off.h"
		make -C "$kdir" -s -j "$JOBS" M="$ROOT/$lunic" \
			MO="$work/$option" CONFIG_LUNIC=m CONFIG_$option= W=1 \
			KCFLAGS="-include $work/off.h" modules
	done >"$work/said" 2>&1
	noise <"$work/said" >"$work/left"
	cat "$work/left"
	[ -e "$work/$option/lunic.ko" ] && [ ! -s "$work/left" ]
}

# Debian's sparse is older than this keyword, which the kernel's headers use
check_sparse() {
	build_is_quiet C=2 CF=-D__typeof_unqual__=__typeof__
}

check_kernel-doc() {
	kernel_files | quiet xargs "$src/scripts/kernel-doc" -none -Wall
}

# A page of the kernel's own that ours name is there as a title alone
page_of_kernel() {
	mkdir -p "$work/pages/${1%/*}"
	printf '%s\n=====\n' Title >"$work/pages/$1.rst"
}

check_documentation() {
	local page

	cp -r Documentation "$work/pages"
	cat >"$work/pages/conf.py" <<-END
		import sys
		sys.path.insert(0, "$src/Documentation/sphinx")
		extensions = ["kerneldoc"]
		project = "lunic"
		kerneldoc_srctree = "$ROOT"
	END
	grep -rhoP ":doc:\`([^<\`]*<)?/\K[^\`>]+" Documentation | sort -u |
		while read -r page; do
			[ ! -e "$src/Documentation/$page.rst" ] ||
				page_of_kernel "$page"
		done
	{
		printf 'lunic\n=====\n\n.. toctree::\n\n'
		find "$work/pages" -name '*.rst' -printf '   %P\n'
	} >"$work/index"
	mv "$work/index" "$work/pages/index.rst"
	srctree=$src quiet sphinx-build -q -W --keep-going "$work/pages" \
		"$work/html"
}

check_doc-names() {
	mapfile -t pages < <(files | grep '^Documentation/.*\.rst$')
	tools/style/doc-names --log Documentation/admin-guide/lunic.rst \
		"${pages[@]}"
}

check_tools-warnings() {
	local dir

	mkdir -p "$work/tools"
	for dir in tools/lab tools/lunicctl tools/fuzz \
		selftests/drivers/net/lunic; do
		make -s -C "$dir" -j "$JOBS" O="$work/tools" STATIC=1 all ||
			return
	done >"$work/said" 2>&1
	cat "$work/said"
	! grep -qi 'warning' "$work/said"
}

check_shellcheck() {
	scripts '(ba)?sh' sh | xargs shellcheck -x
}

check_python() {
	scripts 'python3?' py | xargs python3 -W error -m py_compile
}

check_spdx() {
	local f bad=

	for f in $({ kernel_files; scripts '(ba)?sh' sh
		scripts 'python3?' py; files | grep -E '\.(c|h|S)$|Makefile'
	} | sort -u); do
		head -n 3 "$f" | grep -q SPDX-License-Identifier || {
			echo "$f: no SPDX-License-Identifier in its first lines"
			bad=y
		}
	done
	[ -z "$bad" ]
}

check_module-param() {
	! grep -rnE '\bmodule_param' drivers --include='*.[ch]'
}

check_inline() {
	! grep -rnE '\b(__always_)?inline\b' drivers --include='*.c'
}

[ $# -eq 0 ] || checks=("$@")
for name in "${checks[@]}"; do
	declare -F "check_$name" >/dev/null || die "no such check: $name"
done
echo "KTAP version 1"
echo "1..${#checks[@]}"
failed=0
n=0
trap - ERR
set +eE
for name in "${checks[@]}"; do
	n=$((n + 1))
	if "check_$name" >"$work/out" 2>&1; then
		echo "ok $n - $name"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$work/out"
		echo "not ok $n - $name"
	fi
done
[ $failed -eq 0 ]
