# SPDX-License-Identifier: GPL-2.0
# bash completion for lunicctl: commands, options, devices, files
# shellcheck shell=bash

# Interfaces and PCI addresses of the devices that lunic drives
_lunicctl_devices()
{
	local root=$1 dir

	for dir in "$root"/sys/bus/pci/drivers/lunic/*:*:*.*; do
		[[ -e $dir ]] || continue
		echo "${dir##*/}"
		[[ -d $dir/net ]] && ls "$dir/net"
	done
}

_lunicctl_sessions()
{
	local root=$1 file

	for file in "$root"/run/lunic/*.pid; do
		[[ -e $file ]] || continue
		file=${file##*/}
		echo "${file%.pid}"
	done
}

_lunicctl()
{
	local line=${COMP_LINE:0:COMP_POINT}
	local commands="show check load update preserve cancel resume report history monitor help"
	local options="--json --pretty --verbose --quiet --session --timeout
		--no-network --kernel --initrd --command-line --reuse-cmdline
		--append --unload --no-jump --dry-run --svg --prometheus
		--output --record --hold-rx --fd-store --session-fd
		--sysroot --help --usage --version -j -p -v -q -h -V"
	local values="session|session-fd|timeout|output|sysroot|kernel|initrd"
	values+="|command-line|append"
	local cur="" prev="" command="" root="" offer="" word words colon

	# readline splits words at colons, and PCI addresses have them
	read -ra words <<<"$line"
	if [[ $line != *[[:space:]] ]]; then
		cur=${words[-1]}
		unset "words[-1]"
	fi
	for word in "${words[@]:1}"; do
		[[ $prev == --sysroot ]] && root=$word
		[[ $word == --sysroot=* ]] && root=${word#*=}
		if [[ $word != -* && ! $prev =~ ^--($values)$ ]]
		then
			command=${command:-$word}
		fi
		prev=$word
	done

	case $prev in
	--session)
		offer=$(_lunicctl_sessions "$root") ;;
	--timeout | --session-fd | --command-line | --append)
		;;
	--kernel | --initrd | --output)
		offer=$(compgen -f -- "$cur") ;;
	--sysroot)
		offer=$(compgen -d -- "$cur") ;;
	*)
		if [[ $cur == -* ]]; then
			offer=$options
		elif [[ -z $command || help == "$command"* ]]; then
			offer=$commands
		else
			offer="all $(_lunicctl_devices "$root")"
		fi ;;
	esac

	mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$cur")
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		colon=${cur%"${cur##*:}"}
		COMPREPLY=("${COMPREPLY[@]#"$colon"}")
	fi
}

complete -F _lunicctl lunicctl
