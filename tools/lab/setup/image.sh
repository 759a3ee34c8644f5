#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the guest's image for one variant: initrd.cpio holds what the way to the
# first frame needs, share/ what a guest finds below /host once that is mounted.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

variant=$1
require_variant "$variant"
out=$BUILD/$variant
tools=$BUILD/tools
work=$out/image.work
libdir=lib/x86_64-linux-gnu

fast=(ethtool ip kexec)
heavy=(bridge devlink iperf3 setpci tc)
ours=(sink lunicctl labctl)
modules=("$out"/lunic.ko "$out"/lunic_kunit.ko "$out"/modules/*.ko)

# Where the system has PROGRAM, or a line that says it is missing
path_of() {
	type -P "$1" || die "$1 is missing; run make setup"
}

libs_of() {
	ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }'
}

inputs() {
	local p

	echo "$SETUP/image.sh"
	echo "$tools/init"
	printf '%s\n' "${modules[@]}"
	for p in "${ours[@]}"; do
		[ ! -e "$tools/$p" ] || echo "$tools/$p"
	done
	for p in busybox "${fast[@]}" "${heavy[@]}"; do
		path_of "$p"
	done
}

[ -e "$tools/init" ] || die "$tools/init is missing; run make tools"
lock "image-$variant-$(hash_of <<<"$ROOT")"
mapfile -t files < <(inputs)
key=$(sha256sum "${files[@]}" | hash_of)
if [ "$(cat "$out/image.key" 2>/dev/null)" = "$key" ] &&
	[ -e "$out/initrd.cpio" ] && [ -d "$out/share" ]; then
	say "image ($variant): as before"
	exit 0
fi

# put SOURCE DEST: an executable or a library, without its symbols
put() {
	mkdir -p "$(dirname "$2")"
	cp -L "$1" "$2"
	strip --strip-unneeded "$2"
}

rm -rf "$work"
root=$work/root
share=$work/share
mkdir -p "$root"/{bin,dev,etc,host,lib/lab,lib64,proc,root,run,sys,tmp,usr}
mkdir -p "$root/$libdir" "$share"/{bin,lib}

put "$tools/init" "$root/init"
for p in "${ours[@]}"; do
	[ ! -e "$tools/$p" ] || put "$tools/$p" "$root/bin/$p"
done
cp "$(path_of busybox)" "$root/bin/busybox"
ln -s bin "$root/sbin"
while read -r p; do
	[ -e "$root/bin/$p" ] || ln -s busybox "$root/bin/$p"
done < <("$root/bin/busybox" --list)

for p in "${fast[@]}"; do
	rm -f "$root/bin/$p"
	put "$(path_of "$p")" "$root/bin/$p"
	while read -r lib; do
		put "$lib" "$root/$libdir/${lib##*/}"
	done < <(libs_of "$(path_of "$p")")
done
loader=$(ldd "$(path_of ip)" | awk '$1 ~ /ld-linux/ { print $1 }')
put "$loader" "$root$loader"

# The dynamic loader looks into /usr/lib by itself, so the share's libraries
# need no variable; the links below /bin serve every PATH.
ln -s /host/lib "$root/usr/lib"
for p in "${heavy[@]}"; do
	rm -f "$root/bin/$p"
	put "$(path_of "$p")" "$share/bin/$p"
	ln -s "/host/bin/$p" "$root/bin/$p"
	while read -r lib; do
		[ -e "$root/$libdir/${lib##*/}" ] ||
			put "$lib" "$share/lib/${lib##*/}"
	done < <(libs_of "$(path_of "$p")")
done

for ko in "${modules[@]}"; do
	cp "$ko" "$root/lib/lab/"
done
strip --strip-debug "$root"/lib/lab/*.ko
echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
echo root:x:0: >"$root/etc/group"

# gen_init_cpio makes root's nodes without being root
{
	(cd "$root" && find . -mindepth 1 -printf '%y %P %l\n') | sort |
		while read -r type path target; do
			case $type in
			d) echo "dir /$path 755 0 0" ;;
			l) echo "slink /$path $target 777 0 0" ;;
			f) echo "file /$path $root/$path 755 0 0" ;;
			esac
		done
	echo "nod /dev/console 600 0 0 c 5 1"
	echo "nod /dev/null 666 0 0 c 1 3"
} >"$work/list"
"$out/kdir/usr/gen_init_cpio" -t 0 "$work/list" >"$work/initrd.cpio"

rm -f "$out/image.key"
mv "$work/initrd.cpio" "$out/initrd.cpio"
rm -rf "$out/share"
mv "$share" "$out/share"
rm -rf "$work"
echo "$key" | replace "$out/image.key"
say "image ($variant): $out/initrd.cpio," \
	"$(($(stat -c %s "$out/initrd.cpio") / 1024)) KiB"
