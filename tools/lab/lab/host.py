# SPDX-License-Identifier: GPL-2.0
"""A Debian with systemd on a disk: a VM that boots from it and updates itself."""
import os
import time

from . import guest, paths
from .errors import LabError
from .nic import Nic
from .vm import VM

REMEDY = "run make check-host, which makes it"
FIRST_SLOT = 9
# A boot and a stop of all services take so long at most, on a slow machine
PATIENCE = 300


def part(name):
    """A file of the host's build."""
    return paths.need(os.path.join(paths.BUILD, "host", name), REMEDY)


class CommandLine:
    """Stands in for the Guest of a VM whose init is not the lab's."""

    def __init__(self, append=""):
        self.append = append

    def command_line(self):
        """The kernel's command line for the first boot."""
        # What is no terminal is not asked for its size
        words = ["root=/dev/vda rw", guest.BASE, guest.QUIET, "TERM=dumb", self.append]
        return " ".join(word for word in words if word)


def disks():
    """QEMU's options: /dev/vda is the root, and forgets all when QEMU ends; /dev/vdb the
    repository."""
    args = []
    for i, (name, options) in enumerate((("root.ext4", "snapshot=on,cache=unsafe"),
                                         ("repo.sqfs", "readonly=on"))):
        args += ["-drive", f"if=none,id=disk{i},format=raw,{options},file={part(name)}",
                 "-device", f"virtio-blk-pci,drive=disk{i},addr=0x{FIRST_SLOT + i:x}"]
    return args


class Host(VM):
    """The kernel and the initramfs of the first boot are those that apt has installed."""

    def __init__(self, folder, append="", kernel=None, initrd=None, memory="2G",
                 nic="igb", **options):
        super().__init__(folder, nics=[Nic(nic)], guest=CommandLine(append),
                         kernel=kernel or part("vmlinuz"), initrd=initrd or part("initrd"),
                         memory=memory, qemu_args=disks(), reboots=True, **options)
        self.uplink = None

    def wait_shell(self, since=0, timeout=PATIENCE):
        """Waits until systemd has started all, and the lab's shell too."""
        found = super().wait_shell(since, timeout)
        # Units may still be starting that nothing waits for
        self.sh("systemctl is-system-running --wait", timeout)
        self.uplink = self.must("ls /sys/bus/pci/drivers/lunic/*/net || true").split()
        self.uplink = self.uplink[-1] if self.uplink else None
        return found

    def leave(self, command):
        """Starts what ends this kernel or its user space; the console's position."""
        since = self.console.position()
        self.shell.send(command)
        return since

    def wait_off(self, timeout=PATIENCE):
        """Waits until the guest has switched itself off."""
        end = time.monotonic() + timeout
        while self.alive():
            if time.monotonic() > end:
                raise LabError(f"the VM is not off after {timeout} s:\n{self.console.tail()}")
            time.sleep(0.2)
