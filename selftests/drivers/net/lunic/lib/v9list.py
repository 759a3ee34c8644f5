# SPDX-License-Identifier: GPL-2.0
"""Finds the PCI core's list of preserved devices in the guest's memory, in the jump."""
import struct

from lab.guest import Guest

from .ktap import Failed

# struct luo_ser: compatible, liveupdate_num, sessions_pa, flbs_pa
LUO = "/sys/kernel/debug/kho/out/sub_fdts/LUO"
LUO_FLBS = 24
# struct luo_flb_header_ser (pgcnt, count) and struct luo_flb_ser (name, data, count)
FLBS = struct.Struct("<QQ")
FLB = struct.Struct("<48sQQ")
# struct pci_ser: version, nr_devices, devices
ROOT = struct.Struct("<IIQ")
VERSION, COUNT = 0, 4
# struct kho_block_header_ser: next, count
BLOCK_COUNT = 8


class List:
    """The root and the first block, while the guest stands still."""

    def __init__(self, machine, flbs):
        self.qtest = machine.vm.qtest
        self.root = self._find(flbs)
        version, self.count, self.block = ROOT.unpack(self.qtest.read(self.root, ROOT.size))
        if version != 2 or not self.count or not self.block:
            raise Failed(f"no list at {self.root:#x}: {version}, {self.count}")

    def _find(self, flbs):
        _, count = FLBS.unpack(self.qtest.read(flbs, FLBS.size))
        for index in range(count):
            name, data, _ = FLB.unpack(
                self.qtest.read(flbs + FLBS.size + index * FLB.size, FLB.size))
            if name.rstrip(b"\0") == b"pci":
                return data
        raise Failed(f"none of {count} FLBs is called pci")

    def other_version(self):
        """One that no kernel has."""
        self.qtest.write(self.root + VERSION, struct.pack("<I", 99))

    def wrong_count(self):
        """One device more than are listed."""
        self.qtest.write(self.root + COUNT, struct.pack("<I", self.count + 1))

    def unreadable(self):
        """A block with more entries than it can hold."""
        self.qtest.write(self.block + BLOCK_COUNT, struct.pack("<Q", 1 << 40))


def update(machine, damage):
    """An update of eth0 into a kernel without its driver; damage: gets the list while no
    kernel runs."""
    machine.vm.load(Guest(interfaces=[]).command_line())
    machine.preserve(sink=False)
    flbs = int(machine.must(f"od -An -t u8 -j {LUO_FLBS} -N 8 {LUO}"))
    machine.leave()
    machine.vm.console.wait("Starting new kernel", 60, machine.since)
    machine.vm.qmp.execute("stop")
    try:
        damage(List(machine, flbs))
    finally:
        machine.vm.qmp.execute("cont")
    machine.arrive()
