# SPDX-License-Identifier: GPL-2.0
"""A Debian userland in the guest: two read-only disks below an overlay, and chroot."""
import os
import shlex

from . import paths

FIRST_SLOT = 9
# Seen from the guest: where the userland is mounted, and the kernel's tree in it
ROOT = "/userland"
KERNEL = "/kernel"
SELFTESTS = KERNEL + "/tools/testing/selftests"
SCRIPT = f"""\
# Mounts the userland once a boot; the lab's programs and modules go into it
set -e
[ ! -e {ROOT}/etc/debian_version ] || exit 0
mkdir -p {ROOT} /userland.ro
mount -t tmpfs none /userland.ro
mkdir -p /userland.ro/vda /userland.ro/vdb /userland.ro/up /userland.ro/work
mount -t squashfs -o ro /dev/vda /userland.ro/vda
mount -t squashfs -o ro /dev/vdb /userland.ro/vdb
up=/userland.ro/up
mkdir -p $up/usr/local/bin $up/usr/local/sbin $up/etc $up/host $up/kernel
cp /bin/lunicctl /bin/labctl /bin/sink $up/usr/local/bin/
mkdir -p $up/usr/lib/modules/$(uname -r)
cp -r /lib/lab $up/usr/lib/
echo 127.0.0.1 localhost > $up/etc/hosts
mount -t overlay overlay \\
	-o lowerdir=/userland.ro/vdb:/userland.ro/vda,upperdir=$up,workdir=/userland.ro/work {ROOT}
for part in dev proc sys run tmp host; do
	mount --rbind /$part {ROOT}/$part
done
mkdir -p /dev/shm
# bash's <(...) goes through it
ln -sfn /proc/self/fd /dev/fd
chroot {ROOT} depmod
# Whatever the kernel asks for by itself is in there too
printf '#!/bin/sh\\nexec chroot {ROOT} /usr/sbin/modprobe "$@"\\n' > /modprobe
chmod 755 /modprobe
echo /modprobe > /proc/sys/kernel/modprobe
# JSON for -l came with ethtool 6.15, and the tests ask for it
cat > {ROOT}/usr/local/sbin/ethtool <<'END'
#!/bin/bash
[ "$1 $2" = "--json -l" ] || exec /usr/sbin/ethtool "$@"
plain=$(/usr/sbin/ethtool -l "$3") || exit
awk -v name="$3" 'BEGIN {{ printf "[ {{ \\"ifname\\": \\"%s\\"", name }}
	/^Pre-set/ {{ suffix = "-max" }}
	/^Current/ {{ suffix = "" }}
	NF == 2 && $2 ~ /^[0-9]+$/ {{
		sub(":", "", $1)
		printf ", \\"%s%s\\": %d", tolower($1), suffix, $2
	}}
	END {{ print " }} ]" }}' <<<"$plain"
END
chmod 755 {ROOT}/usr/local/sbin/ethtool
"""
ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
               "HOME=/root LC_ALL=C.UTF-8 TERM=dumb")


class Userland:
    """The disks and commands of a VM's userland."""

    def __init__(self, variant):
        self.disks = (paths.need(os.path.join(paths.BUILD, "userland.sqfs"),
                                 "run make userland"),
                      paths.variant(variant, "kselftests.sqfs"))

    def fill(self, share):
        """Puts into the share what the guest needs from there."""
        with open(os.path.join(share, "userland.sh"), "w", encoding="ascii") as out:
            out.write(SCRIPT)

    def arguments(self):
        """QEMU's options: /dev/vda and /dev/vdb."""
        args = []
        for i, path in enumerate(self.disks):
            args += ["-drive", f"if=none,id=disk{i},format=raw,readonly=on,"
                               f"file={os.path.realpath(path)}",
                     "-device", f"virtio-blk-pci,drive=disk{i},addr=0x{FIRST_SLOT + i:x}"]
        return args

    def command(self, command):
        """The same for the guest's first shell."""
        return (f"sh /host/userland.sh && exec chroot {ROOT} /usr/bin/env -i "
                f"{ENVIRONMENT} bash -c {shlex.quote(command)}")
